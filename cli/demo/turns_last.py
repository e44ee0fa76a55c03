"""The last turns: mistakes taken back, names found out, a firm succeeded, and the log's own affairs."""

from hashlib import sha256
from typing import Final

from cli.demo.consortium import (
    BANK,
    CLOSED,
    COLLECTOR,
    DEALER,
    PACK_MAKER,
    REGISTRAR,
    TAXI_FLEET,
    TELECOM,
)
from cli.demo.handover import collect, hand_over_units
from cli.demo.lives import Chapter, sell, to_fleet
from cli.demo.world import DAY_MS, Life, World, days
from crypto.encoding import b64url_encode
from crypto.note import NoteSigner, VerifierKey
from ledger.events import correction, custody, log, production, retirement, second_life, standing, vehicle
from ledger.instants import Instant
from ledger.vocabulary import (
    Application,
    Ground,
    Kind,
    MassBasis,
    Phase,
    Purpose,
    RemovalReason,
    RetirementReason,
    VehicleUse,
    Why,
)

PILOT_ORIGIN: Final = "localhost/packtrace-pilot"
MOVED_ON: Final = Instant.parse("2022-01-04T09:00:00+08:00")
_SUCCEEDED_ON: Final = Instant.parse("2026-10-19T09:00:00+08:00")
_CONFIRMED_ON: Final = Instant.parse("2026-09-07T09:00:00+08:00")


def be_voided(told: Chapter) -> Life:
    """Declared waste by mistake, for another pack was meant; its maker takes that back a day later."""
    pack = told.make()
    yield days(told.rng, 3, 9)
    claims = retirement.ItemRetired(place=PACK_MAKER.place, reason=RetirementReason.PRODUCTION_SCRAP)
    mistake = told.world.tell(PACK_MAKER, claims, pack.item)
    yield DAY_MS
    voided = correction.EventVoided(place=PACK_MAKER.place, event=mistake, ground=Ground.WRONG_ITEM)
    told.world.tell(PACK_MAKER, voided, pack.item)
    told.show("voided", pack.item)


def be_identified(told: Chapter) -> Life:
    """Collected with a plate that nobody can read; cleaned, it is a pack that the ledger knows."""
    pack = told.make()
    yield from sell(told, pack, VehicleUse.PRIVATE)
    yield days(told.rng, 300, 400)
    unread = COLLECTOR.local(f"GATE-{told.number}")
    declared = production.ItemDeclared(
        place=COLLECTOR.place,
        kind=Kind.PACK,
        phase=Phase.RETIRED,
        why=Why.UNREADABLE,
        mass_g=pack.mass_g,
        mass_basis=MassBasis.WEIGHED,
    )
    told.world.tell(COLLECTOR, declared, unread, purpose=Purpose.DEVICE)
    yield 2 * DAY_MS
    collect(told.world, COLLECTOR, pack.item, purpose=Purpose.DEVICE)
    evidence = b64url_encode(sha256(f"photo {told.number}".encode()).digest())
    claims = production.ItemIdentified(place=COLLECTOR.place, is_=pack.item, evidence_sha256=evidence)
    told.world.tell(COLLECTOR, claims, unread, purpose=Purpose.DEVICE)
    told.show("identified", pack.item)


def be_served(told: Chapter) -> Life:
    """A taxi's pack: the fleet lets the workshop take it out and fit it again in its name."""
    pack = told.make()
    car = yield from to_fleet(told, pack)
    yield days(told.rng, 30, 60)
    granted = standing.DelegationGranted(delegate=DEALER.id, events=("pack.fitted", "pack.removed"))
    told.world.tell(TAXI_FLEET, granted, TAXI_FLEET.id, purpose=Purpose.ADMIN)
    yield DAY_MS
    removed = vehicle.PackRemoved(place=DEALER.place, on_behalf_of=TAXI_FLEET.id, reason=RemovalReason.REPAIR)
    told.world.tell(DEALER, removed, pack.item, car)
    yield 2 * DAY_MS
    fitted = vehicle.PackFitted(place=DEALER.place, on_behalf_of=TAXI_FLEET.id)
    told.world.tell(DEALER, fitted, pack.item, car)
    yield DAY_MS
    revoked = standing.DelegationRevoked(delegate=DEALER.id)
    told.world.tell(TAXI_FLEET, revoked, TAXI_FLEET.id, purpose=Purpose.ADMIN)
    told.show("served", pack.item)


def be_rectified(told: Chapter) -> Life:
    """Storage that was sold to a bank and leased back, which nobody had stated; the holder sets it right."""
    pack = told.make()
    yield days(told.rng, 3, 9)
    yield from hand_over_units(told.world, PACK_MAKER, TELECOM, [pack])
    deployed = second_life.ProductDeployed(place=TELECOM.place, application=Application.ENERGY_STORAGE)
    event = told.world.tell(TELECOM, deployed, pack.item)
    yield days(told.rng, 60, 90)
    consent = custody.ConsentGiven(place=BANK.place, act="state.rectified", to=TELECOM.id)
    told.world.tell(BANK, consent, pack.item)
    yield DAY_MS
    claims = correction.StateRectified(
        place=TELECOM.place,
        events=(event,),
        ground=Ground.LATE_INFORMATION,
        facets=correction.Facets(owner=BANK.id),
    )
    told.world.tell(TELECOM, claims, pack.item)
    told.show("rectified", pack.item)


def move(world: World, home: VerifierKey) -> Life:
    """The log announces a second key, then goes on under the consortium's own origin."""
    yield MOVED_ON.ms - world.now_ms
    spare = NoteSigner(world.pen.origin, world.pen.keyring.spare_log_key())
    world.tell(REGISTRAR, log.LogKeyAdded(vkey=spare.verifier_key.format()), REGISTRAR.id)
    world.tell(REGISTRAR, log.LogMoved(origin=home.name, vkey=home.format()), REGISTRAR.id)
    world.pen.move(home.name)


def succeed(world: World) -> Life:
    """The closed firm's estate: the collection point takes over what it still has, and all its rights."""
    yield _SUCCEEDED_ON.ms - world.now_ms
    claims = standing.OrgSucceeded(successor=COLLECTOR.id, ground=Ground.INSOLVENCY)
    world.tell(REGISTRAR, claims, CLOSED.id)


def confirm(world: World) -> Life:
    """The dealer goes through what its stolen key signed, and stands by the half it has papers of."""
    yield _CONFIRMED_ON.ms - world.now_ms
    kid = world.pen.keyring.key(DEALER, Purpose.DEVICE).verifier.thumbprint()
    indexes = world.pen.indexes_of(kid)
    # Of the first of them it has no papers any more.
    sure = indexes[len(indexes) // 2 :]
    claims = correction.EventConfirmed(kid=kid, first=sure[0], last=sure[-1], count=len(sure))
    world.tell(DEALER, claims, DEALER.id)
