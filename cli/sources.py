"""Where `packtrace audit` reads a log: from a server, or from a folder of its tiles. Verifies nothing."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from crypto import strictjson
from crypto.errors import MalformedJsonError
from crypto.note import MAX_NOTE_BYTES
from crypto.strictjson import Json
from ledger.audit import NotServedError, SourceError
from ledger.mirror.copying import KEPT
from ledger.tiles import MAX_ENTRY_SIZE, TILE_SIZE, TILE_WIDTH

CONNECT_S: Final = 10
READ_S: Final = 60
MAX_BUNDLE_BYTES: Final = TILE_WIDTH * (2 + MAX_ENTRY_SIZE)
MAX_LOOKUP_BYTES: Final = 64 * 1024 * 1024
MAX_KEYS_BYTES: Final = 256 * 1024 * 1024
MAX_TRUST_BYTES: Final = 100_000
_PAGE: Final = 1000
_CHUNK: Final = 64 * 1024
# A lookup changes nothing, so it may be sent again like a GET.
_RETRY: Final = Retry(
    total=4,
    backoff_factor=0.3,
    status_forcelist=(429, 502, 503, 504),
    allowed_methods=("GET", "POST"),
    raise_on_status=False,
)


class AbsentError(NotServedError):
    """There is nothing at that address."""


class HttpSource:
    """A ledger at a URL: `/log/…` for the log, `/v1/…` for the states. One connection is kept open.

    Args:
        url: Where the ledger is, with or without a slash at the end.
        retry: How often and for what a request is sent again.
    """

    def __init__(self, url: str, retry: Retry = _RETRY) -> None:
        self._base: Final = url.rstrip("/")
        self._session: Final = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def checkpoint(self) -> str:
        """Return the latest signed checkpoint."""
        return _text(self._fetch("GET", "/log/checkpoint", MAX_NOTE_BYTES))

    def tile(self, path: str) -> bytes:
        """Return a tile or an entry bundle."""
        return self._fetch("GET", f"/log/{path}", _most_bytes(path))

    def lookup(self, ids: Sequence[str]) -> Json:
        """Return the states of items and organisations."""
        body = json.dumps({"items": list(ids)}).encode("ascii")
        return _json(self._fetch("POST", "/v1/items/lookup", MAX_LOOKUP_BYTES, body))

    def findings(self, after: str | None) -> Json:
        """Return a page of findings as everybody sees them."""
        further = {} if after is None else {"after": after}
        return self._told("/v1/findings", limit=str(_PAGE), **further)

    def keys(self) -> Json:
        """Return the registered keys, with the checkpoint as of which they are."""
        return _json(self._fetch("GET", "/v1/keys", MAX_KEYS_BYTES))

    def account(self, event_id: str) -> Json:
        """Return the account of a treatment step."""
        return self._told(f"/v1/events/{quote(event_id, safe='')}/account")

    def lot_account(self, lot: str) -> Json:
        """Return the account of a lot."""
        return self._told(f"/v1/items/{quote(lot, safe='')}/account")

    def history(self, item: str, limit: int) -> Json:
        """Return the first events about an item or organisation."""
        kind = "orgs" if item.startswith("org:") else "items"
        return self._told(f"/v1/{kind}/{quote(item, safe='')}/events", limit=str(limit))

    def tree(self, item: str) -> Json:
        """Return the tree of an item."""
        return self._told(f"/v1/items/{quote(item, safe='')}/tree")

    def search(self, sought: Mapping[str, str], after: str | None) -> Json:
        """Return a page of the items that are sought."""
        return self._told("/v1/items", **sought, **({} if after is None else {"after": after}))

    def stop_list(self) -> Json:
        """Return the list of what gates stop, with its note."""
        return self._told("/v1/gate")

    def index(self, of: str) -> str:
        """Return what the published index says of a text."""
        return _text(self._fetch("GET", f"/v1/index?{urlencode({'of': of})}", MAX_LOOKUP_BYTES))

    def statistics(self, measure: str, by: str, until: str) -> Json:
        """Return the figures of a measure up to a day."""
        return self._told("/v1/statistics", measure=measure, by=by, until=until)

    def offers(self, org: str, to: bool, after: str | None) -> Json:  # noqa: FBT001  as `Teller` has it
        """Return a page of the open offers to a firm, or by it."""
        further = {} if after is None else {"after": after}
        return self._told("/v1/offers", **{"to" if to else "by": org}, limit=str(_PAGE), **further)

    def trust(self) -> str:
        """Return the root of trust that the server tells; it pins nothing."""
        return _text(self._fetch("GET", "/v1/trust", MAX_TRUST_BYTES))

    def kept(self, have: Collection[int], most: int | None = None) -> Iterator[str]:
        """Yield the checkpoints that the server keeps for ever, but for those of sizes that one has.

        At most `most`, where that is given, spread over all of them. A web server with a copy lists none.
        """
        try:
            sizes = set(self._kept_sizes())
        except AbsentError:
            return
        for size in _spread(sorted(sizes - set(have)), most):
            yield _text(self._fetch("GET", f"/log/checkpoints/{size}", MAX_NOTE_BYTES))

    def _kept_sizes(self) -> Iterator[int]:
        after = -1
        while True:
            match self._told("/log/checkpoints", after=str(after), limit=str(_PAGE)):
                case {"checkpoints": list(hours), "next": int(last)} if hours and last > after:
                    after = last
                case _:
                    return
            for one in hours:
                size = one.get("size") if isinstance(one, dict) else None
                if isinstance(size, int):
                    yield size

    def _told(self, path: str, **query: str) -> Json:
        asked = f"?{urlencode(query)}" if query else ""
        return _json(self._fetch("GET", path + asked, MAX_LOOKUP_BYTES))

    def _fetch(self, method: str, path: str, most_bytes: int, body: bytes | None = None) -> bytes:
        try:
            with self._session.request(
                method,
                self._base + path,
                data=body,
                headers={"Content-Type": "application/json"} if body else {},
                timeout=(CONNECT_S, READ_S),
                stream=True,
            ) as response:
                return _read(response, path, most_bytes)
        except (requests.ConnectionError, requests.Timeout) as error:
            raise SourceError(f"{self._base} cannot be reached: {error}") from error
        except requests.RequestException as error:
            raise NotServedError(f"{path}: {error}") from error


class FolderSource:
    """A log laid out as C2SP tlog-tiles in a folder, or in its subfolder `log`. It tells no states."""

    def __init__(self, folder: Path) -> None:
        inner = folder / "log"
        self._folder: Final = folder
        self._log: Final = inner if inner.is_dir() else folder

    def checkpoint(self) -> str:
        """Return the signed checkpoint."""
        return _text(_read_file(self._log / "checkpoint", MAX_NOTE_BYTES))

    def tile(self, path: str) -> bytes:
        """Return a tile or an entry bundle."""
        return _read_file(self._log / path, _most_bytes(path))

    def kept(self, have: Collection[int], most: int | None = None) -> Iterator[str]:
        """Yield the checkpoints that the copy keeps, but for those of sizes that one has; at most so many."""
        names = {path.name for path in (self._log / KEPT).glob("*") if path.name.isdecimal()}
        for size in _spread(sorted({int(name) for name in names} - set(have)), most):
            yield _text(_read_file(self._log / KEPT / str(size), MAX_NOTE_BYTES))

    def lookup(self, ids: Sequence[str]) -> Json:
        """Refuse: a folder of tiles tells no states."""
        raise NotServedError(f"a folder does not tell the states of {len(ids)} items")

    def trust(self) -> str:
        """Return the root of trust in `trust.json`; since it lies beside the log, it pins nothing."""
        return _text(_read_file(self._folder / "trust.json", MAX_TRUST_BYTES))


def _spread(sizes: Sequence[int], most: int | None) -> Sequence[int]:
    """Return at most so many of these, evenly, the last one among them."""
    if most is None or len(sizes) <= most:
        return sizes
    return [sizes[(place + 1) * len(sizes) // most - 1] for place in range(most)]


def _most_bytes(path: str) -> int:
    return MAX_BUNDLE_BYTES if path.startswith("tile/entries/") else TILE_SIZE


def _read(response: requests.Response, path: str, most_bytes: int) -> bytes:
    if response.status_code != requests.codes.ok:
        kind = AbsentError if response.status_code == requests.codes.not_found else NotServedError
        raise kind(f"{path}: HTTP status {response.status_code}")
    data = bytearray()
    # The limit counts what gzip unpacks to, not what travels.
    for chunk in response.iter_content(_CHUNK):
        data += chunk
        if len(data) > most_bytes:
            raise NotServedError(f"{path}: more than {most_bytes} bytes")
    return bytes(data)


def _read_file(path: Path, most_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except OSError as error:
        raise NotServedError(f"{path}: {error.strerror}") from error
    if len(data) > most_bytes:
        raise NotServedError(f"{path}: more than {most_bytes} bytes")
    return data


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotServedError("what is served is not UTF-8") from error


def _json(data: bytes) -> Json:
    try:
        return strictjson.loads(data)
    except MalformedJsonError as error:
        raise NotServedError(f"the answer is not JSON: {error.reason}") from error
