"""Organisations and rule sets, and the entry that founds the log."""

import dataclasses

import pytest

from ledger import lifecycle, rules, submission
from ledger.errors import AuthorityRefusal, ConflictError, RuleRefusal
from ledger.events import registry
from ledger.instants import Day
from ledger.lifecycle.registry import MAX_SITES
from ledger.rules import LATEST, UnknownRulesError, rules_sha256
from ledger.state import (
    LOG,
    FactKind,
    Log,
    Organisation,
    RegisteredKey,
    key_fact,
)
from ledger.vocabulary import Ground, Purpose, Role, SiteKind
from tests.consortium import (
    LAB,
    MAKER,
    ORIGIN,
    REGISTRAR,
    Party,
    pack,
    private_key,
)
from tests.memory import MemoryLedger, World
from tests.scenario import Story
from tests.starts import (
    NEWCOMER,
    enrolment,
)

NEW_PACK = pack(1)


def rules_file(version: str = LATEST, sha256: str | None = None) -> registry.RulesFile:
    return registry.RulesFile(version=version, sha256=sha256 or rules_sha256(LATEST))


def root(**changes: object) -> registry.OrgEnrolled:
    recovery = REGISTRAR.key(Purpose.RECOVERY).verifier
    claims = dataclasses.replace(enrolment(REGISTRAR), recovery=recovery, rules=rules_file())
    return dataclasses.replace(claims, **changes)  # type: ignore[arg-type]  # any member of the claims


# Entry 0


def test_entry_0_founds_the_log() -> None:
    story, ledger = Story(), MemoryLedger()
    first = ledger.submit(story.founding()[0])
    assert ledger.states[LOG] == Log(origin=ORIGIN, registrar=REGISTRAR.id, rules=LATEST)
    org = ledger.org(REGISTRAR.id)
    assert (org.tip, org.count, org.latest, org.admin_keys) == (first.id, 1, 0, 1)
    purposes = {key.kid: key.purpose for key in ledger.facts(FactKind.KEY) if isinstance(key, RegisteredKey)}
    assert purposes == {
        REGISTRAR.key(Purpose.ADMIN).verifier.thumbprint(): Purpose.ADMIN,
        REGISTRAR.key(Purpose.RECOVERY).verifier.thumbprint(): Purpose.RECOVERY,
    }


@pytest.mark.parametrize(
    ("claims", "party"),
    [
        (root(recovery=None), REGISTRAR),
        (root(rules=None), REGISTRAR),
        (root(roles=(Role.MANUFACTURER,)), REGISTRAR),
        (root(licence_until=Day(2099, 12, 31)), REGISTRAR),
        (root(), MAKER),
    ],
    ids=["no recovery key", "no rules", "not a registrar", "a licence that ends", "another's enrolment"],
)
def test_entry_0_is_whole_or_refused(claims: registry.OrgEnrolled, party: Party) -> None:
    story, ledger = Story(), MemoryLedger()
    text = story.tell(party, claims, REGISTRAR.id, key=REGISTRAR.key(Purpose.ADMIN))
    with pytest.raises((RuleRefusal, AuthorityRefusal), match=r"^log\.root org:"):
        ledger.submit(text)
    assert not ledger.states


def test_entry_0_is_signed_by_the_admin_key_in_it() -> None:
    story = Story()
    text = story.tell(REGISTRAR, root(), REGISTRAR.id, key=REGISTRAR.key(Purpose.OFFICE))
    event = submission.parse(text).event
    with pytest.raises(AuthorityRefusal, match=r"^log\.root"):
        lifecycle.apply({}, event, index=0, logged_at_ms=event.iat * 1000)


def test_no_other_event_is_entry_0() -> None:
    story, ledger = Story(), MemoryLedger()
    with pytest.raises(RuleRefusal, match=r"^log\.root"):
        ledger.submit(story.key_added(REGISTRAR))


def test_entry_0_creates_its_organisation() -> None:
    story, ledger = Story(), MemoryLedger()
    story.tips[REGISTRAR.id] = "A" * 43
    with pytest.raises(ConflictError, match=r"^prev\.stale"):
        ledger.submit(story.founding()[0])


def test_a_log_is_founded_once() -> None:
    world = World()
    event = submission.parse(world.story.tell(REGISTRAR, root(), REGISTRAR.id)).event
    with pytest.raises(RuleRefusal, match=r"^log\.root"):
        lifecycle.apply(world.ledger.states, event, index=0, logged_at_ms=event.iat * 1000)


def test_entry_0_names_a_rule_set_this_software_has() -> None:
    story, ledger = Story(), MemoryLedger()
    key = REGISTRAR.key(Purpose.ADMIN)
    unknown = root(rules=rules_file(version="1999.1"))
    with pytest.raises(UnknownRulesError, match=r"^rules\.unknown"):
        ledger.submit(story.tell(REGISTRAR, unknown, REGISTRAR.id, key=key))
    story = Story()
    other = root(rules=rules_file(sha256="A" * 43))
    with pytest.raises(RuleRefusal, match=r"^rules\.sha256"):
        ledger.submit(story.tell(REGISTRAR, other, REGISTRAR.id, key=key))


