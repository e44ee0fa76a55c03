"""Organisations, keys, vendor codes, models and rule sets, and the entry that founds the log."""

import dataclasses

import pytest

from crypto.keys import PrivateKey
from ledger import lifecycle, rules, submission
from ledger.errors import AuthorityRefusal, ConflictError, RuleRefusal
from ledger.events import registry
from ledger.instants import Day, Instant
from ledger.lifecycle.registry import MAX_SITES
from ledger.rules import LATEST, UnknownRulesError, rules_sha256
from ledger.state import (
    LOG,
    FactKind,
    Filing,
    Log,
    Model,
    Organisation,
    RegisteredKey,
    Spec,
    key_fact,
    model_fact,
    vendor_fact,
)
from ledger.vocabulary import Chemistry, Ground, KeyRevocation, Kind, Purpose, Role, SiteKind
from tests.consortium import (
    LAB,
    MAKER,
    ORIGIN,
    RECYCLER,
    REGISTRAR,
    SECOND_LIFE,
    Party,
    pack,
    private_key,
)
from tests.memory import MemoryLedger, World
from tests.scenario import Story

NEW_PACK = pack(1)
NEWCOMER = Party(30, "Newcomer", "虚构新企业", "330110", (Role.MANUFACTURER,))


def enrolment(party: Party, admin: PrivateKey | None = None) -> registry.OrgEnrolled:
    return registry.OrgEnrolled(
        name_zh=party.name_zh,
        name_en=party.name,
        roles=party.roles,
        district=party.district,
        admin=(admin or party.key(Purpose.ADMIN)).verifier,
    )


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


# Keys


def test_a_firm_adds_keys_for_itself_only() -> None:
    world = World()
    claims = registry.KeyAdded(jwk=private_key("k").verifier, purpose=Purpose.ADMIN)
    admin = MAKER.key(Purpose.ADMIN)
    world.refused(world.story.tell(MAKER, claims, LAB.id, key=admin), "key.others", LAB.id)


def test_the_registrar_adds_admin_keys_for_others_and_no_other_purpose() -> None:
    world = World()
    admin = REGISTRAR.key(Purpose.ADMIN)
    fresh = private_key("fresh")
    office = registry.KeyAdded(jwk=fresh.verifier, purpose=Purpose.OFFICE)
    world.refused(world.story.tell(REGISTRAR, office, LAB.id, key=admin), "key.others", LAB.id)
    world.tell(REGISTRAR, registry.KeyAdded(jwk=fresh.verifier, purpose=Purpose.ADMIN), LAB.id, key=admin)
    assert world.ledger.org(LAB.id).admin_keys == 2


def test_only_the_registrar_has_a_recovery_key() -> None:
    world = World()
    claims = registry.KeyAdded(jwk=private_key("r").verifier, purpose=Purpose.RECOVERY)
    admin = MAKER.key(Purpose.ADMIN)
    world.refused(world.story.tell(MAKER, claims, MAKER.id, key=admin), "key.recovery_registrar", MAKER.id)
    world.tell(REGISTRAR, claims, REGISTRAR.id, key=REGISTRAR.key(Purpose.ADMIN))


def test_a_key_for_a_firm_not_enrolled_is_refused() -> None:
    world = World()
    claims = registry.KeyAdded(jwk=private_key("k").verifier, purpose=Purpose.ADMIN)
    admin = REGISTRAR.key(Purpose.ADMIN)
    world.refused(world.story.tell(REGISTRAR, claims, NEWCOMER.id, key=admin), "org.unknown", NEWCOMER.id)


@pytest.mark.parametrize(("from_minutes", "until_minutes"), [(None, 1), (None, 0), (20, 20), (20, 15)])
def test_a_window_that_is_over_before_it_opens_is_refused(
    from_minutes: int | None, until_minutes: int
) -> None:
    world = World()
    now = world.story.now_ms
    fresh = private_key("k").verifier
    claims = registry.KeyAdded(
        jwk=fresh,
        purpose=Purpose.OFFICE,
        from_=None if from_minutes is None else Instant.from_ms(now + from_minutes * 60_000),
        until=Instant.from_ms(now + until_minutes * 60_000),
    )
    admin = MAKER.key(Purpose.ADMIN)
    world.refused(world.story.tell(MAKER, claims, MAKER.id, key=admin), "key.window", fresh.thumbprint())


