"""How the consortium begins: firms are enrolled, add keys, file codes and declare models."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from cli.demo.consortium import (
    AUDITOR,
    CLOSED,
    COLLECTOR,
    DEALER,
    FIRMS,
    PACK_MAKER,
    RECYCLER,
    REGISTRAR,
    SECOND_LIFE,
    VENDOR_MAKER,
    VENDOR_SECOND_LIFE,
    Firm,
)
from cli.demo.making import CELLS, MODULE_G, MODULE_MV, MODULE_WH, MODULES, PACK_G, RATED_MAH
from cli.demo.second_use import CABINET_G, CABINET_MODULES
from cli.demo.world import DAY_MS, Life, World
from crypto.encoding import b64url_encode
from ledger.events import registry
from ledger.instants import Day, Instant
from ledger.rules import LATEST, rules_sha256
from ledger.state import Spec
from ledger.vocabulary import (
    Category,
    CellShape,
    Chemistry,
    CriticalMaterial,
    Ground,
    Hazard,
    KeyRevocation,
    Kind,
    Purpose,
    ReportAuthority,
    Role,
    SiteKind,
)

_LAPSED_ON: Final = Instant.parse("2025-03-03T09:00:00+08:00")
_ORDER_73: Final = Instant.parse("2026-04-01T09:00:00+08:00")
_CLOSED_ON: Final = Instant.parse("2026-05-11T09:00:00+08:00")
_STOLEN_ON: Final = Instant.parse("2026-08-17T02:00:00+08:00")
_CELL_MAH: Final = RATED_MAH
_CELL_MV: Final = MODULE_MV // CELLS


def found(world: World) -> Life:
    """Enrol every firm but the registrar, whom the log's first entry enrolled, and let each prepare."""
    for firm in FIRMS:
        if firm is not REGISTRAR:
            _enrol(world, firm)
    _file_codes(world)
    for firm, kind in ((COLLECTOR, SiteKind.OUTLET), (RECYCLER, SiteKind.PLANT)):
        site = registry.SiteSet(
            site="01", name=f"{firm.title_zh}一号站点", district=firm.district, kinds=(kind,)
        )
        world.tell(firm, site, firm.id, purpose=Purpose.ADMIN)
    yield 20 * DAY_MS
    # The dealer passes its audit as a workshop.
    world.tell(REGISTRAR, registry.OrgRolesSet(roles=(Role.DEALER, Role.REPAIRER)), DEALER.id)


def govern(world: World) -> Life:
    """What the registrar and the firms decide on later: rules, a suspension, a stolen key."""
    yield _LAPSED_ON.ms - world.now_ms
    world.tell(REGISTRAR, registry.OrgSuspended(ground=Ground.LICENCE_LAPSED), AUDITOR.id)
    yield 30 * DAY_MS
    world.tell(REGISTRAR, registry.OrgReinstated(ground=Ground.LATE_INFORMATION), AUDITOR.id)
    yield _ORDER_73.ms - world.now_ms
    world.tell(REGISTRAR, registry.RulesAdopted(version=LATEST, sha256=rules_sha256(LATEST)), REGISTRAR.id)
    yield _CLOSED_ON.ms - world.now_ms
    world.tell(REGISTRAR, registry.OrgSuspended(ground=Ground.LICENCE_LAPSED), CLOSED.id)
    yield _STOLEN_ON.ms + 7 * DAY_MS - world.now_ms
    lost = world.pen.keyring.key(DEALER, Purpose.DEVICE).verifier.thumbprint()
    claims = registry.KeyRevoked(
        kid=lost, reason=KeyRevocation.COMPROMISED, compromised_since=_STOLEN_ON, ground=Ground.OWN_REQUEST
    )
    world.tell(DEALER, claims, DEALER.id, purpose=Purpose.ADMIN)


def file_reports(world: World) -> Life:
    """The recycler reports every year what it did in the year before."""
    while True:
        year = Instant.from_ms(world.now_ms).day.year
        yield 400 * DAY_MS - (world.now_ms - Instant.parse(f"{year}-01-01T09:00:00+08:00").ms)
        claims = registry.ReportFiled(
            authority=ReportAuthority.NATIONAL_PLATFORM,
            from_=Day(year, 1, 1),
            until=Day(year, 12, 31),
            file_sha256=b64url_encode(sha256(f"report {year}".encode()).digest()),
            acknowledgement=f"DEMO-{year}",
        )
        world.tell(RECYCLER, claims, RECYCLER.id)


def _enrol(world: World, firm: Firm) -> None:
    keyring = world.pen.keyring
    enrolled = registry.OrgEnrolled(
        name_zh=firm.name_zh,
        name_en=firm.name_en,
        roles=firm.roles,
        district=firm.district,
        admin=keyring.key(firm, Purpose.ADMIN).verifier,
    )
    world.tell(REGISTRAR, enrolled, firm.id)
    for purpose in firm.keys:
        if purpose is not Purpose.ADMIN:
            added = registry.KeyAdded(jwk=keyring.key(firm, purpose).verifier, purpose=purpose)
            world.tell(firm, added, firm.id, purpose=Purpose.ADMIN)


def _file_codes(world: World) -> None:
    for firm, vendor in ((PACK_MAKER, VENDOR_MAKER), (SECOND_LIFE, VENDOR_SECOND_LIFE)):
        spec = Spec(
            spec="01",
            chemistry=Chemistry.LFP,
            shape=CellShape.PRISMATIC,
            rated_capacity_mah=_CELL_MAH,
            nominal_voltage_mv=_CELL_MV,
            filing_no="DEMO-2021-01",
        )
        world.tell(firm, registry.CodingFiled(vendor=vendor, specs=(spec,)), firm.id)
    for firm, claims in _models():
        world.tell(firm, claims, firm.id)


def _models() -> Iterator[tuple[Firm, registry.ModelDeclared]]:
    yield PACK_MAKER, _model(PACK_MAKER, "LFP41", Kind.PACK, mass_g=PACK_G, series=MODULES)
    yield PACK_MAKER, _model(PACK_MAKER, "M5", Kind.MODULE, mass_g=MODULE_G)
    yield (
        SECOND_LIFE,
        _model(SECOND_LIFE, "CABINET20", Kind.PRODUCT, mass_g=CABINET_G, strings=CABINET_MODULES),
    )


def _model(
    firm: Firm, name: str, kind: Kind, *, mass_g: int, series: int = 1, strings: int = 1
) -> registry.ModelDeclared:
    return registry.ModelDeclared(
        model=firm.model(name),
        kind=kind,
        category=Category.INDUSTRIAL if kind is Kind.PRODUCT else Category.EV,
        chemistry=Chemistry.LFP,
        mass_g=mass_g,
        rated_capacity_mah=RATED_MAH * strings,
        rated_energy_wh=MODULE_WH * series * strings,
        nominal_voltage_mv=MODULE_MV * series,
        expected_cycles=2_000,
        shape=CellShape.PRISMATIC,
        hazards=(Hazard.HIGH_VOLTAGE, Hazard.HEAVY_LIFT) if kind is Kind.PACK else (Hazard.HEAVY_LIFT,),
        critical_materials=(CriticalMaterial.LITHIUM, CriticalMaterial.GRAPHITE, CriticalMaterial.COPPER),
    )
