"""Key, organisation, role and custody: who may state an event at this place of the log."""

from datetime import timedelta

import pytest

from ledger.events import registry
from ledger.events.production import PackManufactured
from ledger.instants import Instant, day_of_ms
from ledger.state import RegisteredKey, key_fact
from ledger.vocabulary import KeyRevocation, Purpose, Role
from tests.consortium import (
    COLLECTOR,
    FLEET,
    LAB,
    MADE_ON,
    MAKER,
    RECYCLER,
    REGISTRAR,
    SECOND_LIFE,
    VEHICLE_MAKER,
    Party,
    pack,
    private_key,
    vehicle,
)
from tests.memory import World
from tests.storyteller import PACK_G

REPAIRER = Party(21, "Repairer", "虚构维修企业", "330110", (Role.REPAIRER,))


def add_key(
    world: World,
    party: Party,
    purpose: Purpose,
    *,
    from_: Instant | None = None,
    until: Instant | None = None,
) -> None:
    jwk = party.key(purpose).verifier
    claims = registry.KeyAdded(jwk=jwk, purpose=purpose, from_=from_, until=until)
    world.tell(party, claims, party.id, key=party.key(Purpose.ADMIN))


def a_pack() -> PackManufactured:
    return PackManufactured(place=MAKER.place, model=MAKER.model(), mass_g=PACK_G, manufactured_on=MADE_ON)


# Keys


def test_a_key_nobody_registered_signs_nothing() -> None:
    world = World()
    stranger = private_key("stranger")
    world.refused(
        world.story.tell(MAKER, a_pack(), pack(1), key=stranger),
        "key.unknown",
        stranger.verifier.thumbprint(),
    )


def test_a_key_signs_for_no_other_organisation() -> None:
    world = World()
    refusal = world.refused(
        world.story.tell(MAKER, a_pack(), pack(1), key=FLEET.key()),
        "key.issuer",
        FLEET.key().verifier.thumbprint(),
    )
    assert refusal.facts["issuer"] == str(MAKER.id)


def test_a_revoked_key_signs_nothing_from_the_next_entry_on() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1)))
    world.log(world.story.key_revoked(MAKER, MAKER.key()))
    refusal = world.refused(
        world.story.pack_manufactured(pack(2)), "key.revoked", MAKER.key().verifier.thumbprint()
    )
    assert refusal.facts["index"] == world.ledger.size - 1


def test_revocation_counts_in_log_order_though_the_event_was_signed_before() -> None:
    world = World()
    early = world.story.pack_manufactured(pack(1))
    world.log(world.story.key_revoked(MAKER, MAKER.key()))
    world.refused(early, "key.revoked", MAKER.key().verifier.thumbprint())


def test_events_before_a_revocation_stay_though_the_key_was_compromised_then() -> None:
    world = World()
    made = world.log(world.story.pack_manufactured(pack(1)))
    since = Instant.from_ms(made.iat * 1000)
    world.log(world.story.key_revoked(MAKER, MAKER.key(), compromised_since=since))
    key = world.ledger.states[key_fact(MAKER.key().verifier.thumbprint())]
    assert isinstance(key, RegisteredKey)
    assert (key.revoked, key.compromised_since) == (world.ledger.size - 1, since)
    assert world.item(pack(1)).tip == made.id


def test_a_key_signs_nothing_before_its_window() -> None:
    world = World()
    opens = Instant.from_ms(world.story.now_ms + 10 * 60_000)
    add_key(world, MAKER, Purpose.LINE, from_=opens)
    key = MAKER.key(Purpose.LINE)
    text = world.story.tell(MAKER, a_pack(), pack(1), key=key)
    world.refused(text, "key.not_yet", key.verifier.thumbprint(), logged_at_ms=opens.ms - 1)
    world.log(text, logged_at_ms=opens.ms)


