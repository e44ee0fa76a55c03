"""The gate: an installable page that scans batteries, without a network too (docs/gate.md).

The page is served in both languages with all its words in it. Its worker, which keeps everything for the day
without a network, names each file by the hash of its content, so that a new release is fetched whole or not
at all.
"""

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any, Final

from flask import Blueprint, Response, render_template, request, url_for

from api.answers import FRESH, IMMUTABLE, answer, plain
from api.errors import HttpError
from api.language import language_of
from api.pages import page
from api.schemas import load_query
from api.schemas.queries import GateQuery, NoQuery
from api.service import service
from api.texts import Texts
from ledger.device import MalformedDeviceCodeError, format_code, parse_code
from ledger.gate import gate_list
from ledger.label_render import render_svg
from ledger.vocabulary import CheckItem, CollectedFrom, Condition
from ledger.wording import Language, read, word

BLUEPRINT: Final = Blueprint("gate", __name__)
STATIC: Final = Path(__file__).parents[1] / "static"
POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""Scripts of ours alone, the decoder's WebAssembly among them; nothing inline, nothing from elsewhere."""
PERMISSIONS: Final = "camera=(self), geolocation=(), microphone=()"
SCOPE: Final = "/scan"
_KEPT_FOR: Final = 10
_SIGNED_FOR_S: Final = 60
_SUFFIXES: Final = frozenset({".css", ".js", ".svg", ".png", ".wasm"})
_FOLDERS: Final = ("gate", "vendor/zxing")
# Of the verifier's modules those that the gate imports.
_FILES: Final = ("mark.svg", "verify/bytes.js", "verify/json.js", "verify/keys.js", "verify/log.js")
_LISTS: Final = {"condition": Condition, "check_item": CheckItem, "collected_from": CollectedFrom}


@dataclass(frozen=True, slots=True)
class _Signed:
    """A list as it is served, with its note; read from which database at which root, and good until when."""

    name: tuple[str, bytes]
    text: str
    note: str
    read_until: float
    signed_until: float

    def serves(self, name: tuple[str, bytes]) -> bool:
        """Say whether it still answers for a database at a root."""
        now = monotonic()
        of_now = self.name == name or (self.name[0] == name[0] and now < self.read_until)
        return of_now and now < self.signed_until


class _Latest:
    """The gate list that was read last, until the log has grown; one that took long is kept for longer.

    Whoever asks while it is read waits for that one read, so that many requests cost no more than one. It is
    signed anew each minute in which somebody asks, so that its time says how fresh it is.
    """

    def __init__(self) -> None:
        self._reading: Final = threading.Lock()
        self._kept: _Signed | None = None

    def read(self) -> _Signed:
        """Return the list as of now, or as of ten times as long ago as it takes to read."""
        now = self._name()
        if self._kept is None or not self._kept.serves(now):
            with self._reading:
                if self._kept is None or not self._kept.serves(now):
                    self._kept = self._signed(now)
        return self._kept

    def _signed(self, name: tuple[str, bytes]) -> _Signed:
        started, config = monotonic(), service().config
        with service().snapshot() as snapshot:
            found = gate_list(snapshot)
        text = found.text(origin=config.origin, base_url=config.base_url)
        note = service().sequencer.sign_list(text, found.size)
        now = monotonic()
        return _Signed(name, text, note, now + _KEPT_FOR * (now - started), now + _SIGNED_FOR_S)

    def _name(self) -> tuple[str, bytes]:
        config = service().config
        with service().snapshot() as snapshot:
            return f"{config.database_url} {config.base_url}", snapshot.head().root


_LATEST: Final = _Latest()


@BLUEPRINT.get("/scan")
def scan() -> Response:
    """The gate: scan batteries, receive loads, without a network too."""
    load_query(GateQuery, request)
    response = page("scan.html", **_shown(language_of(request)))
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Permissions-Policy"] = PERMISSIONS
    return response


def _shown(lang: Language) -> dict[str, Any]:
    """Return what the page shows in a language: its words, and the code lists that people choose from."""
    texts = read("api", "gate", lang)
    lists = {name: {str(one): word(name, str(one), lang) for one in kind} for name, kind in _LISTS.items()}
    return {
        "lang": lang,
        "t": Texts(lang),
        "g": texts,
        "words": {**texts, **lists},
        "check_items": list(CheckItem),
        "conditions": list(Condition),
        "sources": list(CollectedFrom),
        "reject_reasons": list(texts["reject"]),
        "script": url_for("static", filename="gate/app.js"),
    }


@BLUEPRINT.get("/scan/worker.js")
def worker() -> Response:
    """The worker that keeps the page and its files for when there is no network."""
    load_query(NoQuery, request)
    files = _assets()
    pages = {f"{SCOPE}?lang={one.value}": render_template("scan.html", **_shown(one)) for one in Language}
    script = (STATIC / "gate/worker.js").read_text(encoding="utf-8")
    content = json.dumps([files, pages, script]).encode("utf-8")
    version = hashlib.sha256(content).hexdigest()[:16]
    start = {"version": version, "pages": list(pages), "files": list(files)}
    response = plain(f"const KEPT = {json.dumps(start)};\n{script}", "text/javascript; charset=utf-8")
    response.headers["Service-Worker-Allowed"] = SCOPE
    response.headers["Content-Security-Policy"] = POLICY
    return response


@BLUEPRINT.get("/scan/manifest.webmanifest")
def manifest() -> Response:
    """What a phone needs to install the gate."""
    load_query(NoQuery, request)
    lang = language_of(request)
    words = read("api", "gate", lang)["app"]
    icons = [
        {
            "src": f"/static/gate/icon-{size}.png",
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": use,
        }
        for size in (192, 512)
        for use in ("any", "maskable")
    ]
    told = {
        "id": SCOPE,
        "name": words["name"],
        "short_name": words["short_name"],
        "description": words["description"],
        "lang": lang.value,
        "start_url": SCOPE,
        "scope": SCOPE,
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#101614",
        "theme_color": "#101614",
        "icons": icons,
    }
    return plain(json.dumps(told, ensure_ascii=False), "application/manifest+json", cache=FRESH)


@BLUEPRINT.get("/scan/device/<code>.svg")
def device(code: str) -> Response:
    """The code of a device as a QR code, for the admin who registers it."""
    load_query(NoQuery, request)
    try:
        whole = format_code(parse_code(code))
    except MalformedDeviceCodeError as error:
        raise HttpError("http.malformed", path="code", reason=str(error)) from error
    return plain(render_svg(whole), "image/svg+xml", cache=IMMUTABLE)


@BLUEPRINT.get("/v1/gate")
def stop_list() -> Response:
    """What a gate is to stop: wanted, cloned, recalled and ended batteries, signed by the log."""
    load_query(NoQuery, request)
    found = _LATEST.read()
    return answer({"v": 2, "list": found.text, "note": found.note})


@cache
def _assets() -> Mapping[str, str]:
    """Return the address of every file of the page, with the hash of its content."""
    paths = [STATIC / name for name in _FILES]
    for folder in _FOLDERS:
        paths += sorted(path for path in (STATIC / folder).rglob("*") if path.suffix in _SUFFIXES)
    return {
        f"/static/{path.relative_to(STATIC).as_posix()}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path.name != "worker.js"
    }
