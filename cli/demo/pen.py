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
from ledger.events.envelope import event_id
from ledger.events.row import Claims
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.uuid7 import RANDOM_BYTES, uuid7
from ledger.vocabulary import Purpose

NOTHING: Final[Mapping[str, Json]] = {}


class Pen:
    """Signs for every firm. `tips` holds the last event that touched each item."""

    def __init__(self, keyring: Keyring, origin: str, tips: Mapping[ItemId, str]) -> None:
        """Begin after events signed elsewhere, whose tips are given."""
        self.keyring = keyring
        self.origin = origin
        self.tips: dict[ItemId, str | None] = {**tips}
        self.signed = 0

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
        told = event_id(text.partition(sdjwt.SEPARATOR)[0].rpartition(".")[0].encode("ascii"))
        if claims.row.act:
            mentioned = claims.mentioned()
            self.tips |= {item: told for item in prev if item not in mentioned}
        return told, text
