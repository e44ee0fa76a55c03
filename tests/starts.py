"""Where tests of the lifecycle start, and what they say again and again."""

import dataclasses
from collections.abc import Sequence

from crypto.keys import PrivateKey
from ledger.events import registry
from ledger.events.custody import ArrivalException, CheckList, TransferAccepted
from ledger.events.second_life import ItemSplit, ProductAssembled, SplitOutput
from ledger.identifiers import ItemId
from ledger.lifecycle.rights import custodian_of, operator_of, owner_of
from ledger.state import Holder
from ledger.vocabulary import (
    Application,
    CheckItem,
    Condition,
    MassBasis,
    Purpose,
    Role,
)
from tests.consortium import (
    MAKER,
    SECOND_LIFE,
    VEHICLE_MAKER,
    Party,
    module,
    pack,
    vehicle,
)
from tests.memory import World
from tests.storyteller import MODULE_G

HOUSING = SECOND_LIFE.lot("HOUSING")
NEWCOMER = Party(30, "Newcomer", "虚构新企业", "330110", (Role.MANUFACTURER,))


def made(*packs: ItemId) -> World:
    """Return a world in which the maker has made these packs."""
    world = World()
    for one in packs:
        world.log(world.story.pack_manufactured(one))
    return world


def car(*, sold: bool = False) -> World:
    """Pack 1, with module 1 in it, is fitted in vehicle 1."""
    world = World()
    world.log(world.story.pack_manufactured(pack(1), [module(1)]))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, pack(1), load="to the line"))
    world.log(world.story.pack_fitted(pack(1), vehicle(1)))
    if sold:
        world.log(world.story.vehicle_sold(vehicle(1)))
    return world


def rights(world: World, item: ItemId) -> tuple[ItemId | Holder, ItemId | Holder, ItemId | Holder]:
    """Return who has, who owns and who answers for an item."""
    states, found = world.ledger.states, world.item(item)
    return custodian_of(states, found), owner_of(states, found), operator_of(states, found)


def accept(
    world: World,
    by: Party,
    *items: ItemId,
    basis: MassBasis = MassBasis.DECLARED,
    gross_g: int | None = None,
    tare_g: int | None = None,
    exceptions: Sequence[ArrivalException] = (),
    load: str = "load",
) -> str:
    """Sign the receiver's answer to a load, weighed or not, with a check list that finds a leak."""
    claims = TransferAccepted(
        place=by.place,
        consignment=world.story.uuid(load),
        mass_basis=basis,
        gross_g=gross_g,
        tare_g=tare_g,
        checklist=CheckList(yes=(CheckItem.LEAKAGE,)),
        exceptions=tuple(exceptions),
    )
    return world.story.tell(by, claims, *items)


def damaged(item: ItemId, mass_g: int | None = None) -> ArrivalException:
    """Return the exception of an item that arrived damaged."""
    return ArrivalException(item=item, condition=Condition.DAMAGED, mass_g=mass_g)


def received(*numbers: int, modules: int = 2, to: Party = SECOND_LIFE) -> World:
    """Packs with modules 11, 12 (21, 22 …) in a second-life firm's custody and ownership."""
    world = World()
    for number in numbers or (1,):
        parts = [module(10 * number + place) for place in range(1, modules + 1)]
        world.log(world.story.pack_manufactured(pack(number), parts))
    world.log(*world.story.transfer(MAKER, to, *(pack(number) for number in numbers or (1,))))
    return world


def output(item: ItemId, mass_g: int = MODULE_G, **more: object) -> SplitOutput:
    """Return an output of a split; members are given by name."""
    return dataclasses.replace(SplitOutput(id=item, mass_g=mass_g), **more)  # type: ignore[arg-type]  # members by name


def split(
    world: World,
    item: ItemId,
    *outputs: SplitOutput,
    unaccounted: Sequence[ItemId] = (),
    by: Party = SECOND_LIFE,
) -> str:
    """Sign that an item is taken apart."""
    claims = ItemSplit(place=by.place, outputs=outputs, unaccounted=tuple(unaccounted))
    return world.story.tell(by, claims, item)


def assembly(
    *inputs: ItemId,
    mass_g: int = 2 * MODULE_G,
    application: Application = Application.TELECOM_BACKUP,
    model: str | None = None,
) -> ProductAssembled:
    """Return what is claimed of a product built from these inputs."""
    return ProductAssembled(
        place=SECOND_LIFE.place,
        inputs=inputs,
        application=application,
        standard="GB-T-36276",
        mass_g=mass_g,
        model=model,
    )


def enrolment(party: Party, admin: PrivateKey | None = None) -> registry.OrgEnrolled:
    """Return what the registrar claims of a firm that it enrols."""
    return registry.OrgEnrolled(
        name_zh=party.name_zh,
        name_en=party.name,
        roles=party.roles,
        district=party.district,
        admin=(admin or party.key(Purpose.ADMIN)).verifier,
    )
