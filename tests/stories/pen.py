"""How a firm signs, sends and reads: with software of its own, tips from the API, every receipt checked."""

import copy
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Self

from ledger import uscc
from tests.clients import plain
from tests.consortium import private_key
from tests.stories.goods import Claim, items_in, uuid7

if TYPE_CHECKING:
    from tests.stories.stage import Stage

_ABOUT_AN_EVENT: Final = frozenset(
    {"event.corrected", "event.disputed", "event.voided", "dispute.settled", "disclosure.erased"}
)


class Pen:
    """A firm's keys and what signs with them. A key is named by its purpose, a further one as `line 2`."""

    def __init__(self, stage: "Stage", name: str, number: int) -> None:
        self.stage = stage
        self.name = name
        self.id = f"org:{uscc.complete(f'91999999{number:08d}')}"
        self.district = "330109"
        self._denied_by: str | None = None

    # Keys

    def adds_key(self, key: str, **more: Claim) -> str:
        """Register a key with the firm's admin key."""
        purpose = key.partition(" ")[0]
        return self.states(
            "key.added", self.id, key="admin", jwk=self.public_key(key), purpose=purpose, **more
        )

    def pem(self, key: str) -> str:
        """Return a private key of the firm; it never leaves its hands, unless it is stolen."""
        return private_key(f"{self.name}/{key}").to_pem(None).decode()

    def public_key(self, key: str) -> dict[str, str]:
        """Return the public part of a key."""
        return plain.public_of(self.pem(key))

    def kid(self, key: str) -> str:
        """Return the id of a key."""
        return plain.thumbprint(self.public_key(key))

    # Writing

    def states(
        self,
        event_type: str,
        /,
        *items: str,
        key: str = "office",
        concealed: Mapping[str, Claim] | None = None,
        **data: Claim,
    ) -> str:
        """Sign an event about items and those its claims name, send it, check the receipt; return its id.

        A claim whose name is a word of Python has a `_` behind it here: `from_`, `in_`.
        """
        text = self.signs(event_type, *items, key=key, concealed=concealed, **data)
        event = plain.event_id(text)
        if self._denied_by is not None:
            self._is_denied(text, self._denied_by)
            return event
        answer = self.stage.post(text)
        assert answer.status_code == HTTPStatus.CREATED, f"{self.name}, {event_type}: {answer.text}"
        plain.verify_receipt(answer.text, self.stage.vkey, self.public_key(key), event)
        assert answer.headers["Location"] == f"/v1/events/{event}"
        return event

    def denied(self, rule: str) -> Self:
        """Return this firm trying something that a rule refuses: what it states next must fail by it.

        The refusal must say what to do, in both languages; and the log must not have grown.
        """
        trying = copy.copy(self)
        trying._denied_by = rule
        return trying

    def refused(self, rule: str, event_type: str, /, *items: str, **data: Claim) -> None:
        """Try an event that a rule refuses."""
        self.denied(rule).states(event_type, *items, **data)

    def _is_denied(self, text: str, rule: str) -> None:
        before = self.stage.get("/log/checkpoint").text
        in_chinese = self.stage.post(text, dry_run=True, language="zh-CN").get_json(force=True)
        answer = self.stage.post(text)
        told: dict[str, Any] = answer.get_json(force=True) if answer.is_json else {}
        assert told, f"{self.name}: not refused by {rule}: {answer.text}"
        assert told["rule"] == rule, told
        assert told["status"] == answer.status_code
        assert told["detail"], told
        assert told["remedy"], told
        assert (in_chinese["rule"], in_chinese["item"]) == (rule, told["item"])
        assert not in_chinese["detail"].isascii(), in_chinese
        assert self.stage.get("/log/checkpoint").text == before

    def signs(
        self,
        event_type: str,
        /,
        *items: str,
        key: str = "office",
        concealed: Mapping[str, Claim] | None = None,
        **data: Claim,
    ) -> str:
        """Return the SD-JWT of an event: tips as the API tells them, the firm's district as its place."""
        at = self.stage.tick()
        claims = {name.rstrip("_"): value for name, value in data.items()}
        named = self._about(event_type, items, claims)
        if any(not one.startswith("org:") for one in named):
            claims.setdefault("place", {"district": self.district})
        members = {
            "v": 1,
            "aud": self.stage.origin,
            "iss": self.id,
            "jti": uuid7(self.stage.clock.now, self.stage.told),
            "iat": self.stage.clock.now // 1000,
            "event": event_type,
            "at": at,
            "prev": self.stage.tips(named),
            "data": claims,
        }
        return plain.sign_event(members, self.pem(key), concealed)

    def _about(self, event_type: str, items: Sequence[str], claims: Mapping[str, Claim]) -> list[str]:
        """Return what stands in `prev`: what an earlier event was about, or what is given and named."""
        if event_type in _ABOUT_AN_EVENT:
            return list(self.stage.json(f"/v1/events/{claims['event']}")["prev"])
        return list(dict.fromkeys([*items, *items_in(claims)]))

    # Reading with a right

    def reads(self, path: str, key: str = "office") -> Claim:
        """Read an address with a bearer token signed by a key of the firm."""
        return self.stage.json(path, Authorization=self.token(path, key))

    def cannot_read(self, rule: str, path: str, key: str = "office") -> None:
        """Try to read an address with a token, which this rule refuses."""
        answer = self.stage.site.get(path, Authorization=self.token(path, key))
        assert answer.get_json(force=True).get("rule") == rule, answer.text

    def secrets(self, event: str) -> Claim:
        """Return the restricted claims of an event that the firm may read."""
        return self.reads(f"/v1/events/{event}").get("restricted", {})

    def shares(self, item: str, claims: Mapping[str, Sequence[str]], until: str) -> Claim:
        """Make a link that shows claims of an item, by event, until a day; or be told why not."""
        shown = [{"event": event, "names": list(names)} for event, names in claims.items()]
        wish = {"item": item, "claims": shown, "until": f"{until}T00:00:00+08:00"}
        body = plain.compact(wish).encode()
        answer = self.stage.client.post(
            "/v1/shares",
            data=body,
            content_type="application/json",
            headers={"Authorization": self.token("/v1/shares", method="POST", body=body)},
        )
        told: Claim = answer.get_json(force=True)
        if self._denied_by is not None:
            assert told.get("rule") == self._denied_by, told
        else:
            assert answer.status_code == HTTPStatus.CREATED, told
        return told

    def ends(self, share: Claim) -> None:
        """Take a link back."""
        path = f"/v1/shares/{share['id']}"
        token = self.token(path, method="DELETE")
        answer = self.stage.client.delete(path, headers={"Authorization": token})
        assert answer.status_code == HTTPStatus.OK, answer.text

    def token(self, path: str, key: str = "office", *, method: str = "GET", body: bytes | None = None) -> str:
        """Return a bearer token for one request, good for five minutes; a second is made a minute later."""
        self.stage.tick()
        now = self.stage.clock.now // 1000
        claims = {"iss": self.id, "aud": self.stage.origin, "htm": method, "iat": now, "exp": now + 300}
        claims["htu"] = self.stage.site.config.base_url + path.partition("?")[0]
        if body is not None:
            claims["body_sha256"] = plain.b64url(plain.sha256(body))
        return f"Bearer {plain.sign_jws(plain.compact(claims), self.pem(key), 'access+jwt')}"
