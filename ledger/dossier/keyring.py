"""The keys of a dossier, from the entries in it: what each organisation had registered before an entry.

No key is believed that these entries do not show. Entry 0 vouches for itself, where its id is pinned.
"""

from dataclasses import dataclass, field
from typing import Final

from crypto.errors import CryptoError
from crypto.keys import Verifier
from crypto.strictjson import Json
from ledger.dossier.statement import Statement
from ledger.errors import MalformedError
from ledger.events.correction import MAX_EXCEPTIONS
from ledger.instants import Instant
from ledger.lifecycle.rectification import MAX_CONFIRMED

_RECOVERY: Final = "recovery"


class KeyRefusal(Exception):  # noqa: N818  a refusal is the word of the domain
    """A key could not sign an entry: the reason as a short code."""


@dataclass(slots=True, kw_only=True)
class Key:
    """A registered key. Times in ms since 1970; `revoked` is the index of the entry that ended it."""

    org: str
    verifier: Verifier
    purpose: str
    from_ms: int | None = None
    until_ms: int | None = None
    revoked: int | None = None
    since_ms: int | None = None
    confirmed: list[tuple[int, int, list[Json]]] = field(default_factory=list)

    def is_doubtful(self, one: Statement) -> bool:
        """Say whether an entry that it signed may be a thief's: amber until it is confirmed."""
        if self.since_ms is None or one.logged_at_ms < self.since_ms:
            return False
        return not any(a <= one.index <= b and one.index not in but for a, b, but in self.confirmed)


@dataclass(slots=True)
class Keyring:
    """Keys by thumbprint as the entries go by; `registrar` founded the log, whose origin now is `origin`."""

    keys: dict[str, Key] = field(default_factory=dict)
    registrar: str = ""
    origin: str = ""

    def found(self, one: Statement) -> None:
        """Take in entry 0, which is signed with a key that it brings along itself."""
        if one.type != "org.enrolled" or set(one.prev) != {one.iss} or one.row is None:
            raise KeyRefusal("authority")
        self.registrar, self.origin = one.iss, one.aud
        self._register(one.iss, one.data.get("admin"), "admin")
        if one.data.get(_RECOVERY) is not None:
            self._register(one.iss, one.data[_RECOVERY], _RECOVERY)
        self.check(one)

    def check(self, one: Statement) -> Key:
        """Return the key that a statement is signed with, once it was seen that it may state this here.

        Raises:
            KeyRefusal: `key_unknown`, `issuer`, `key_not_valid`, `other_log` or `purpose`.
            InvalidSignatureError: it is not signed with that key.
        """
        key = self.keys.get(one.jws.kid)
        if key is None:
            raise KeyRefusal("key_unknown")
        if key.org != one.iss:
            raise KeyRefusal("issuer")
        late = key.until_ms is not None and one.logged_at_ms >= key.until_ms
        if key.revoked is not None or late or one.logged_at_ms < (key.from_ms or 0):
            raise KeyRefusal("key_not_valid")
        one.jws.verify(key.verifier)
        if one.aud != self.origin:
            raise KeyRefusal("other_log")
        # Entry 0 alone is an office's statement by an admin key.
        of_others = key.purpose == _RECOVERY and one.iss not in one.prev
        if one.row is not None and one.index and (key.purpose not in one.row.purposes or of_others):
            raise KeyRefusal("purpose")
        return key

    def learn(self, one: Statement) -> None:
        """Take in what a statement says about keys; raises KeyRefusal `authority` or `malformed`."""
        told, org = one.data, next(iter(one.prev), one.iss)
        if one.type in ("org.enrolled", "key.added", "key.revoked"):
            self._demand(len(one.prev) == 1 and one.iss in (org, self.registrar))
        if one.type == "org.enrolled":
            self._demand(one.iss == self.registrar)
            self._register(org, told.get("admin"), "admin")
        elif one.type == "key.added":
            purpose = told.get("purpose")
            self._demand(one.iss == org or purpose == "admin")
            window = _ms(told.get("from")), _ms(told.get("until"))
            self._register(org, told.get("jwk"), purpose, *window)
        elif one.type == "key.revoked":
            self._revoke(self._of(org, told.get("kid")), one)
        elif one.type == "event.confirmed":
            self._confirm(self._of(one.iss, told.get("kid")), one)
        elif one.type == "log.moved":
            self._demand(one.iss == self.registrar)
            self.origin = str(told.get("origin"))

    def _demand(self, allowed: bool) -> None:  # noqa: FBT001  a condition and nothing else
        if not allowed:
            raise KeyRefusal("authority")

    def _of(self, org: str, kid: Json) -> Key:
        key = self.keys.get(kid) if isinstance(kid, str) else None
        if key is None or key.org != org:
            raise KeyRefusal("authority")
        return key

    def _register(
        self, org: str, jwk: Json, purpose: Json, from_ms: int | None = None, until_ms: int | None = None
    ) -> None:
        try:
            verifier = Verifier.from_jwk(jwk if isinstance(jwk, dict) else {})
        except CryptoError as error:
            raise KeyRefusal("malformed") from error
        if not isinstance(purpose, str):
            raise KeyRefusal("malformed")
        made = Key(org=org, verifier=verifier, purpose=purpose, from_ms=from_ms, until_ms=until_ms)
        self.keys.setdefault(verifier.thumbprint(), made)

    def _revoke(self, key: Key, one: Statement) -> None:
        since_ms = _ms(one.data.get("compromised_since"))
        key.revoked = one.index if key.revoked is None else key.revoked
        if since_ms is not None:
            # Who stood by entries did not know yet that the thief had the key before.
            key.since_ms, key.confirmed = since_ms, []

    def _confirm(self, key: Key, one: Statement) -> None:
        first, last, but = one.data.get("first"), one.data.get("last"), one.data.get("exceptions", [])
        if type(first) is not int or type(last) is not int or not isinstance(but, list):
            raise KeyRefusal("malformed")
        if len(key.confirmed) >= MAX_CONFIRMED or len(but) > MAX_EXCEPTIONS:
            raise KeyRefusal("authority")
        key.confirmed.append((first, last, but))


def _ms(text: Json) -> int | None:
    if text is None:
        return None
    try:
        return Instant.parse(str(text)).ms
    except MalformedError as error:
        raise KeyRefusal("malformed") from error
