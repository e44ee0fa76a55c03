"""Signs the story's events one after another, each on the tips that the earlier ones left.

It asks no ledger: it knows only what it has signed itself, as a firm's own software would.
"""

from collections.abc import Mapping
from typing import Final

from cli.demo.consortium import Firm
from cli.demo.keyring import Keyring
from cli.signing import sign_event
from crypto import sdjwt
from crypto.strictjson import Json
from ledger.events.correction import EventVoided
from ledger.events.envelope import event_id
from ledger.events.row import Claims
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.uuid7 import RANDOM_BYTES, uuid7
from ledger.vocabulary import Purpose

FOUNDING: Final = 2
"""The entries of the log before the story's first."""
NOTHING: Final[Mapping[str, Json]] = {}


class Pen:
    """Signs for every firm. `tips` holds the last event that touched each item."""

    def __init__(self, keyring: Keyring, origin: str, tips: Mapping[ItemId, str]) -> None:
        """Begin after the log's first events, signed elsewhere, whose tips are given.

        `signed` counts what was signed here, `moved_after` is that number when the log moved, `digests` has
        those of each event's restricted claims.
        """
        self.keyring = keyring
        self.origin = origin
        self.tips: dict[ItemId, str | None] = {**tips}
        self.signed = 0
        self.moved_after: int | None = None
        self.digests: dict[str, tuple[str, ...]] = {}
        self._kids: list[str] = []

    def sign(
        self,
        firm: Firm,
        claims: Claims,
        *items: ItemId,
        at_ms: int,
        restricted: Mapping[str, Json] = NOTHING,
        purpose: Purpose = Purpose.OFFICE,
    ) -> tuple[str, str]:
        """Return the id and the SD-JWT of an event about these items and those that its claims name."""
        self.signed += 1
        prev = {item: self.tips.get(item) for item in (*items, *claims.named())}
        jti = uuid7(at_ms, self.keyring.draw(f"jti {self.signed}", RANDOM_BYTES))
        text = sign_event(
            claims,
            self.keyring.key(firm, purpose),
            aud=self.origin,
            iss=firm.id,
            jti=jti,
            iat=at_ms // 1000,
            at=Instant.from_ms(at_ms),
            prev=prev,
            restricted=restricted,
            salts=[self.keyring.draw(f"salt {jti} {name}", sdjwt.SALT_BYTES) for name in restricted],
        )
        signed, disclosures = sdjwt.split(text)
        told = event_id(signed.rpartition(".")[0].encode("ascii"))
        self.digests[told] = tuple(sdjwt.parse_disclosure(one).digest for one in disclosures)
        self._kids.append(self.keyring.key(firm, purpose).verifier.thumbprint())
        self.tips |= dict.fromkeys(_touched(claims, prev), told)
        return told, text

    def move(self, origin: str) -> None:
        """Sign for the log under another origin from here on."""
        self.origin = origin
        self.moved_after = self.signed

    def indexes_of(self, kid: str) -> list[int]:
        """Return the log indexes of what was signed with a key."""
        return [FOUNDING + place for place, one in enumerate(self._kids) if one == kid]


def _touched(claims: Claims, prev: Mapping[ItemId, str | None]) -> list[ItemId]:
    if isinstance(claims, EventVoided):
        return [item for item, tip in prev.items() if tip == claims.event]
    mentioned = claims.mentioned() if claims.row.act else prev
    return [item for item in prev if item not in mentioned]