def test_the_recovery_key_is_not_the_admin_key() -> None:
    story, ledger = Story(), MemoryLedger()
    key = REGISTRAR.key(Purpose.ADMIN)
    with pytest.raises(ConflictError, match=r"^key\.registered_before"):
        ledger.submit(story.tell(REGISTRAR, root(recovery=key.verifier), REGISTRAR.id, key=key))


# Organisations


def test_an_enrolment_brings_the_firm_and_its_admin_key() -> None:
    world = World()
    event = world.tell(REGISTRAR, enrolment(NEWCOMER), NEWCOMER.id)
    org = world.ledger.org(NEWCOMER.id)
    assert (org.roles, org.suspended, org.admin_keys) == (NEWCOMER.roles, False, 1)
    assert (org.tip, org.count) == (event.id, 1)
    key = world.ledger.states[key_fact(NEWCOMER.key(Purpose.ADMIN).verifier.thumbprint())]
    assert isinstance(key, RegisteredKey)
    assert (key.org, key.purpose, key.added) == (NEWCOMER.id, Purpose.ADMIN, world.ledger.size - 1)


def test_a_firm_is_enrolled_once() -> None:
    world = World()
    claims = enrolment(MAKER, private_key("another admin"))
    world.refused(world.story.tell(REGISTRAR, claims, MAKER.id), "org.enrolled_before", MAKER.id)


def test_only_entry_0_carries_a_recovery_key_or_rules() -> None:
    world = World()
    base = enrolment(NEWCOMER)
    recovery = dataclasses.replace(base, recovery=private_key("r").verifier)
    world.refused(world.story.tell(REGISTRAR, recovery, NEWCOMER.id), "org.not_root", NEWCOMER.id)
    with_rules = dataclasses.replace(base, rules=rules_file())
    world.refused(world.story.tell(REGISTRAR, with_rules, NEWCOMER.id), "org.not_root", NEWCOMER.id)


def test_a_key_is_registered_once_for_one_firm_for_ever() -> None:
    world = World()
    kid = MAKER.key().verifier.thumbprint()
    claims = enrolment(NEWCOMER, MAKER.key())
    world.refused(world.story.tell(REGISTRAR, claims, NEWCOMER.id), "key.registered_before", kid)
    world.log(world.story.key_revoked(MAKER, MAKER.key()))
    world.refused(world.story.key_added(MAKER), "key.registered_before", kid)


def test_roles_are_set_anew_and_what_is_left_out_is_gone() -> None:
    world = World()
    until = Day(2027, 1, 1)
    claims = registry.OrgRolesSet(roles=(Role.RECYCLER,), scope=("lfp",), licence_until=until)
    world.tell(REGISTRAR, claims, MAKER.id)
    assert world.ledger.org(MAKER.id).licence_until == until
    world.log(world.story.org_roles_set(MAKER, [Role.MANUFACTURER]))
    org = world.ledger.org(MAKER.id)
    assert (org.roles, org.scope, org.licence_until) == ((Role.MANUFACTURER,), (), None)


def test_the_registrar_keeps_its_role_and_is_never_suspended() -> None:
    world = World()
    world.refused(world.story.org_roles_set(REGISTRAR, [Role.AUDITOR]), "org.registrar", REGISTRAR.id)
    world.refused(world.story.org_suspended(REGISTRAR), "org.registrar", REGISTRAR.id)


def test_the_registrar_has_no_licence_that_ends() -> None:
    # The day after nobody could sign anything, not even a new licence.
    world = World()
    claims = registry.OrgRolesSet(roles=REGISTRAR.roles, licence_until=Day(2099, 12, 31))
    world.refused(world.story.tell(REGISTRAR, claims, REGISTRAR.id), "org.registrar", REGISTRAR.id)
    world.log(world.story.org_roles_set(REGISTRAR, [Role.REGISTRAR, Role.AUDITOR]))


@pytest.mark.parametrize(
    "claims",
    [
        registry.OrgRolesSet(roles=(Role.RECYCLER,)),
        registry.OrgSuspended(ground=Ground.INSOLVENCY),
    ],
)
def test_a_firm_not_enrolled_is_ruled_by_nobody(claims: registry.OrgRolesSet | registry.OrgSuspended) -> None:
    world = World()
    world.refused(world.story.tell(REGISTRAR, claims, NEWCOMER.id), "org.unknown", NEWCOMER.id)


def test_a_key_whose_firm_has_no_state_signs_nothing() -> None:
    world = World()
    del world.ledger.states[LAB.id]
    world.refused(world.story.tell(LAB, enrolment(NEWCOMER), NEWCOMER.id), "org.unknown", LAB.id)


def test_a_second_registrar_adopts_no_rules() -> None:
    world = World()
    world.log(world.story.org_roles_set(LAB, [Role.REGISTRAR]))
    claims = registry.RulesAdopted(version=LATEST, sha256=rules_sha256(LATEST))
    world.refused(world.story.tell(LAB, claims, LAB.id), "org.registrar_only", LAB.id)