def revoke(key: PrivateKey, *, since: Instant | None = None) -> registry.KeyRevoked:
    return registry.KeyRevoked(
        kid=key.verifier.thumbprint(), reason=KeyRevocation.COMPROMISED, compromised_since=since
    )


def test_a_key_that_is_not_theirs_cannot_be_revoked() -> None:
    world = World()
    admin = MAKER.key(Purpose.ADMIN)
    theirs = LAB.key().verifier.thumbprint()
    world.refused(world.story.tell(MAKER, revoke(LAB.key()), MAKER.id, key=admin), "key.not_theirs", theirs)
    nobodys = private_key("nobody's")
    world.refused(
        world.story.tell(MAKER, revoke(nobodys), MAKER.id, key=admin),
        "key.not_theirs",
        nobodys.verifier.thumbprint(),
    )


def test_a_firm_revokes_no_other_firms_key_but_the_registrar_does() -> None:
    world = World()
    claims = revoke(LAB.key())
    world.refused(world.story.tell(MAKER, claims, LAB.id, key=MAKER.key(Purpose.ADMIN)), "key.others", LAB.id)
    world.tell(REGISTRAR, claims, LAB.id, key=REGISTRAR.key(Purpose.ADMIN))
    world.refused(world.story.tell(LAB, enrolment(NEWCOMER), NEWCOMER.id), "key.revoked")


def test_a_firm_cannot_revoke_its_last_admin_key_but_the_registrar_can() -> None:
    world = World()
    admin = MAKER.key(Purpose.ADMIN)
    world.refused(world.story.key_revoked(MAKER, admin), "key.last_admin", admin.verifier.thumbprint())
    world.log(world.story.key_added(MAKER, Purpose.ADMIN, 2), world.story.key_revoked(MAKER, admin))
    assert world.ledger.org(MAKER.id).admin_keys == 1
    second = MAKER.key(Purpose.ADMIN, 2)
    claims = revoke(second)
    world.refused(world.story.tell(MAKER, claims, MAKER.id, key=second), "key.last_admin")
    world.tell(REGISTRAR, claims, MAKER.id, key=REGISTRAR.key(Purpose.ADMIN))
    assert world.ledger.org(MAKER.id).admin_keys == 0


def test_the_registrar_cannot_revoke_its_own_last_admin_key_with_it() -> None:
    world = World()
    admin = REGISTRAR.key(Purpose.ADMIN)
    world.refused(world.story.key_revoked(REGISTRAR, admin), "key.last_admin")


def test_whoever_stole_an_admin_key_does_not_take_the_log() -> None:
    world = World()
    admin, recovery = REGISTRAR.key(Purpose.ADMIN), REGISTRAR.key(Purpose.RECOVERY)
    kid = recovery.verifier.thumbprint()
    world.refused(world.story.key_revoked(REGISTRAR, recovery), "key.recovery_kept", kid)
    # A recovery key of the thief's own, and every admin key but the stolen one revoked, do not help.
    thiefs = private_key("thief's")
    added = registry.KeyAdded(jwk=thiefs.verifier, purpose=Purpose.RECOVERY)
    world.tell(REGISTRAR, added, REGISTRAR.id, key=admin)
    text = world.story.tell(REGISTRAR, revoke(recovery), REGISTRAR.id, key=thiefs)
    world.refused(text, "key.recovery_kept", kid)
    for stolen in (thiefs, admin):
        world.tell(REGISTRAR, revoke(stolen), REGISTRAR.id, key=recovery)
    fresh = registry.KeyAdded(jwk=private_key("fresh").verifier, purpose=Purpose.ADMIN)
    world.tell(REGISTRAR, fresh, REGISTRAR.id, key=recovery)
    assert world.ledger.org(REGISTRAR.id).admin_keys == 1


