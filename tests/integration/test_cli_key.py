"""The commands of keys and organisations, against a ledger of today."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import acts
from ledger.instants import Instant
from tests.registrar import HEIR, MAKER, REGISTRAR, Office, office


@pytest.fixture
def firm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.chdir(tmp_path)
    with office(tmp_path) as found:
        yield found


def now() -> str:
    return Instant.from_ms(time.time_ns() // 1_000_000).text


def report(firm: Office, key: str, code: int = 0) -> None:
    """Let the maker state something with a key: that it filed a report."""
    event = {
        "event": "report.filed",
        "iss": MAKER,
        "items": [MAKER],
        "data": {
            "authority": "national_platform",
            "from": "2026-01-01",
            "until": "2026-06-30",
            "file_sha256": "A" * 43,
        },
    }
    Path("report.json").write_text(json.dumps(event), "utf-8")
    firm.run("sign", "report.json", "--key", firm.key(key), "-o", "report.sdjwt")
    firm.run("submit", "report.sdjwt", "--tries", "1", code=code)


def keys(firm: Office, org: str = MAKER) -> dict[str, dict[str, object]]:
    found = json.loads(firm.run("key", "list", org, "--json").output)["keys"]
    return {one["kid"]: one for one in found}


def test_a_key_is_rotated_with_overlap(firm: Office) -> None:
    old, new = firm.keygen("office1"), firm.keygen("office2")
    firm.act("key", "add", firm.key("office1"), "--purpose", "office", "--label", "2026", key="maker")
    firm.act("key", "add", firm.key("office2"), "--purpose", "office", "--label", "2027", key="maker")
    report(firm, "office1")
    report(firm, "office2")
    told = firm.act("key", "revoke", old[:8], "--reason", "rotated", key="maker")
    assert "rotated" in told["says"]
    report(firm, "office1", code=1)
    report(firm, "office2")
    listed = firm.run("key", "list", MAKER).output
    assert "ended by entry" in listed
    assert f"{new}  office  good  2027" in listed


def test_a_key_is_good_from_its_beginning_to_its_end(firm: Office) -> None:
    later = Instant.from_ms(time.time_ns() // 1_000_000 + 86_400_000).text
    soon = Instant.from_ms(time.time_ns() // 1_000_000 + 2_500).text
    firm.keygen("later")
    firm.keygen("soon")
    firm.act("key", "add", firm.key("later"), "--purpose", "office", "--from", later, key="maker")
    firm.act("key", "add", firm.key("soon"), "--purpose", "office", "--until", soon, key="maker")
    report(firm, "later", code=1)
    listed = firm.run("key", "list", MAKER).output
    assert f"good from {later}" in listed
    while now() < soon:
        time.sleep(0.2)
    time.sleep(1.0)
    report(firm, "soon", code=1)
    assert f"expired {soon}" in firm.run("key", "list", MAKER).output
    assert "已过期" in firm.run("--lang", "zh", "key", "list", MAKER).output


def test_what_a_stolen_key_signed_is_in_doubt_until_it_is_confirmed(firm: Office) -> None:
    firm.keygen("office")
    stolen = firm.keygen("stolen")
    firm.act("key", "add", firm.key("office"), "--purpose", "office", key="maker")
    firm.act("key", "add", firm.key("stolen"), "--purpose", "office", key="maker")
    report(firm, "stolen")
    time.sleep(1.1)
    since = now()
    for _ in range(3):
        report(firm, "stolen")
    report(firm, "office")
    firm.run("key", "confirm", stolen, "--key", firm.key("office"), "--yes", code=1)
    firm.act("key", "revoke", stolen, "--reason", "compromised", "--compromised-since", since, key="maker")
    assert "in doubt since" in firm.run("key", "list", MAKER).output
    amber = [one["index"] for one in history(firm) if one["amber"]]
    assert len(amber) == 3

    shown = firm.run("key", "confirm", stolen[:10], "--key", firm.key("office"), "--dry-run")
    assert "stands by 3 entries" in shown.output
    assert all(f"#{index}" in shown.output for index in amber)
    assert len([one for one in history(firm) if one["amber"]]) == 3

    told = firm.act("key", "confirm", stolen, "--except", str(amber[1]), key="office")
    assert "stands by 2 entries" in told["says"]
    assert f"but for {amber[1]}" in told["says"]
    assert [one["index"] for one in history(firm) if one["amber"]] == [amber[1]]
    first = ("--first", str(amber[1]), "--last", str(amber[1]))
    firm.act("key", "confirm", stolen, *first, key="office")
    assert not [one for one in history(firm) if one["amber"]]
    many = [word for index in range(501) for word in ("--except", str(index))]
    assert "500" in firm.run("key", "confirm", stolen, *many, "--key", firm.key("office"), code=2).output
    firm.run("key", "confirm", stolen, "--first", "0", "--last", "0", "--key", firm.key("office"), code=1)


def history(firm: Office) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(firm.run("show", MAKER, "--json").output)["events"]
    return found


def test_a_lost_admin_key_is_replaced_by_the_registrar_in_everybodys_sight(firm: Office) -> None:
    lost = next(kid for kid, one in keys(firm).items() if one["purpose"] == "admin")
    new = firm.keygen("second")
    admin = ("--purpose", "admin", "--org", MAKER)
    firm.act("key", "add", firm.key("second"), *admin, key="registrar")
    ended = ("--reason", "lost", "--ground", "own_request", "--org", MAKER)
    firm.act("key", "revoke", lost, *ended, key="registrar")
    assert keys(firm)[new].get("revoked") is None
    firm.keygen("line")
    firm.act("key", "add", firm.key("line"), "--purpose", "line", key="second")
    firm.keygen("again")
    told = firm.act("key", "add", firm.key("again"), "--purpose", "line", key="maker", code=1)
    assert told["rule"] == "key.revoked"


def test_the_registrar_replaces_its_own_admin_key_with_the_recovery_key(firm: Office) -> None:
    stolen = next(kid for kid, one in keys(firm, REGISTRAR).items() if one["purpose"] == "admin")
    firm.keygen("next")
    firm.act("key", "add", firm.key("next"), "--purpose", "admin", key="recovery")
    since = ("--reason", "compromised", "--compromised-since", now())
    firm.act("key", "revoke", stolen, *since, key="recovery")
    firm.keygen("x")
    added = ("key", "add", firm.key("x"), "--purpose", "office")
    assert firm.act(*added, key="registrar", code=1)["rule"] == "key.revoked"
    firm.act(*added, key="next")
    recovery = next(kid for kid, one in keys(firm, REGISTRAR).items() if one["purpose"] == "recovery")
    refused = firm.act("key", "revoke", recovery, "--reason", "lost", key="next", code=1)
    assert refused["rule"] == "key.recovery_kept"


def test_a_key_signs_what_its_purpose_allows_and_nothing_else(firm: Office) -> None:
    for purpose in ("line", "device", "rig", "reader"):
        firm.keygen(purpose)
        firm.act("key", "add", firm.key(purpose), "--purpose", purpose, key="maker")
        report(firm, purpose, code=1)
        firm.keygen(f"{purpose}2")
        words = ("key", "add", firm.key(f"{purpose}2"), "--purpose", "office")
        assert firm.act(*words, key=purpose, code=1)["rule"] == "key.purpose"


def test_an_organisation_is_licensed_suspended_reinstated_and_succeeded(firm: Office) -> None:
    by = "registrar-office"
    firm.enrol(HEIR, "heir", "manufacturer")
    told = firm.act(
        *("org", "roles", MAKER, "--role", "manufacturer", "--role", "recycler", "--scope", "hw08"),
        *("--licence-until", "2029-12-31"),
        key=by,
    )
    assert "battery maker, recycler, licensed until 2029-12-31" in told["says"]
    firm.act("org", "suspend", MAKER, "--ground", "licence_lapsed", key=by)
    assert "suspended" in firm.run("org", "list").output
    assert "已停权" in firm.run("--lang", "zh", "org", "list").output
    firm.act("org", "reinstate", MAKER, "--ground", "late_information", key=by)
    shown = firm.run("org", "show", MAKER).output
    assert "licensed until 2029-12-31" in shown
    assert "1 keys, 1 not revoked" in shown
    assert json.loads(firm.run("org", "show", MAKER, "--json").output)["keys"]
    assert json.loads(firm.run("org", "list", "--json").output)["organisations"]
    firm.act("org", "succeed", MAKER, HEIR, "--ground", "insolvency", key=by)
    assert f"succeeded by {HEIR}" in firm.run("org", "list").output


def test_nothing_is_sent_that_was_not_shown_and_agreed_to(
    firm: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("org", "suspend", MAKER, "--ground", "breach_of_duty", "--key", firm.key("registrar-office"))
    assert "--yes" in firm.run(*words, code=1).output
    shown = firm.run(*words, "--dry-run").output
    assert "Maker (org:91999999DEM000022B) is suspended" in shown
    assert "signed by Registrar" in shown
    assert "停权" in firm.run("--lang", "zh", *words, "--dry-run").output
    assert json.loads(firm.run(*words, "--dry-run", "--json").output)["result"] == "passed"
    monkeypatch.setattr(acts, "asks_people", lambda: True)
    assert "nothing was sent" in firm.run(*words, typed="n\n", code=1).output
    assert "suspended" not in firm.run("org", "list").output
    assert "logged" in firm.run(*words, typed="y\n").output
    assert "suspended" in firm.run("org", "list").output


def test_what_the_rules_refuse_is_told_before_anything_is_sent(firm: Office) -> None:
    told = firm.act("org", "suspend", MAKER, "--ground", "breach_of_duty", key="maker", code=1)
    assert told["rule"] == "key.purpose"
    firm.keygen("stranger")
    words = ("org", "suspend", MAKER, "--ground", "breach_of_duty", "--yes")
    assert "does not know" in firm.run(*words, "--key", firm.key("stranger"), code=1).output
    firm.run(*words[:2], "nonsense", *words[3:], "--key", firm.key("maker"), code=2)
    firm.run(*words[:2], "vehicle:x", *words[3:], "--key", firm.key("maker"), code=2)
    revoke = ("key", "revoke", "--reason", "lost", "--key", firm.key("maker"), "--yes")
    firm.run(*revoke, "short", code=2)
    assert "0 keys" in firm.run(*revoke, "A" * 43, code=1).output
    kid = next(iter(keys(firm)))
    firm.run(*revoke, kid, "--compromised-since", "yesterday", code=2)
    early = firm.run(*revoke, kid, "--compromised-since", now(), code=2).output
    assert "goes with the reason compromised alone" in early
    stolen = ("key", "revoke", kid, "--reason", "compromised", "--key", firm.key("maker"), "--yes")
    assert "state the earliest moment" in firm.run(*stolen, code=2).output
    assert "最早可能得到密钥" in firm.run(*stolen, "--lang", "zh", code=2).output
    roles = ("org", "roles", MAKER, "--role", "recycler", "--key", firm.key("registrar-office"), "--yes")
    firm.run(*roles, "--licence-until", "2029-13-01", code=2)
    firm.run("org", "show", HEIR, code=1)