# Rule sets


def test_a_rule_set_is_adopted_by_version_and_hash() -> None:
    world = World()
    unknown = registry.RulesAdopted(version="1999.1", sha256=rules_sha256(LATEST))
    world.refused(world.story.tell(REGISTRAR, unknown, REGISTRAR.id), "rules.unknown")
    other = registry.RulesAdopted(version=LATEST, sha256="A" * 43)
    world.refused(world.story.tell(REGISTRAR, other, REGISTRAR.id), "rules.sha256", LATEST)
    world.log(world.story.rules_adopted())


def test_the_entry_after_an_adoption_is_judged_by_the_new_set(monkeypatch: pytest.MonkeyPatch) -> None:
    # A set of our own that knows no packs: the dictionaries are the program's files, as if it had one more.
    events = tuple(name for name in rules.RULE_SETS[LATEST].events if name != "pack.manufactured")
    packless = dataclasses.replace(rules.RULE_SETS[LATEST], version="2030.1", events=events)
    monkeypatch.setitem(rules.RULE_SETS, "2030.1", packless)
    monkeypatch.setitem(rules.RULE_FILES, "2030.1", b"{}")
    world = World()
    before = world.story.pack_manufactured(NEW_PACK)
    world.story.tips.pop(NEW_PACK)
    world.log(world.story.rules_adopted("2030.1"))
    refusal = world.refused(before, "rules.event_unknown", "pack.manufactured")
    assert refusal.facts["version"] == "2030.1"
    world.log(world.story.rules_adopted(LATEST), before)


def test_a_log_whose_rules_this_software_lacks_is_not_written() -> None:
    world = World()
    log = world.ledger.states[LOG]
    assert isinstance(log, Log)
    world.ledger.states[LOG] = dataclasses.replace(log, rules="2999.1")
    world.refused(world.story.pack_manufactured(NEW_PACK), "rules.unknown")


def test_an_organisation_is_known_by_what_it_was_enrolled_with() -> None:
    org = World().ledger.states[MAKER.id]
    assert isinstance(org, Organisation)
    assert (org.name_zh, org.name_en, org.district) == (MAKER.name_zh, MAKER.name, MAKER.district)


# Reinstatement, sites and reports


def test_a_reinstated_firm_acts_again() -> None:
    world = World()
    world.log(world.story.org_suspended(MAKER))
    world.refused(world.story.pack_manufactured(NEW_PACK), "org.suspended", MAKER.id)
    world.log(world.story.org_reinstated(MAKER), world.story.pack_manufactured(NEW_PACK))
    assert not world.ledger.org(MAKER.id).suspended


def test_who_is_not_suspended_is_not_reinstated() -> None:
    world = World()
    world.refused(world.story.org_reinstated(MAKER), "org.not_suspended", MAKER.id)


def test_only_the_registrar_reinstates() -> None:
    world = World()
    world.log(world.story.org_suspended(LAB))
    claims = registry.OrgReinstated(ground=Ground.OWN_REQUEST)
    world.refused(world.story.tell(MAKER, claims, LAB.id), "org.role", MAKER.id)


def test_a_firm_names_its_sites_and_names_them_anew() -> None:
    world = World()
    event = world.log(
        world.story.site_set(MAKER, "S-2", "Second"),
        world.story.site_set(MAKER, "S-1", "First"),
        world.story.site_set(MAKER, "S-2", "Other"),
    )
    org = world.ledger.org(MAKER.id)
    assert [(site.site, site.name) for site in org.sites] == [("S-1", "First"), ("S-2", "Other")]
    assert org.tip == event.id


def test_a_site_is_named_with_the_admin_key() -> None:
    world = World()
    claims = registry.SiteSet(site="S-1", name="Site", district="330109", kinds=(SiteKind.OUTLET,))
    world.refused(world.story.tell(MAKER, claims, MAKER.id), "key.purpose")


def test_a_firm_has_sites_to_a_limit() -> None:
    world = World()
    world.log(*(world.story.site_set(MAKER, f"S-{number}") for number in range(MAX_SITES)))
    refusal = world.refused(world.story.site_set(MAKER, "ONE-MORE"), "org.sites", MAKER.id)
    assert refusal.facts == {"limit": MAX_SITES}
    world.log(world.story.site_set(MAKER, "S-1", "Anew"))


def test_a_report_is_mentioned_in_its_firms_history() -> None:
    world = World()
    before = world.ledger.org(MAKER.id)
    world.log(world.story.report_filed(MAKER))
    after = world.ledger.org(MAKER.id)
    assert (after.count, after.tip) == (before.count + 1, before.tip)


@pytest.mark.parametrize(
    ("first", "last"), [(Day(2026, 5, 2), Day(2026, 5, 1)), (Day(2027, 1, 1), Day(2027, 1, 2))]
)
def test_a_report_covers_a_period_that_has_begun(first: Day, last: Day) -> None:
    world = World()
    refusal = world.refused(world.story.report_filed(MAKER, first, last), "report.period")
    assert refusal.facts == {"since": str(first), "until": str(last)}
