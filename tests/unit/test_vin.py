"""Vehicle identification numbers: form and check digit."""

import pytest

from ledger.vin import MalformedVinError, Vin


@pytest.mark.parametrize("text", ["1M8GDM9AXKP042788", "LZZ1AAAAXG0000001", "11111111111111111"])
def test_a_vin_with_its_check_digit_is_taken(text: str) -> None:
    vin = Vin.parse(text)
    assert vin.text == text
    assert vin.check_digit_ok


def test_a_foreign_vin_without_a_check_digit_is_a_warning() -> None:
    assert not Vin.parse("WVWZZZ1KZAW000001").check_digit_ok


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("LZZ1AAAA1G0000001", "check digit"),
        ("1M8GDM9AXKP04278", "17 characters"),
        ("1M8GDM9AXKP04278O", "17 characters"),
        ("1m8gdm9axkp042788", "17 characters"),
        ("1M8GDM9AXKP042788\n", "17 characters"),
    ],
)
def test_a_wrong_vin_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(MalformedVinError, match=reason):
        Vin.parse(text)
