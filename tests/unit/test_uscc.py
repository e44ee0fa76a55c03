"""Social credit codes: both check characters."""

import pytest

from ledger import uscc
from ledger.uscc import MalformedUsccError


@pytest.mark.parametrize("text", ["91330000577307779U", "91350900587527783P"])
def test_a_real_code_is_taken(text: str) -> None:
    assert uscc.parse(text) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("91330000577307797U", "17th"),
        ("91330000577307779T", "18th"),
        ("91330000577307779", "18 characters"),
        ("91330000577307779u", "18 characters"),
        ("91330000577307779U\n", "18 characters"),
        ("9133000057730777OU", "18 characters"),
        ("91A30000577307779U", "18 characters"),
        ("９1330000577307779U", "18 characters"),
    ],
)
def test_a_wrong_code_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(MalformedUsccError, match=reason):
        uscc.parse(text)


def test_every_single_mistyped_character_is_refused() -> None:
    code = "91330000577307779U"
    for place in range(len(code)):
        for other in "0123456789ABCDEFGHJKLMNPQRTUWXY":
            if other != code[place]:
                with pytest.raises(MalformedUsccError):
                    uscc.parse(code[:place] + other + code[place + 1 :])


def test_a_fictional_code_gets_both_check_characters() -> None:
    assert uscc.complete("9133000057730777") == "91330000577307779U"
    with pytest.raises(MalformedUsccError):
        uscc.complete("91330000577307")


def test_the_check_value_ten_of_an_organisation_is_written_x() -> None:
    assert uscc.parse(uscc.complete("91330000MA000006"))[16] in "0123456789X"
    assert {uscc.organisation_check(f"MA{number:06d}") for number in range(50)} == set("0123456789X")
