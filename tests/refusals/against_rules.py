"""Sound, well signed submissions that a rule forbids: out of role, stale, duplicate, under a wrong code."""

import dataclasses
from typing import Any, Final

from ledger import gbt34014
from ledger.events import registry
from ledger.identifiers import ItemId
from ledger.instants import Day
from ledger.vocabulary import Purpose, Right, Role
from tests.refusals.case import Case, case
from tests.refusals.world import (
    CAR,
    FITTED,
    IN_STOCK,
    LATER,
    MODULES,
    NEW,
    OFFERED,
    SUSPENDED,
    World,
    resign,
)
from tests.scenario import (
    FLEET,
    LAB,
    MAKER,
    REGISTRAR,
    SECOND_LIFE,
    START,
    VEHICLE_MAKER,
    module,
    pack,
    vehicle,
)

CASES: Final[list[Case]] = []


# Keys, roles, custody


@case(CASES, "out of role", "a revoked key", 403, "key.revoked")
def _revoked(world: World) -> str:
    return resign(world.teller().pack_manufactured(NEW), key=MAKER.key(Purpose.OFFICE, 2))


@case(CASES, "out of role", "a key before its window", 403, "key.not_yet")
def _not_yet(world: World) -> str:
    return resign(world.teller().pack_manufactured(NEW), key=MAKER.key(Purpose.OFFICE, 3))


@case(CASES, "out of role", "a line key under a transfer", 403, "key.purpose")
def _line_key(world: World) -> str:
    text = world.teller().transfer_offered(MAKER, VEHICLE_MAKER, IN_STOCK)
    return resign(text, key=MAKER.key(Purpose.LINE))


@case(CASES, "out of role", "an admin key under a manufacture", 403, "key.purpose")
def _admin_key(world: World) -> str:
    return resign(world.teller().pack_manufactured(NEW), key=MAKER.key(Purpose.ADMIN))


@case(CASES, "out of role", "a reader's key under anything", 403, "key.purpose")
def _reader_key(world: World) -> str:
    return resign(world.teller().item_retired(MAKER, IN_STOCK), key=MAKER.key(Purpose.READER))


@case(CASES, "out of role", "a fleet that manufactures", 403, "org.role")
def _fleet_makes(world: World) -> str:
    return world.teller().pack_manufactured(NEW, by=FLEET)


@case(CASES, "out of role", "a maker that enrols a firm", 403, "org.role")
def _maker_enrols(world: World) -> str:
    teller = world.teller()
    claims = dataclasses.replace(_enrolment(teller), roles=(Role.RECYCLER,))
    return teller.tell(MAKER, claims, SUSPENDED.id)


def _enrolment(teller: Any) -> registry.OrgEnrolled:  # noqa: ANN401  a Story
    teller.org_enrolled(FLEET)
    claims = teller.last.claims
    assert isinstance(claims, registry.OrgEnrolled)
    return claims


@case(CASES, "out of role", "a suspended firm that measures", 403, "org.suspended")
def _suspended(world: World) -> str:
    return world.teller().item_collected(IN_STOCK, by=SUSPENDED)


@case(CASES, "out of role", "a key for another firm", 403, "key.others")
def _key_for_other(world: World) -> str:
    claims = registry.KeyAdded(jwk=FLEET.key(Purpose.LINE).verifier, purpose=Purpose.LINE)
    return world.teller().tell(MAKER, claims, FLEET.id, key=MAKER.key(Purpose.ADMIN))


@case(CASES, "out of role", "a firm's last admin key revoked by itself", 422, "key.last_admin")
def _last_admin(world: World) -> str:
    return world.teller().key_revoked(FLEET, FLEET.key(Purpose.ADMIN))


@case(
    CASES, "out of role", "the registrar's recovery key revoked with its admin key", 403, "key.recovery_kept"
)
def _recovery_kept(world: World) -> str:
    return world.teller().key_revoked(REGISTRAR, REGISTRAR.key(Purpose.RECOVERY))


@case(CASES, "out of role", "a licence that ends for the registrar", 422, "org.registrar")
def _registrars_licence(world: World) -> str:
    claims = registry.OrgRolesSet(roles=REGISTRAR.roles, licence_until=Day(2099, 12, 31))
    return world.teller().tell(REGISTRAR, claims, REGISTRAR.id)


@case(CASES, "out of role", "fitting a pack that another firm has", 403, "custody.holder")
def _not_held(world: World) -> str:
    return world.teller().pack_fitted(IN_STOCK, vehicle(7))


@case(CASES, "out of role", "offering a pack that another firm has", 403, "transfer.right")
def _offer_others(world: World) -> str:
    return world.teller().transfer_offered(FLEET, MAKER, IN_STOCK, rights=(Right.CUSTODY,))


@case(CASES, "out of role", "accepting what was offered to another", 403, "transfer.receiver")
def _accept_others(world: World) -> str:
    return world.teller().transfer_accepted(FLEET, OFFERED, load="offered")


@case(CASES, "out of role", "a model under another firm's name", 403, "model.issuer")
def _others_model(world: World) -> str:
    return world.teller().model_declared(by=SECOND_LIFE, model=MAKER.model("OTHER"))


