"""The keys of a dossier, from the entries in it: what each organisation had registered before an entry.

No key is believed that these entries do not show. Entry 0 vouches for itself, where its id is pinned.
"""

from dataclasses import dataclass, field
from typing import Final

from crypto.errors import InvalidSignatureError
from crypto.keys import Verifier
from crypto.strictjson import Json
from ledger import shape
from ledger.dossier.statement import Statement
from ledger.events.correction import MAX_EXCEPTIONS
from ledger.instants import Instant
from ledger.lifecycle.rectification import MAX_CONFIRMED
from ledger.verdict import CheckRefusal

_RECOVERY: Final = "recovery"
_ABOUT_KEYS: Final = frozenset({"org.enrolled", "key.added", "key.revoked"})


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
    confirmed: list[tuple[range, frozenset[int]]] = field(default_factory=list)

    def is_valid_at(self, time_ms: int) -> bool:
        """Say whether it may sign what is logged at that time."""
        begun = time_ms >= (self.from_ms or 0)
        return self.revoked is None and begun and (self.until_ms is None or time_ms < self.until_ms)

    def is_doubtful(self, one: Statement) -> bool:
        """Say whether an entry that it signed may be a thief's: amber until it is confirmed."""
        if self.since_ms is None or one.logged_at_ms < self.since_ms:
            return False
        return not any(one.index in places and one.index not in but for places, but in self.confirmed)


@dataclass(slots=True)
class Keyring:
    """Keys by thumbprint as the entries go by; `registrar` founded the log, whose origin now is `origin`."""

    keys: dict[str, Key] = field(default_factory=dict)
    registrar: str = ""
    origin: str = ""

    def found(self, one: Statement) -> None:
        """Take in entry 0, which is signed with a key that it brings along itself; raises as the others."""
        _allow(one.event == "org.enrolled" and set(one.prev) == {one.iss})
        self.registrar, self.origin = one.iss, one.aud
        self.learn(one)
        self.check(one)

    def check(self, one: Statement) -> Key:
        """Return the key that a statement is signed with, once it was seen that it may state this here.

        Raises:
            CheckRefusal: `key_unknown`, `issuer`, `key_not_valid`, `not_signed`, `other_log` or `purpose`.
        """
        key = self.keys.get(one.jws.kid)
        if key is None:
            raise CheckRefusal("key_unknown")
        _demand(key.org == one.iss, "issuer")
        _demand(key.is_valid_at(one.logged_at_ms), "key_not_valid")
        try:
            one.jws.verify(key.verifier)
        except InvalidSignatureError as error:
            raise CheckRefusal("not_signed", error.reason) from error
        _demand(one.aud == self.origin, "other_log")
        # Entry 0 alone is an office's statement by an admin key.
        of_others = key.purpose == _RECOVERY and one.iss not in one.prev
        if one.row is not None and one.index:
            _demand(key.purpose in one.row.purposes and not of_others, "purpose")
        return key

    def learn(self, one: Statement) -> None:
        """Take in what a statement says about keys.

        Raises:
            CheckRefusal: `authority`, its signer may not say so, or `malformed`.
            MalformedError: a claim has not its form.
            MalformedKeyError: a key has not.
        """
        told, org = one.data, next(iter(one.prev), one.iss)
        if one.event in _ABOUT_KEYS:
            _allow(len(one.prev) == 1 and one.iss in (org, self.registrar))
        if one.event == "org.enrolled":
            _allow(one.iss == self.registrar)
            self._register(org, told.get("admin"), "admin")
            if one.index == 0 and told.get(_RECOVERY) is not None:
                self._register(org, told[_RECOVERY], _RECOVERY)
        elif one.event == "key.added":
            _allow(one.iss == org or told.get("purpose") == "admin")
            window = _ms(told.get("from")), _ms(told.get("until"))
            self._register(org, told.get("jwk"), told.get("purpose"), *window)
        elif one.event == "key.revoked":
            self._revoke(self._of(org, told.get("kid")), one)
        elif one.event == "event.confirmed":
            self._confirm(self._of(one.iss, told.get("kid")), one)
        elif one.event == "log.moved":
            _allow(one.iss == self.registrar)
            self.origin = shape.text(told.get("origin"))

    def _of(self, org: str, kid: Json) -> Key:
        key = self.keys.get(kid) if isinstance(kid, str) else None
        if key is None or key.org != org:
            raise CheckRefusal("authority")
        return key

    def _register(self, org: str, jwk: Json, purpose: Json, *window: int | None) -> None:
        verifier = Verifier.from_jwk(shape.mapping(jwk))
        from_ms, until_ms = window or (None, None)
        made = Key(
            org=org, verifier=verifier, purpose=shape.text(purpose), from_ms=from_ms, until_ms=until_ms
        )
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
            raise CheckRefusal("malformed", "what is confirmed is no range")
        _allow(len(key.confirmed) < MAX_CONFIRMED and len(but) <= MAX_EXCEPTIONS)
        excepted = frozenset(index for index in but if type(index) is int)
        key.confirmed.append((range(first, last + 1), excepted))


def _demand(condition: bool, reason: str) -> None:  # noqa: FBT001  a condition and nothing else
    if not condition:
        raise CheckRefusal(reason)


def _allow(condition: bool) -> None:  # noqa: FBT001  as above
    _demand(condition, "authority")


def _ms(value: Json) -> int | None:
    return None if value is None else Instant.parse(shape.text(value)).ms
