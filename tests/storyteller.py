"""Signs events one after another: the part of a story in which firms are enrolled and batteries made."""

import dataclasses
import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from crypto.encoding import b64url_encode
from crypto.keys import PrivateKey
from crypto.strictjson import Json
from ledger import merkle, submission
from ledger.events import Claims, production, registry
from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.instants import Day, Instant
from ledger.rules import LATEST, rules_sha256
from ledger.state import Spec
from ledger.vocabulary import (
    Category,
    CellShape,
    Chemistry,
    Ground,
    KeyRevocation,
    Kind,
    Purpose,
    ReportAuthority,
    Role,
    SiteKind,
)
from tests.consortium import (
    MADE_ON,
    MAKER,
    NOTHING,
    ORIGIN,
    PARTIES,
    REGISTRAR,
    START,
    Party,
    sign,
    uuid7,
)

PACK_G: Final = 400_000
MODULE_G: Final = 45_000
CELLS_KEY: Final = sha256(b"packtrace test salts").digest()
MINUTE_MS: Final = 60_000


def salted_cells(cells: Sequence[ItemId]) -> list[bytes]:
    """Return salt and code of each cell, sorted: the leaves that `cells_root` commits to."""
    codes = [one.value.encode() for one in cells]
    return sorted(hmac.digest(CELLS_KEY, code, "sha256")[:16] + code for code in codes)


def cells_root(cells: Sequence[ItemId]) -> str:
    """Return the commitment to a unit's cells."""
    return b64url_encode(merkle.root([merkle.hash_leaf(leaf) for leaf in salted_cells(cells)]))