def test_a_key_signs_nothing_from_the_end_of_its_window_on() -> None:
    world = World()
    ends = Instant.from_ms(world.story.now_ms + 10 * 60_000)
    add_key(world, MAKER, Purpose.LINE, until=ends)
    key = MAKER.key(Purpose.LINE)
    text = world.story.tell(MAKER, a_pack(), pack(1), key=key)
    world.refused(text, "key.expired", key.verifier.thumbprint(), logged_at_ms=ends.ms)
    world.log(text, logged_at_ms=ends.ms - 1)


@pytest.mark.parametrize("purpose", [Purpose.DEVICE, Purpose.RIG, Purpose.READER])
def test_only_office_and_line_keys_make_packs(purpose: Purpose) -> None:
    world = World()
    add_key(world, MAKER, purpose)
    key = MAKER.key(purpose)
    world.refused(
        world.story.tell(MAKER, a_pack(), pack(1), key=key), "key.purpose", key.verifier.thumbprint()
    )


def test_a_line_key_makes_packs() -> None:
    world = World()
    add_key(world, MAKER, Purpose.LINE)
    world.tell(MAKER, a_pack(), pack(1), key=MAKER.key(Purpose.LINE))
    assert world.item(pack(1)).custodian == MAKER.id


def test_an_admin_key_states_nothing_about_batteries() -> None:
    world = World()
    key = MAKER.key(Purpose.ADMIN)
    world.refused(
        world.story.tell(MAKER, a_pack(), pack(1), key=key), "key.purpose", key.verifier.thumbprint()
    )


def test_an_office_key_adds_no_key() -> None:
    world = World()
    claims = registry.KeyAdded(jwk=private_key("new").verifier, purpose=Purpose.OFFICE)
    world.refused(world.story.tell(MAKER, claims, MAKER.id), "key.purpose")


def test_the_recovery_key_adds_keys_to_the_registrar_only() -> None:
    world = World()
    recovery = REGISTRAR.key(Purpose.RECOVERY)
    claims = registry.KeyAdded(jwk=private_key("new").verifier, purpose=Purpose.ADMIN)
    world.refused(
        world.story.tell(REGISTRAR, claims, MAKER.id, key=recovery),
        "key.recovery",
        recovery.verifier.thumbprint(),
    )
    world.tell(REGISTRAR, claims, REGISTRAR.id, key=recovery)


def test_the_recovery_key_signs_nothing_but_keys() -> None:
    world = World()
    recovery = REGISTRAR.key(Purpose.RECOVERY)
    claims = registry.OrgRolesSet(roles=(Role.RECYCLER,))
    world.refused(world.story.tell(REGISTRAR, claims, MAKER.id, key=recovery), "key.purpose")


def test_recovery_replaces_a_stolen_admin_key_even_the_last() -> None:
    world = World()
    recovery, stolen = REGISTRAR.key(Purpose.RECOVERY), REGISTRAR.key(Purpose.ADMIN)
    revoked = registry.KeyRevoked(kid=stolen.verifier.thumbprint(), reason=KeyRevocation.COMPROMISED)
    world.tell(REGISTRAR, revoked, REGISTRAR.id, key=recovery)
    assert world.ledger.org(REGISTRAR.id).admin_keys == 0
    fresh = registry.KeyAdded(jwk=REGISTRAR.key(Purpose.ADMIN, 2).verifier, purpose=Purpose.ADMIN)
    world.tell(REGISTRAR, fresh, REGISTRAR.id, key=recovery)
    assert world.ledger.org(REGISTRAR.id).admin_keys == 1


# Organisations and roles


def test_a_suspended_firm_makes_nothing() -> None:
    world = World()
    world.log(world.story.org_suspended(MAKER))
    world.refused(world.story.pack_manufactured(pack(1)), "org.suspended", MAKER.id)


def test_a_suspended_firm_may_only_offer_withdraw_and_see_to_its_keys() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1)), world.story.org_suspended(MAKER))
    world.refused(world.story.item_retired(MAKER, pack(1)), "org.suspended", MAKER.id)
    world.log(world.story.key_added(MAKER, Purpose.LINE))
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1)))
    world.log(world.story.transfer_withdrawn(MAKER, pack(1)))
    world.log(*world.story.transfer(MAKER, FLEET, pack(1), load="second"))
    assert world.item(pack(1)).custodian == FLEET.id


