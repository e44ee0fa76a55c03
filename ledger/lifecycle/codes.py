"""Do GB/T 34014 codes say what the event says? Kind, vendor, specification and date (invariant 9)."""

from datetime import timedelta
from typing import Final

from ledger import gbt34014
from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.identifiers import ItemId
from ledger.instants import day_of_ms
from ledger.lifecycle.scene import Scene
from ledger.state import Fact, Filing, vendor_fact
from ledger.vocabulary import Chemistry, Kind

_LETTERS: Final = {
    Kind.PACK: gbt34014.Kind.PACK,
    Kind.MODULE: gbt34014.Kind.MODULE,
    Kind.CELL: gbt34014.Kind.CELL,
}
_CHEMISTRIES: Final = {
    gbt34014.Chemistry.NIMH: {Chemistry.NIMH},
    gbt34014.Chemistry.LFP: {Chemistry.LFP},
    gbt34014.Chemistry.LMO: {Chemistry.LMO},
    gbt34014.Chemistry.LCO: {Chemistry.LCO},
    gbt34014.Chemistry.TERNARY: {Chemistry.NMC, Chemistry.NCA},
    gbt34014.Chemistry.SUPERCAPACITOR: {Chemistry.SUPERCAPACITOR},
    gbt34014.Chemistry.LTO: {Chemistry.LTO},
    gbt34014.Chemistry.OTHER: {Chemistry.OTHER, Chemistry.LMFP, Chemistry.SODIUM_ION},
}


def vendor_facts(*items: ItemId) -> list[Fact]:
    """Return the keys of the filings that the codes among `items` fall under."""
    return sorted(
        {vendor_fact(item.value[:3]) for item in items if item.scheme == "gbt34014"},
    )


def kind_of_code(code: gbt34014.BatteryCode) -> Kind:
    """Return what a code says its item is; a reuse code names a second-life product."""
    if code.reuse is not None:
        return Kind.PRODUCT
    return next(kind for kind, letter in _LETTERS.items() if letter is code.kind)


def check_code(scene: Scene, item: ItemId, kind: Kind, *, own: bool = True) -> None:
    """Check the code of a new item against its kind and filings; ids of other schemes pass.

    `own`: the signer makes the item, so a filed vendor code must be the signer's.

    Raises:
        RuleRefusal: `code.kind`, `code.date` or `code.spec`.
        AuthorityRefusal: `code.vendor`, another firm filed this vendor code.
    """
    if item.scheme != "gbt34014":
        return
    code = gbt34014.parse(item.value)
    if kind_of_code(code) is not kind:
        raise RuleRefusal("code.kind", item, kind=kind, found=kind_of_code(code))
    latest = day_of_ms(scene.logged_at_ms) + timedelta(days=scene.rules.clock.code_ahead_days)
    if code.date > latest:
        raise RuleRefusal("code.date", item, date=code.date)
    filing = scene.fact(Filing, vendor_fact(code.vendor))
    if filing is None or not own:
        return
    if not scene.is_actor(filing.org):
        raise AuthorityRefusal("code.vendor", item, vendor=code.vendor, org=filing.org)
    _check_spec(item, code, filing)


def _check_spec(item: ItemId, code: gbt34014.BatteryCode, filing: Filing) -> None:
    for spec in filing.specs:
        if spec.spec == code.spec and spec.chemistry not in _CHEMISTRIES[code.chemistry]:
            raise RuleRefusal("code.spec", item, spec=code.spec, filed=spec.chemistry)
