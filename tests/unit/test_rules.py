"""Rule sets: files of data, each rule with its date and legal basis."""

import hashlib

import pytest

from crypto import strictjson
from crypto.encoding import b64url_encode
from ledger.claims import decode, encode
from ledger.events import REGISTRY
from ledger.instants import Day
from ledger.rules import (
    LATEST,
    RULE_FILES,
    RULE_SETS,
    RuleSet,
    UnknownRulesError,
    rule_set,
    rules_sha256,
)
from ledger.vocabulary import Application, Role, Step

RULES = rule_set(LATEST)


def test_every_file_is_a_rule_set_under_its_own_version() -> None:
    assert RULE_FILES.keys() == RULE_SETS.keys()
    for version, data in RULE_FILES.items():
        known = rule_set(version)
        assert known.version == version
        assert decode(RuleSet, strictjson.loads(data)) == known
        assert decode(RuleSet, encode(known)) == known


def test_the_hash_is_of_the_file_byte_for_byte() -> None:
    assert rules_sha256(LATEST) == b64url_encode(hashlib.sha256(RULE_FILES[LATEST]).digest())


@pytest.mark.parametrize("version", ["", "1999.1", "2026.11.json", "../rules/2026.11"])
def test_a_version_this_software_lacks_is_unknown(version: str) -> None:
    for ask in (rule_set, rules_sha256):
        with pytest.raises(UnknownRulesError) as caught:
            ask(version)
        assert (caught.value.rule, caught.value.facts) == ("rules.unknown", {"version": version})


def test_the_latest_version_is_the_highest_by_number() -> None:
    year, month = (int(part) for part in LATEST.split("."))
    assert all((year, month) >= tuple(map(int, version.split("."))) for version in RULE_SETS)


def test_a_rule_set_takes_known_event_types_only() -> None:
    assert set(RULES.events) <= set(REGISTRY)
    assert len(set(RULES.events)) == len(RULES.events)


def test_every_step_has_a_mass_tolerance() -> None:
    assert set(RULES.mass_tolerance_ppm) == {"split", "transit", "receipt", "assembly", *Step}
    assert set(RULES.chemical_steps) == set(Step) - {Step.SHRED}


def test_electric_bicycles_are_prohibited_from_their_day_on() -> None:
    bicycle = Application.ELECTRIC_BICYCLE
    assert RULES.prohibits(bicycle, Day(2026, 3, 31)) is None
    rule = RULES.prohibits(bicycle, Day(2026, 4, 1))
    assert rule is not None
    assert (rule.since, rule.basis_status) == (Day(2026, 4, 1), "secondary")
    assert RULES.prohibits(Application.UPS, Day(2026, 4, 1)) is None


def test_waste_has_lawful_receivers_since_the_first_rule_on_it() -> None:
    assert RULES.receivers_of_waste(Day(2018, 7, 31)) is None
    rule = RULES.receivers_of_waste(Day(2018, 8, 1))
    assert rule is not None
    assert Role.RECYCLER in rule.roles
    assert Role.FLEET_OPERATOR not in rule.roles


def test_every_rule_names_its_basis_and_how_sure_we_are_of_it() -> None:
    told = [(rule.basis, rule.basis_status) for rule in RULES.prohibited_applications]
    told += [(rule.basis, rule.basis_status) for rule in RULES.retired_receivers]
    told.append((RULES.collection_silence_days.basis, RULES.collection_silence_days.basis_status))
    told.append((RULES.tolerance_basis.basis, RULES.tolerance_basis.basis_status))
    assert all(basis and status in {"primary", "secondary", "unverified"} for basis, status in told)