def test_a_firm_states_nothing_after_its_licence_but_may_hand_over() -> None:
    world = World()
    last_day = day_of_ms(world.story.now_ms)
    world.log(world.story.pack_manufactured(pack(1)))
    world.tell(REGISTRAR, registry.OrgRolesSet(roles=(Role.MANUFACTURER,), licence_until=last_day), MAKER.id)
    world.log(world.story.pack_manufactured(pack(2)))
    world.wait(days=1)
    refusal = world.refused(world.story.pack_manufactured(pack(3)), "org.licence", MAKER.id)
    assert refusal.facts["until"] == str(last_day)
    assert last_day + timedelta(days=1) == day_of_ms(world.story.now_ms)
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1)))


def test_the_role_owns_the_event() -> None:
    world = World()
    refusal = world.refused(world.story.tell(FLEET, a_pack(), pack(1)), "org.role", FLEET.id)
    assert refusal.facts["roles"] == ["manufacturer"]


def test_a_role_taken_away_is_gone_at_the_next_entry() -> None:
    world = World()
    world.log(world.story.org_roles_set(MAKER, [Role.MATERIAL_MAKER]))
    world.refused(world.story.pack_manufactured(pack(1)), "org.role", MAKER.id)
    world.log(world.story.org_roles_set(MAKER, [Role.MATERIAL_MAKER, Role.MANUFACTURER]))
    world.log(world.story.pack_manufactured(pack(1)))


@pytest.mark.parametrize("other", [MAKER, LAB])
def test_only_the_registrar_enrols(other: Party) -> None:
    world = World()
    claims = registry.OrgEnrolled(
        name_zh=REPAIRER.name_zh,
        name_en=REPAIRER.name,
        roles=REPAIRER.roles,
        district=REPAIRER.district,
        admin=REPAIRER.key(Purpose.ADMIN).verifier,
    )
    world.refused(world.story.tell(other, claims, REPAIRER.id), "org.role", other.id)


# Custody


def test_an_act_needs_custody() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1)))
    refusal = world.refused(
        world.story.pack_fitted(pack(1), vehicle(1), by=VEHICLE_MAKER), "custody.holder", pack(1)
    )
    assert refusal.facts["holder"] == str(MAKER.id)


def test_a_fitted_pack_needs_custody_of_its_vehicle() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1)))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, pack(1)))
    world.log(world.story.pack_fitted(pack(1), vehicle(1)))
    world.log(*world.story.transfer(VEHICLE_MAKER, FLEET, vehicle(1), load="car"))
    world.refused(world.story.pack_removed(pack(1), vehicle(1)), "custody.holder")


def test_who_has_a_role_may_work_on_what_a_user_holds() -> None:
    world = World()
    world.log(*world.story.enrolments([REPAIRER]))
    world.log(world.story.pack_manufactured(pack(1)))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, pack(1)))
    world.log(world.story.pack_fitted(pack(1), vehicle(1)), world.story.vehicle_sold(vehicle(1)))
    out = world.log(world.story.pack_removed(pack(1), vehicle(1), by=REPAIRER))
    assert world.item(pack(1)).custodian == REPAIRER.id
    assert out.claims.place == REPAIRER.place


def test_who_has_neither_role_nor_custody_measures_nothing() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1)))
    world.refused(world.story.health_measured(pack(1), by=RECYCLER), "custody.witness", pack(1))
    world.log(world.story.health_measured(pack(1), by=LAB))
    world.log(world.story.health_measured(pack(1), by=MAKER))


def test_a_role_gives_no_right_over_what_another_firm_holds() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1)))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(1)))
    world.refused(world.story.item_retired(COLLECTOR, pack(1)), "custody.holder", pack(1))