def test_a_recovery_key_revokes_itself_and_those_added_after_it() -> None:
    world = World()
    first, second = REGISTRAR.key(Purpose.RECOVERY), private_key("second recovery")
    added = registry.KeyAdded(jwk=second.verifier, purpose=Purpose.RECOVERY)
    world.tell(REGISTRAR, added, REGISTRAR.id, key=REGISTRAR.key(Purpose.ADMIN))
    since = Instant.from_ms(world.story.now_ms)
    world.tell(REGISTRAR, revoke(first), REGISTRAR.id, key=first)
    text = world.story.tell(REGISTRAR, revoke(first, since=since), REGISTRAR.id, key=second)
    world.refused(text, "key.recovery_kept", first.verifier.thumbprint())
    world.tell(REGISTRAR, revoke(second), REGISTRAR.id, key=second)


def test_a_second_revocation_only_tells_an_earlier_compromise() -> None:
    world = World()
    key, kid = MAKER.key(), MAKER.key().verifier.thumbprint()
    opened = world.story.now_ms
    world.log(world.story.key_revoked(MAKER, key))
    at = world.ledger.size - 1
    refusal = world.refused(world.story.key_revoked(MAKER, key), "key.revoked_before", kid)
    assert refusal.facts["index"] == at
    late, early = Instant.from_ms(opened), Instant.from_ms(opened - 60_000)
    world.log(world.story.key_revoked(MAKER, key, compromised_since=late))
    world.refused(world.story.key_revoked(MAKER, key, compromised_since=late), "key.compromise_earlier", kid)
    world.log(world.story.key_revoked(MAKER, key, compromised_since=early))
    state = world.ledger.states[key_fact(kid)]
    assert isinstance(state, RegisteredKey)
    assert (state.revoked, state.compromised_since) == (at, early)


def test_a_key_is_not_compromised_in_the_future() -> None:
    world = World()
    since = Instant.from_ms(world.story.now_ms + 86_400_000)
    world.refused(
        world.story.key_revoked(MAKER, MAKER.key(), compromised_since=since),
        "key.compromise_ahead",
        MAKER.key().verifier.thumbprint(),
    )


# Vendor codes and models


def spec(code: str, chemistry: Chemistry = Chemistry.LFP) -> Spec:
    return Spec(spec=code, chemistry=chemistry)


def test_a_vendor_code_has_one_filer() -> None:
    world = World()
    refusal = world.refused(world.story.coding_filed(SECOND_LIFE, "ZZZ"), "code.vendor_filed", "ZZZ")
    assert refusal.facts["org"] == str(MAKER.id)


def test_specifications_are_added_and_never_changed() -> None:
    world = World()
    world.tell(MAKER, registry.CodingFiled(vendor="ZZZ", specs=(spec("02"),)), MAKER.id)
    filing = world.ledger.states[vendor_fact("ZZZ")]
    assert isinstance(filing, Filing)
    assert [one.spec for one in filing.specs] == ["01", "02"]
    again = registry.CodingFiled(vendor="ZZZ", specs=(spec("03"), spec("01", Chemistry.NMC)))
    world.refused(world.story.tell(MAKER, again, MAKER.id), "code.spec_filed", "ZZZ/01")
    twice = registry.CodingFiled(vendor="ZZZ", specs=(spec("03"), spec("03")))
    world.refused(world.story.tell(MAKER, twice, MAKER.id), "code.spec_filed", "ZZZ/03")


def test_a_recycler_files_no_codes() -> None:
    world = World()
    world.refused(world.story.coding_filed(RECYCLER, "ZZX"), "org.role", RECYCLER.id)


def test_a_model_stands_under_its_makers_own_name() -> None:
    world = World()
    world.refused(
        world.story.model_declared(SECOND_LIFE, model=MAKER.model("B")), "model.issuer", MAKER.model("B")
    )


def test_a_model_is_declared_once_and_its_numbers_have_no_gap() -> None:
    world = World()
    first = MAKER.model()
    stem = first.removesuffix("@1")
    world.refused(world.story.model_declared(model=first), "model.declared_before", first)
    refusal = world.refused(world.story.model_declared(model=f"{stem}@3"), "model.number", f"{stem}@3")
    assert refusal.facts["expected"] == f"{stem}@2"
    event = world.log(world.story.model_declared(model=f"{stem}@2"))
    model = world.ledger.states[model_fact(f"{stem}@2")]
    assert isinstance(model, Model)
    assert (model.org, model.kind, model.declared) == (MAKER.id, Kind.PACK, event.id)


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
