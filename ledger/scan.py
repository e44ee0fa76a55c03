"""Raw scans: what a camera, a hand scanner or a typing person delivers, and which item it may name.

Codes on metal come split over two marks in either order, in lower case, with spaces and stray characters, and
with O for 0 and I for 1; packs carry our label, a GS1 Digital Link or another maker's link. A scan is a
question: it gives candidates, best first, and whoever asked decides. Ids in events never come through here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import permutations
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from ledger import gbt34014
from ledger.errors import MalformedError
from ledger.fullwidth import narrow
from ledger.gbt34014 import BatteryCode, MalformedCodeError
from ledger.gbt34014_parts import Part, examine
from ledger.identifiers import ItemId, MalformedIdError, resolve_code
from ledger.label_url import LabelUrl, MalformedLabelError

MAX_SCAN: Final = 4096
_CODES: Final = "gbt34014"

_AIM_PREFIX: Final = re.compile(r"\A\][A-Za-z][0-9A-Za-z]")
_BREAK: Final = re.compile(r"[\s,;|]+")
_STRAY: Final = re.compile(r"[^0-9A-Z]+")
_RUN: Final = re.compile(r"[0-9A-Za-z]+")
_LINK: Final = re.compile(r"https?://", re.IGNORECASE)
_DIGITAL_LINK: Final = re.compile(
    r"/01/(?P<gtin>[0-9]{8}|[0-9]{12,14})(?:/(?:22|10)/[^/]+)*/21/(?P<serial>[^/]+)/?$"
)
_MAX_FRAGMENTS: Final = 3
_LENGTHS: Final = frozenset({19, 24, 26})
# Where halves that come without a break between them are seen cut; any other cut is tried after these.
_USUAL_CUTS: Final = (10, 12, 11, 14, 13, 7)


class ScanKind(StrEnum):
    """What a scan turned out to be."""

    CODE = "code"
    ID = "id"
    LABEL = "label"
    DIGITAL_LINK = "digital_link"
    LINK = "link"


class Repair(StrEnum):
    """What had to be done to a scan before it could be read."""

    CLEANED = "cleaned"
    REORDERED = "reordered"
    LOOKALIKE = "lookalike"


class MalformedScanError(MalformedError):
    """The scan names nothing we know; `parts` says of the nearest battery code which part is wrong."""

    def __init__(self, reason: str, parts: tuple[Part, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.parts = parts


@dataclass(frozen=True, slots=True)
class CodeReading:
    """One way to read a scan as a battery code, and what had to be repaired for it."""

    code: BatteryCode
    repairs: tuple[Repair, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan is.

    Attributes:
        kind: what it turned out to be.
        items: ids it may name, likeliest first; empty where only an alias can answer.
        repairs: what had to be repaired for the first of `items`.
        alias: a link as scanned, to be looked up among aliases; None for codes, ids and labels.
        label: of a label, its URL as printed, with the token that `ledger.label` opens.
    """

    kind: ScanKind
    items: tuple[ItemId, ...]
    repairs: tuple[Repair, ...] = ()
    alias: str | None = None
    label: LabelUrl | None = None


def interpret(raw: str | Sequence[str]) -> Scan:
    """Say what a scan is: a text, or the fragments of one code from several marks.

    Raises:
        MalformedScanError: it is too long, or neither a code, an id, a label nor a link.
    """
    fragments = [raw] if isinstance(raw, str) else list(raw)
    if sum(map(len, fragments)) > MAX_SCAN:
        raise MalformedScanError(f"longer than {MAX_SCAN} characters")
    if not any(fragment.strip() for fragment in fragments):
        raise MalformedScanError("empty")
    if len(fragments) == 1:
        text = fragments[0].strip()
        if _LINK.match(text):
            return _read_link(text)
        if ":" in text:
            return _read_id(text)
    return _read_code(ScanKind.CODE, fragments)


def is_link(text: str) -> bool:
    """Say whether a text is a link, as far as its beginning tells."""
    return _LINK.match(text.strip()) is not None


def decode_code(raw: str | Sequence[str]) -> tuple[CodeReading, ...]:
    """Read a scan as GB/T 34014 codes: as it stands, then reordered, then with look-alikes put right.

    Later attempts are made only where the earlier give nothing, so a code that reads as it stands is alone.

    Raises:
        MalformedScanError: no attempt gives a code; `parts` examines the scan as it stands.
    """
    fragments = [raw] if isinstance(raw, str) else list(raw)
    pieces = [piece for fragment in fragments for piece in _pieces(fragment)]
    whole = "".join(pieces)
    cleaned = () if [whole] == fragments else (Repair.CLEANED,)
    for repairs, texts in (
        (cleaned, [whole]),
        ((*cleaned, Repair.REORDERED), list(_reordered(pieces))),
        ((*cleaned, Repair.LOOKALIKE), [_without_lookalikes(whole)]),
        ((*cleaned, Repair.REORDERED, Repair.LOOKALIKE), [*map(_without_lookalikes, _reordered(pieces))]),
    ):
        codes = [code for text in dict.fromkeys(texts) if (code := _code(text))]
        if codes:
            return tuple(CodeReading(code, repairs) for code in codes)
    raise MalformedScanError("not a GB/T 34014 code", examine(whole))


