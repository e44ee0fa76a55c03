"""`packtrace device enrol`: the code on a screen becomes a key of the firm."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main
from crypto.keys import Algorithm, PrivateKey
from ledger.device import format_code
from tests.browser.gatehouse import Gatehouse, admin, gatehouse
from tests.scenario import RECYCLER

DEVICE = PrivateKey.generate(Algorithm.ES256).verifier


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gatehouse]:
    """A served ledger."""
    with gatehouse(tmp_path_factory.mktemp("gatehouse"), 1) as found:
        yield found


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """The recycler's admin key in a file."""
    path = tmp_path / "admin.pem"
    path.write_bytes(admin(RECYCLER).to_pem(None))
    path.chmod(0o600)
    return path


def enrol(house: Gatehouse, key: Path, *arguments: str, code: int = 0) -> Result:
    """Run the command; it must end with this exit code."""
    told = ["device", "--lang", "en", "enrol", *arguments, "--key", str(key), "--url", house.url]
    result = CliRunner().invoke(main, told)
    assert result.exit_code == code, result.output
    return result


def test_a_code_typed_in_groups_is_registered_for_the_firm_of_the_key(house: Gatehouse, key: Path) -> None:
    words = format_code(DEVICE).lower().split("-")
    end = "2099-01-01T00:00:00+08:00"
    told = json.loads(enrol(house, key, *words, "--label", "GATE-1", "--until", end, "--json").output)
    assert told["org"] == str(RECYCLER.id)
    keys = house.get(f"/v1/orgs/{RECYCLER.id}/keys").get_json()["keys"]
    [found] = [one for one in keys if one["kid"] == DEVICE.thumbprint()]
    assert (found["purpose"], found["label"], found["until"]) == ("device", "GATE-1", end)


def test_a_browser_at_the_desk_is_registered_for_the_office(house: Gatehouse, key: Path) -> None:
    browser = PrivateKey.generate(Algorithm.ES256).verifier
    enrol(house, key, format_code(browser), "--purpose", "office")
    keys = house.get(f"/v1/orgs/{RECYCLER.id}/keys").get_json()["keys"]
    [found] = [one for one in keys if one["kid"] == browser.thumbprint()]
    assert found["purpose"] == "office"
    assert "admin" in enrol(house, key, format_code(browser), "--purpose", "admin", code=2).output


def test_a_second_time_it_is_refused_in_words(house: Gatehouse, key: Path) -> None:
    other = PrivateKey.generate(Algorithm.ES256).verifier
    assert "registered the device key" in enrol(house, key, format_code(other)).output
    assert "registered" in enrol(house, key, format_code(other), code=1).output


def test_a_slip_in_the_code_is_seen_before_anything_is_signed(house: Gatehouse, key: Path) -> None:
    code = format_code(DEVICE)
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    assert "no code of a device" in enrol(house, key, wrong, code=1).output
    assert "no instant" in enrol(house, key, code, "--until", "tomorrow", code=1).output


def test_only_an_admin_key_registers_devices(house: Gatehouse, tmp_path: Path) -> None:
    path = tmp_path / "office.pem"
    path.write_bytes(RECYCLER.key().to_pem(None))
    path.chmod(0o600)
    assert "is no admin key" in enrol(house, path, format_code(DEVICE), code=1).output
