"""The ledger as a client sees it: requests, problems as sentences, and patience where it is busy."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import requests

from cli.errors import CliError
from cli.speech import say, spoken
from crypto import jws, strictjson
from crypto.errors import CryptoError
from crypto.keys import Signer
from crypto.strictjson import Json
from ledger.identifiers import ItemId

CONNECT_S: Final = 10
READ_S: Final = 60
PAGE: Final = 100
TOKEN_S: Final = 120
TOKEN_TYP: Final = "access+jwt"  # noqa: S105  the type of a token
SD_JWT: Final = "application/sd-jwt"
ND_JSON: Final = "application/x-ndjson"
BUSY: Final = frozenset({429, 502, 503, 504})
_MAX_WAIT_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks with a right: an organisation with one of its keys (docs/formats.md, section 8).

    Attributes:
        org: the organisation.
        signer: its key.
        origin: the log's origin.
        base_url: what the server calls itself, to which the token is bound.
    """

    org: ItemId
    signer: Signer = field(repr=False)
    origin: str
    base_url: str

    def token(self, path: str, now_s: int) -> str:
        """Return a token for one GET of a path, good for two minutes and for once."""
        told: dict[str, Json] = {
            "iss": str(self.org),
            "aud": self.origin,
            "htm": "GET",
            "htu": f"{self.base_url}{path}",
            "iat": now_s,
            "exp": now_s + TOKEN_S,
            "jti": secrets.token_urlsafe(16),
        }
        return jws.sign(strictjson.dumps(told).encode(), self.signer, TOKEN_TYP)


class Client:
    """A ledger at a URL.

    Args:
        url: where it is.
        tries: how often a request is sent before a busy or silent server counts as failed.
        sleep: waits so many seconds between two tries.
    """

    def __init__(self, url: str, *, tries: int = 1, sleep: Callable[[float], None] = time.sleep) -> None:
        self.url: Final = url.rstrip("/")
        self._tries: Final = tries
        self._sleep: Final = sleep
        self._session: Final = requests.Session()
        self._session.headers["Accept"] = "application/json, text/plain"
        self._session.headers["Accept-Language"] = spoken().value

    def get(self, path: str, reader: Reader | None = None) -> Any:  # noqa: ANN401  JSON of the server
        """Return the JSON at a path, read with a right where there is a reader."""
        return _json(self._read(path, reader))

    def listed(self, path: str, name: str) -> Iterator[Any]:
        """Yield what a list of the ledger holds, page by page; `name` is the member that has it."""
        page = self.get(f"{path}?limit={PAGE}")
        yield from page[name]
        while page["next"] is not None:
            page = self.get(f"{path}?limit={PAGE}&after={quote(str(page['next']), safe='')}")
            yield from page[name]

    def get_text(self, path: str, reader: Reader | None = None) -> str:
        """Return the text at a path, read with a right where there is a reader."""
        return self._read(path, reader).text

    def lookup(self, items: Sequence[str]) -> list[dict[str, Any]]:
        """Return for each id or raw scan the item's id and state, None where the ledger has none."""
        answer = _json(self._ask("POST", "/v1/items/lookup", json={"items": list(items)}))
        found: list[dict[str, Any]] = answer["items"]
        return found

    def post(self, path: str, body: bytes, media_type: str) -> requests.Response:
        """Send bytes, the same again while the server is busy or silent, and return its answer.

        Raises:
            CliError: it stays so, or it refuses the whole request.
        """
        return self._ask("POST", path, data=body, headers={"Content-Type": media_type})

    def wait(self, seconds: float) -> None:
        """Wait before the next try."""
        self._sleep(seconds)

    def _read(self, path: str, reader: Reader | None) -> requests.Response:
        headers = {}
        if reader is not None:
            headers["Authorization"] = f"Bearer {reader.token(path.partition('?')[0], int(time.time()))}"
        return self._ask("GET", path, headers=headers)

    def _ask(self, method: str, path: str, **arguments: Any) -> requests.Response:  # noqa: ANN401  of requests
        for attempt in range(1, self._tries + 1):
            last = attempt == self._tries
            try:
                response = self._session.request(
                    method, self.url + path, timeout=(CONNECT_S, READ_S), **arguments
                )
            except requests.RequestException as error:
                if last or not isinstance(error, requests.ConnectionError | requests.Timeout):
                    raise unreachable(self.url, error) from error
                self._sleep(backoff_s(attempt))
                continue
            if response.ok:
                return response
            if last or response.status_code not in BUSY:
                raise problem(_problem_of(response))
            self._sleep(max(backoff_s(attempt), _retry_after_s(response)))
        raise AssertionError("a client tries at least once")


def path_of(item: ItemId) -> str:
    """Return where the ledger tells of an item or organisation."""
    return f"/v1/{'orgs' if item.is_org else 'items'}/{quote(str(item), safe=':.-')}"


def backoff_s(attempt: int) -> float:
    """Return how long to wait after so many failed tries, in seconds: half a second, doubled each time."""
    return min(0.5 * 2.0 ** (attempt - 1), _MAX_WAIT_S)


def unreachable(url: str, error: Exception) -> CliError:
    """Return the error of a server that does not answer."""
    del error  # what the library says names sockets and pools, which helps nobody
    return CliError(
        say(
            f"无法连接 {url}；服务启动了吗？（packtrace serve，或用 --url 指明地址）",
            f"cannot reach {url}; is the server running? (packtrace serve, or name another with --url)",
        )
    )


def problem(members: Mapping[str, Any]) -> CliError:
    """Return a problem of the server (RFC 9457) as a sentence with its rule and remedy."""
    rule = members.get("rule")
    parts = (
        members.get("detail") or members.get("title"),
        members.get("remedy"),
        f"[{rule}]" if rule else "",
    )
    kept = {
        name: members[name] for name in ("rule", "status", "item", "blocking", "tips") if members.get(name)
    }
    return CliError(" ".join(str(part) for part in parts if part), **kept)


def _problem_of(response: requests.Response) -> dict[str, Any]:
    try:
        members = strictjson.loads(response.content)
    except CryptoError:
        members = None
    if isinstance(members, dict):
        return members
    return {"detail": f"HTTP {response.status_code}: {response.reason}", "status": response.status_code}


def _json(response: requests.Response) -> Any:  # noqa: ANN401  JSON of the server
    try:
        return response.json()
    except requests.JSONDecodeError as error:
        raise CliError(
            say(
                f"{response.url} 的回答不是 JSON；它是溯电服务吗？",
                f"{response.url} does not answer with JSON; is it a Packtrace server?",
            )
        ) from error


def _retry_after_s(response: requests.Response) -> float:
    told = response.headers.get("Retry-After", "")
    return min(float(told), _MAX_WAIT_S) if told.isdigit() else 0.0
