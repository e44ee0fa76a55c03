"""Organisations, their keys, the codes they file and the models they declare."""

from dataclasses import dataclass
from typing import Annotated, Final

from ledger.claims import MalformedClaimError, Size, codec_of
from ledger.events.row import ADMIN, KEYS, OFFICE, About, Claims, Restricted, Row, event_type
from ledger.fields import (
    Code,
    Count,
    Date,
    District,
    Hash,
    Jwk,
    Kid,
    MassG,
    ModelId,
    Moment,
    Positive,
    Prose,
    RulesVersion,
    Text,
    VendorCode,
)
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

_REGISTRAR: Final = frozenset({Role.REGISTRAR})
_SINCE: Final = "compromised_since"
_CODERS: Final = frozenset({Role.MANUFACTURER, Role.SECOND_LIFE, Role.IMPORTER})
# Who opens batteries by trade must know what is in them and how (Regulation (EU) 2023/1542, Annex XIII, 2).
_TAKE_APART: Final = frozenset(
    {Role.REPAIRER, Role.ELV_DISMANTLER, Role.SECOND_LIFE, Role.RECYCLER, Role.TEST_LAB}
)
Roles = Annotated[tuple[Role, ...], Size(1, len(Role))]
Scope = Annotated[tuple[Code, ...], Size(0, 32)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesFile:
    """A rule set by its version and the SHA-256 of its file, byte for byte."""

    version: RulesVersion
    sha256: Hash


@event_type(
    Row(
        type="org.enrolled",
        act=True,
        roles=_REGISTRAR,
        purposes=OFFICE,
        about=About.ORGANISATION,
        custody=False,
    )
)
class OrgEnrolled(Claims):
    """The registrar enrols an organisation with its first admin key.

    Entry 0 of every log is the registrar's own, and only that carries `recovery` and `rules`.
    """

    name_zh: Prose
    name_en: Prose
    roles: Roles
    district: District
    admin: Jwk
    scope: Scope = ()
    licence_until: Date | None = None
    recovery: Jwk | None = None
    rules: RulesFile | None = None


@event_type(
    Row(
        type="org.roles_set",
        act=True,
        roles=_REGISTRAR,
        purposes=OFFICE,
        about=About.ORGANISATION,
        custody=False,
    )
)
class OrgRolesSet(Claims):
    """The registrar sets roles, scope and licence anew; what is left out is gone."""

    roles: Roles
    scope: Scope = ()
    licence_until: Date | None = None


@event_type(
    Row(
        type="org.suspended",
        act=True,
        roles=_REGISTRAR,
        purposes=OFFICE,
        about=About.ORGANISATION,
        custody=False,
    )
)
class OrgSuspended(Claims):
    """The registrar suspends an organisation: it may only offer its items to others, and withdraw offers."""

    ground: Ground


@event_type(
    Row(
        type="org.reinstated",
        act=True,
        roles=_REGISTRAR,
        purposes=OFFICE,
        about=About.ORGANISATION,
        custody=False,
    )
)
class OrgReinstated(Claims):
    """The registrar ends a suspension."""

    ground: Ground


@event_type(Row(type="site.set", act=True, roles=None, purposes=ADMIN, about=About.SIGNER, custody=False))
class SiteSet(Claims):
    """An organisation names one of its sites, or anew; events give the site's id with their place."""

    site: Text
    name: Prose
    district: District
    kinds: Annotated[tuple[SiteKind, ...], Size(1, len(SiteKind))]


@event_type(
    Row(type="report.filed", act=False, roles=None, purposes=OFFICE, about=About.SIGNER, custody=False)
)
class ReportFiled(Claims):
    """An organisation states that it filed a report with an authority, by the hash of the file."""

    authority: ReportAuthority
    from_: Date
    until: Date
    file_sha256: Hash
    acknowledgement: Text | None = None


@event_type(
    Row(type="key.added", act=True, roles=None, purposes=KEYS, about=About.ORGANISATION, custody=False)
)
class KeyAdded(Claims):
    """An organisation registers a key, or the registrar gives it a new admin key."""

    jwk: Jwk
    purpose: Purpose
    label: Text | None = None
    from_: Moment | None = None
    until: Moment | None = None


@event_type(
    Row(type="key.revoked", act=True, roles=None, purposes=KEYS, about=About.ORGANISATION, custody=False)
)
class KeyRevoked(Claims):
    """A key ends. Its earlier entries stay good; those logged since `compromised_since` need confirming."""

    kid: Kid
    reason: KeyRevocation
    compromised_since: Moment | None = None
    ground: Ground | None = None

    def check_since(self) -> None:
        """Check, before it is signed, that a stolen key is told with its time, and no other key is.

        The ledger takes it either way; without the time nothing that the thief signed is in doubt.

        Raises:
            MalformedClaimError: it is not.
        """
        stolen = self.reason is KeyRevocation.COMPROMISED
        if stolen and self.compromised_since is None:
            raise MalformedClaimError(
                "is missing: state the earliest moment at which others may have had the key, else nothing "
                "that they signed is in doubt",
                _SINCE,
            )
        if not stolen and self.compromised_since is not None:
            raise MalformedClaimError("goes with the reason compromised alone", _SINCE)


@event_type(
    Row(type="coding.filed", act=True, roles=_CODERS, purposes=OFFICE, about=About.SIGNER, custody=False)
)
class CodingFiled(Claims):
    """A maker files its vendor code of GB/T 34014 and what its specification codes stand for."""

    vendor: VendorCode
    specs: Annotated[tuple[Spec, ...], Size(1, 200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoltageWindow:
    """The voltages between which the battery may be used."""

    minimum_mv: Positive
    maximum_mv: Positive


@event_type(
    Row(
        type="model.declared",
        act=True,
        roles=_CODERS,
        purposes=OFFICE,
        about=About.SIGNER,
        custody=False,
        restricted={
            "composition_sha256": Restricted(codec=codec_of(Hash), roles=_TAKE_APART),
            "dismantling_sha256": Restricted(codec=codec_of(Hash), roles=_TAKE_APART),
            "part_numbers": Restricted(codec=codec_of(tuple[Prose, ...]), roles=_TAKE_APART),
        },
    )
)
class ModelDeclared(Claims):
    """A maker declares a model before use; a change is a new number after the `@`."""

    model: ModelId
    kind: Kind
    category: Category
    chemistry: Chemistry
    mass_g: MassG
    rated_capacity_mah: Positive
    rated_energy_wh: Positive
    nominal_voltage_mv: Positive
    voltage: VoltageWindow | None = None
    power_w: Positive | None = None
    expected_cycles: Positive | None = None
    shape: CellShape | None = None
    hazards: Annotated[tuple[Hazard, ...], Size(0, len(Hazard))] = ()
    critical_materials: Annotated[tuple[CriticalMaterial, ...], Size(0, len(CriticalMaterial))] = ()
    carbon_footprint_g_per_kwh: Count | None = None
    documents: Annotated[tuple[Hash, ...], Size(0, 32)] = ()


@event_type(
    Row(type="rules.adopted", act=True, roles=_REGISTRAR, purposes=OFFICE, about=About.SIGNER, custody=False)
)
class RulesAdopted(Claims):
    """The registrar adopts a rule set: entries after this one are judged by it."""

    version: RulesVersion
    sha256: Hash
