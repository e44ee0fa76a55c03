"""The states of organisations: their keys, sites, codes and models."""

from dataclasses import dataclass

from ledger.fields import (
    AnyOrg,
    Code,
    Count,
    Date,
    District,
    EventIdText,
    EventName,
    Jwk,
    Kid,
    MassG,
    ModelId,
    Moment,
    Positive,
    Prose,
    SpecCode,
    Text,
    VendorCode,
)
from ledger.vocabulary import Category, CellShape, Chemistry, Hazard, Kind, Purpose, Role, SiteKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site of an organisation, by the organisation's own id."""

    site: Text
    name: Prose
    district: District
    kinds: tuple[SiteKind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A firm or authority enrolled by the registrar. `successor`: who has all its rights since it ended."""

    id: AnyOrg
    name_zh: Prose
    name_en: Prose
    roles: tuple[Role, ...]
    district: District
    tip: EventIdText = ""
    count: Count = 0
    latest: Count = 0
    scope: tuple[Code, ...] = ()
    licence_until: Date | None = None
    suspended: bool = False
    admin_keys: Count = 0
    sites: tuple[Site, ...] = ()
    successor: AnyOrg | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """Entries of a compromised key that its organisation stands by: a range of indexes but for a few."""

    first: Count
    last: Count
    exceptions: tuple[Count, ...] = ()

    def covers(self, index: int) -> bool:
        """Say whether the entry at this index is one of them."""
        return self.first <= index <= self.last and index not in self.exceptions


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredKey:
    """A public key, for one organisation for ever."""

    kid: Kid
    org: AnyOrg
    jwk: Jwk
    purpose: Purpose
    added: Count
    label: Text | None = None
    from_: Moment | None = None
    until: Moment | None = None
    revoked: Count | None = None
    compromised_since: Moment | None = None
    confirmed: tuple[Confirmed, ...] = ()

    def is_doubtful(self, index: int, logged_at_ms: int) -> bool:
        """Say whether an entry that this key signed may be a thief's: amber until it is confirmed."""
        since = self.compromised_since
        if since is None or logged_at_ms < since.ms:
            return False
        return not any(one.covers(index) for one in self.confirmed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What one specification code of a maker stands for."""

    spec: SpecCode
    chemistry: Chemistry
    shape: CellShape | None = None
    rated_capacity_mah: Positive | None = None
    nominal_voltage_mv: Positive | None = None
    filing_no: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """A vendor code of GB/T 34014 with its one filer and the specifications filed under it."""

    vendor: VendorCode
    org: AnyOrg
    specs: tuple[Spec, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A declared battery model, as far as rules and labels read it."""

    id: ModelId
    org: AnyOrg
    kind: Kind
    category: Category
    chemistry: Chemistry
    mass_g: MassG
    rated_capacity_mah: Positive
    rated_energy_wh: Positive
    nominal_voltage_mv: Positive
    declared: EventIdText
    hazards: tuple[Hazard, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """What a delegate may state in the name of a principal, until when; revoked, it has no event types."""

    principal: AnyOrg
    delegate: AnyOrg
    events: tuple[EventName, ...]
    event: EventIdText
    until: Moment | None = None