@case(CASES, "out of role", "correcting another firm's event", 403, "correction.issuer")
def _correct_others(world: World) -> str:
    event = next(one for one in world.story.events.values() if one.type == "pack.fitted")
    return world.teller().event_corrected(event, MAKER, claims={"vehicle_model": "X"})


# Stale and duplicate


@case(CASES, "stale", "an act on an event that is no longer the tip", 409, "prev.stale")
def _stale(world: World) -> str:
    text = world.teller().pack_removed(FITTED, CAR)
    first = next(one.id for one in world.story.events.values() if FITTED in one.prev)
    return resign(text, lambda members: members["prev"].update({str(FITTED): first}), key=VEHICLE_MAKER.key())


@case(CASES, "stale", "a pack made a second time", 409, "prev.stale")
def _made_again(world: World) -> str:
    text = world.teller().pack_manufactured(IN_STOCK)
    return resign(text, lambda members: members["prev"].update({str(IN_STOCK): None}))


@case(CASES, "stale", "a mention of an event from another item's history", 422, "prev.foreign")
def _foreign(world: World) -> str:
    text = world.teller().health_measured(IN_STOCK)
    other = world.story.tips[FITTED]
    return resign(text, lambda members: members["prev"].update({str(IN_STOCK): other}), key=LAB.key())


@case(CASES, "stale", "a statement about a pack that nobody registered", 422, "prev.unknown")
def _unknown_pack(world: World) -> str:
    return world.teller().health_measured(pack(77))


@case(CASES, "duplicate", "a `jti` used for another event", 409, "log.duplicate_jti")
def _jti_again(world: World) -> str:
    made = next(one for one in world.story.events.values() if one.type == "pack.manufactured")
    return resign(world.teller().pack_manufactured(NEW), lambda members: members.update(jti=made.jti))


@case(CASES, "duplicate", "a key registered before", 409, "key.registered_before")
def _key_again(world: World) -> str:
    return world.teller().key_added(MAKER)


@case(CASES, "duplicate", "a firm enrolled before", 409, "prev.stale")
def _firm_again(world: World) -> str:
    text = world.teller().org_enrolled(FLEET)
    return resign(text, lambda members: members["prev"].update({str(FLEET.id): None}), key=REGISTRAR.key())


@case(CASES, "duplicate", "another firm's vendor code", 409, "code.vendor_filed")
def _vendor_again(world: World) -> str:
    return world.teller().coding_filed(by=SECOND_LIFE)


@case(CASES, "duplicate", "a specification code filed before", 409, "code.spec_filed")
def _spec_again(world: World) -> str:
    return world.teller().coding_filed()


@case(CASES, "duplicate", "a model number declared before", 409, "model.declared_before")
def _model_again(world: World) -> str:
    return world.teller().model_declared()


# Clock and codes


@case(CASES, "clock", "signed by a clock that is ahead", 422, "clock.signed_ahead")
def _signed_ahead(world: World) -> str:
    text = world.teller().pack_manufactured(NEW)
    return resign(text, lambda members: members.update(iat=LATER.ms // 1000))


@case(CASES, "clock", "something that is yet to happen", 422, "clock.happened_ahead")
def _happened_ahead(world: World) -> str:
    return resign(world.teller().pack_manufactured(NEW), lambda members: members.update(at=LATER.text))


@case(CASES, "code", "a pack under a module's code", 422, "code.kind")
def _module_code(world: World) -> str:
    return world.teller().pack_manufactured(module(70))


@case(CASES, "code", "a code dated in the future", 422, "code.date")
def _future_code(world: World) -> str:
    return world.teller().pack_manufactured(_code(made_on=LATER.day))


def _code(**changes: Any) -> ItemId:  # noqa: ANN401  parts of a code
    parts: dict[str, Any] = {
        "vendor": "ZZZ",
        "kind": gbt34014.Kind.PACK,
        "chemistry": gbt34014.Chemistry.LFP,
        "spec": "01",
        "trace": "TEST000",
        "made_on": START.day,
        "serial": 777,
    }
    return ItemId("gbt34014", gbt34014.mint(**{**parts, **changes}).text)


@case(CASES, "code", "a chemistry that was not filed for the specification", 422, "code.spec")
def _other_chemistry(world: World) -> str:
    return world.teller().pack_manufactured(_code(chemistry=gbt34014.Chemistry.TERNARY))


@case(CASES, "code", "a second-life product under the pack maker's vendor code", 403, "code.vendor")
def _others_vendor(world: World) -> str:
    item = _code(trace=None, reuse=gbt34014.Kind.PACK)
    return world.teller().product_assembled(item, *MODULES[4])


@case(CASES, "code", "a model that nobody declared", 422, "model.unknown")
def _unknown_model(world: World) -> str:
    text = world.teller().pack_manufactured(NEW)
    return resign(text, lambda members: members["data"].update(model=MAKER.model("UNKNOWN")))


@case(CASES, "code", "a model number with a gap before it", 422, "model.number")
def _model_gap(world: World) -> str:
    return world.teller().model_declared(model=MAKER.model().replace("@1", "@3"))


@case(CASES, "code", "a commitment to cells without their number", 422, "cells.count")
def _no_cell_count(world: World) -> str:
    text = world.teller().pack_manufactured(NEW)
    return resign(text, lambda members: members["data"].update(cells_root="A" * 43))