class Storyteller:
    """Signs events one after another, a minute apart; `name` keeps the ids of two stories apart."""

    def __init__(self, name: str = "story", start: Instant = START) -> None:
        self.name = name
        self.now_ms = start.ms
        self.tips = dict[ItemId, str | None]()
        self.events = dict[str, Event]()
        self.origin = ORIGIN

    def tell(
        self,
        by: Party,
        claims: Claims,
        *items: ItemId,
        restricted: Mapping[str, Json] = NOTHING,
        key: PrivateKey | None = None,
    ) -> str:
        """Sign an event about these items and those its claims name; remember the tips it leaves."""
        self.now_ms += MINUTE_MS
        at = Instant.from_ms(self.now_ms)
        prev = {item: self.tips.get(item) for item in (*items, *claims.named())}
        jti = uuid7(at, f"{self.name} {len(self.events)}")
        text = sign(by, claims, prev, at=at, jti=jti, restricted=restricted, key=key, aud=self.origin)
        event = submission.parse(text).event
        self.events[event.id] = event
        self.tips |= dict.fromkeys(event.touched, event.id)
        return text

    @property
    def last(self) -> Event:
        """The event signed last."""
        return next(reversed(self.events.values()))

    def uuid(self, name: str) -> str:
        """Return a UUID for a consignment of this name."""
        return uuid7(START, f"{self.name} {name}")

    # Registry

    def founding(self, version: str = LATEST) -> list[str]:
        """Entry 0, the registrar's own enrolment, and its office key."""
        recovery = REGISTRAR.key(Purpose.RECOVERY).verifier
        rules = registry.RulesFile(version=version, sha256=rules_sha256(version))
        admin = REGISTRAR.key(Purpose.ADMIN)
        claims = dataclasses.replace(_enrolment(REGISTRAR), recovery=recovery, rules=rules)
        return [self.tell(REGISTRAR, claims, REGISTRAR.id, key=admin), self.key_added(REGISTRAR)]

    def enrolments(self, parties: Sequence[Party] = PARTIES[1:]) -> list[str]:
        """Each party's enrolment and its office key."""
        return [text for party in parties for text in (self.org_enrolled(party), self.key_added(party))]

    def org_enrolled(self, party: Party) -> str:
        """The registrar enrols a party."""
        return self.tell(REGISTRAR, _enrolment(party), party.id)

    def org_roles_set(self, party: Party, roles: Sequence[Role]) -> str:
        """The registrar sets a party's roles anew."""
        return self.tell(REGISTRAR, registry.OrgRolesSet(roles=tuple(roles)), party.id)

    def org_suspended(self, party: Party) -> str:
        """The registrar suspends a party."""
        return self.tell(REGISTRAR, registry.OrgSuspended(ground=Ground.LICENCE_LAPSED), party.id)

    def org_reinstated(self, party: Party) -> str:
        """The registrar ends a party's suspension."""
        return self.tell(REGISTRAR, registry.OrgReinstated(ground=Ground.OWN_REQUEST), party.id)

    def site_set(self, party: Party, site: str = "S-1", name: str = "Main site") -> str:
        """A party names a site with its admin key."""
        claims = registry.SiteSet(site=site, name=name, district=party.district, kinds=(SiteKind.PLANT,))
        return self.tell(party, claims, party.id, key=party.key(Purpose.ADMIN))

    def report_filed(
        self, party: Party, from_: Day = MADE_ON, until: Day = MADE_ON, *, key: PrivateKey | None = None
    ) -> str:
        """A party states that it filed a report."""
        claims = registry.ReportFiled(
            authority=ReportAuthority.NATIONAL_PLATFORM, from_=from_, until=until, file_sha256="A" * 43
        )
        return self.tell(party, claims, party.id, key=key)

    def key_added(self, party: Party, purpose: Purpose = Purpose.OFFICE, number: int = 1) -> str:
        """A party adds a key with its admin key."""
        claims = registry.KeyAdded(jwk=party.key(purpose, number).verifier, purpose=purpose)
        return self.tell(party, claims, party.id, key=party.key(Purpose.ADMIN))

    def key_revoked(
        self, party: Party, revoked: PrivateKey, *, compromised_since: Instant | None = None
    ) -> str:
        """A party revokes one of its keys with its admin key."""
        reason = KeyRevocation.COMPROMISED if compromised_since else KeyRevocation.ROTATED
        kid = revoked.verifier.thumbprint()
        claims = registry.KeyRevoked(kid=kid, reason=reason, compromised_since=compromised_since)
        return self.tell(party, claims, party.id, key=party.key(Purpose.ADMIN))

    def coding_filed(self, by: Party = MAKER, vendor: str = "ZZZ") -> str:
        """A maker files its vendor code."""
        spec = Spec(spec="01", chemistry=Chemistry.LFP, shape=CellShape.PRISMATIC, rated_capacity_mah=100_000)
        return self.tell(by, registry.CodingFiled(vendor=vendor, specs=(spec,)), by.id)

    def model_declared(self, by: Party = MAKER, model: str | None = None, kind: Kind = Kind.PACK) -> str:
        """A maker declares a model."""
        claims = registry.ModelDeclared(
            model=model or by.model(),
            kind=kind,
            category=Category.EV,
            chemistry=Chemistry.LFP,
            mass_g=PACK_G if kind is Kind.PACK else MODULE_G,
            rated_capacity_mah=100_000,
            rated_energy_wh=60_000 if kind is Kind.PACK else 7_500,
            nominal_voltage_mv=600_000 if kind is Kind.PACK else 75_000,
        )
        return self.tell(by, claims, by.id)

    def rules_adopted(self, version: str = LATEST) -> str:
        """The registrar adopts a rule set."""
        claims = registry.RulesAdopted(version=version, sha256=rules_sha256(version))
        return self.tell(REGISTRAR, claims, REGISTRAR.id)

    # Production

    def module_manufactured(self, item: ItemId, cells: Sequence[ItemId] = (), by: Party = MAKER) -> str:
        """A module is made for stock."""
        claims = production.ModuleManufactured(
            place=by.place,
            model=by.model("MODULE"),
            mass_g=MODULE_G,
            manufactured_on=MADE_ON,
            cell_count=len(cells) or None,
            cells_root=cells_root(cells) if cells else None,
        )
        return self.tell(by, claims, item, restricted=_cell_codes({item: cells}))

    def pack_manufactured(
        self,
        item: ItemId,
        modules: Sequence[ItemId] | Mapping[ItemId, Sequence[ItemId]] = (),
        by: Party = MAKER,
    ) -> str:
        """A pack is made; its modules come with it, or from stock where the story made them before."""
        cells = modules if isinstance(modules, Mapping) else dict.fromkeys(modules, ())
        claims = production.PackManufactured(
            place=by.place,
            model=by.model(),
            mass_g=PACK_G,
            manufactured_on=MADE_ON,
            modules=tuple(
                production.ModuleEntry(
                    id=one,
                    mass_g=MODULE_G,
                    cell_count=len(within) or None,
                    cells_root=cells_root(within) if within else None,
                )
                for one, within in cells.items()
            ),
        )
        return self.tell(by, claims, item, restricted=_cell_codes(cells))


def _enrolment(party: Party) -> registry.OrgEnrolled:
    return registry.OrgEnrolled(
        name_zh=party.name_zh,
        name_en=party.name,
        roles=party.roles,
        district=party.district,
        admin=party.key(Purpose.ADMIN).verifier,
    )


def _cell_codes(cells: Mapping[ItemId, Sequence[ItemId]]) -> dict[str, Json]:
    codes: dict[str, Json] = {
        str(item): [one.value for one in within] for item, within in cells.items() if within
    }
    return {"cell_codes": {"key": b64url_encode(CELLS_KEY), "codes": codes}} if codes else {}