def _pieces(fragment: str) -> list[str]:
    """Upper-case runs of 0-9A-Z between breaks, without scanner prefixes and stray characters."""
    text = _AIM_PREFIX.sub("", narrow(fragment.strip()), count=1) if fragment else ""
    return [run for piece in _BREAK.split(text) if (run := _STRAY.sub("", _ascii_upper(piece)))]


def _ascii_upper(text: str) -> str:
    # str.upper makes ASCII of letters that only look related (ſ, ß); those are stray characters here.
    return "".join(character.upper() if character.isascii() else character for character in text)


def _reordered(pieces: list[str]) -> Iterator[str]:
    """The pieces in every other order, and the whole turned at each cut, usual ones first."""
    if len(pieces) <= _MAX_FRAGMENTS:
        yield from ("".join(order) for order in permutations(pieces))
    whole = "".join(pieces)
    if len(whole) in _LENGTHS:
        for cut in (*_USUAL_CUTS, *range(1, len(whole))):
            yield whole[cut:] + whole[:cut]


def _without_lookalikes(text: str) -> str:
    """Put 0 for O and Q, and 1 for I, where the position decides: in the date and the serial."""
    start = {19: 7, 24: 14, 26: 14}.get(len(text))
    if start is None:
        return text
    production = text[start : start + 10].translate({ord("O"): "0", ord("Q"): "0", ord("I"): "1"})
    return text[:start] + production + text[start + 10 :]


def _code(text: str) -> BatteryCode | None:
    try:
        return gbt34014.parse(text)
    except MalformedCodeError:
        return None


def _read_code(kind: ScanKind, fragments: Sequence[str]) -> Scan:
    readings = decode_code(fragments)
    items = tuple(ItemId(_CODES, reading.code.text) for reading in readings)
    return Scan(kind, items, repairs=readings[0].repairs)


def _read_id(text: str) -> Scan:
    """An id; in another spelling its value is put right as far as a bare one would be."""
    try:
        return Scan(ScanKind.ID, (resolve_code(text),))
    except MalformedIdError as error:
        scheme, _, value = text.partition(":")
        if scheme.lower() == _CODES:
            return _read_code(ScanKind.ID, [value])
        # Of every other scheme a text wholly in capitals is the one repair that needs no guess.
        capitals = _ascii_upper("".join(narrow(text).split()))
        try:
            return Scan(ScanKind.ID, (resolve_code(capitals),), (Repair.CLEANED,))
        except MalformedIdError:
            raise MalformedScanError(f"not an item id: {error}") from error


def _read_link(text: str) -> Scan:
    if re.search(r"\s", text):
        raise MalformedScanError("a link has no space in it")
    try:
        url = urlsplit(text)
    except ValueError as error:
        raise MalformedScanError("not a link") from error
    if not url.hostname:
        raise MalformedScanError("a link without a host")
    return _read_label(text) or _read_digital_link(text, url) or _read_foreign_link(text)


def _read_label(text: str) -> Scan | None:
    try:
        url = LabelUrl.parse(text)
    except MalformedLabelError:
        return None
    return Scan(ScanKind.LABEL, (url.item,), label=url)


def _read_digital_link(text: str, url: SplitResult) -> Scan | None:
    """A GS1 Digital Link with GTIN and serial; a serial outside our alphabet is found by alias alone."""
    match = _DIGITAL_LINK.search(url.path)
    if match is None:
        return None
    try:
        item = ItemId.parse(f"gs1:{match['gtin'].zfill(14)}:{unquote(match['serial'])}")
    except MalformedIdError:
        return Scan(ScanKind.DIGITAL_LINK, (), alias=text)
    return Scan(ScanKind.DIGITAL_LINK, (item,), alias=text)


def _read_foreign_link(text: str) -> Scan:
    """Another maker's link: an alias, and any battery code that stands whole within it."""
    runs = dict.fromkeys(_ascii_upper(run) for run in _RUN.findall(text))
    codes = tuple(ItemId("gbt34014", code.text) for run in runs if (code := _code(run)))
    return Scan(ScanKind.LINK, codes, alias=text)
