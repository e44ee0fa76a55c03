"""Well-formed events with arbitrary claims: each is logged or refused by a rule, and nothing else happens."""

import dataclasses
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Refusal
from ledger.events import REGISTRY, About, Claims
from ledger.identifiers import ItemId
from ledger.vocabulary import Purpose, Role
from tests.consortium import PARTIES, RECYCLER, REGISTRAR, VEHICLE_MAKER, cell, module, pack, product, vehicle
from tests.memory import World
from tests.property.test_claims import objects

ITEMS = [make(n) for make in (pack, module, cell, product, vehicle) for n in (1, 2, 3)]
LOTS = [RECYCLER.lot("A"), RECYCLER.lot("B")]


def busy() -> World:
    """A vehicle with a pack, packs in stock and as waste, a lot, and every role for everybody."""
    world = World()
    story = world.story
    world.log(*(story.pack_manufactured(pack(n), [module(n)]) for n in (1, 2, 3)))
    world.log(*story.transfer(PARTIES[1], VEHICLE_MAKER, pack(1), pack(2), pack(3)))
    world.log(story.pack_fitted(pack(1), vehicle(1)), story.item_retired(VEHICLE_MAKER, pack(2)))
    world.log(story.lot_declared(LOTS[0]))
    roles = [role for role in Role if role is not Role.REGISTRAR]
    world.log(*(story.org_roles_set(party, roles) for party in PARTIES[1:]))
    world.log(*(story.key_added(party, Purpose.OFFICE, 2) for party in PARTIES))
    return world


BUSY = busy()


@pytest.mark.parametrize("kind", REGISTRY.values(), ids=REGISTRY)
@settings(max_examples=25)
@given(data=st.data())
def test_arbitrary_claims_are_logged_or_refused_by_a_rule(kind: type[Claims], data: st.DataObject) -> None:
    world = BUSY.copy()
    by = data.draw(st.sampled_from([VEHICLE_MAKER, VEHICLE_MAKER, REGISTRAR, RECYCLER]))
    subjects = _subjects(kind, by.id, data)
    claims = data.draw(objects(kind))
    batteries = any(not item.is_org for item in (*subjects, *claims.named()))
    claims = dataclasses.replace(claims, place=by.place if batteries else None)
    admin = Purpose.ADMIN in kind.row.purposes
    key = by.key(Purpose.ADMIN if admin else Purpose.OFFICE)
    with suppress(Refusal):
        text = world.story.tell(by, claims, *subjects, key=key)
        world.log(text)


def _subjects(kind: type[Claims], signer: ItemId, data: st.DataObject) -> list[ItemId]:
    row = kind.row
    if row.about is About.SIGNER:
        return [signer]
    if row.about is About.ORGANISATION:
        return [data.draw(st.sampled_from(PARTIES)).id]
    least, most = (1, 3) if row.about is About.EVENT else row.subjects
    pool = st.sampled_from([*ITEMS, *LOTS])
    found = data.draw(st.lists(pool, min_size=least, max_size=min(most, 3), unique=True))
    return [*found, vehicle(data.draw(st.integers(1, 2)))] if row.vehicle else found
