"""The cells of a form: codes listed line by line, each judged at its line, and the root that commits to them.

A line is what was typed, pasted or scanned; empty ones are skipped, but counted, so that a number is the
line that a person sees.
"""

import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from crypto.encoding import b64url_encode
from crypto.strictjson import Json
from ledger.cells import cells_root
from ledger.claims import MalformedClaimError
from ledger.gbt34014 import Kind, MalformedCodeError, parse

LISTED: Final = "cell_codes"
"""The restricted claim, and the field of the lines it is made of."""
COUNT: Final = "cell_count"
MAX_CELLS: Final = 10_000
KEY_BYTES: Final = 32
_MODULES: Final = "modules"

Members = dict[str, Json]


def with_cells(public: Members, restricted: Members, unit: str, key: bytes) -> tuple[Members, Members]:
    """Return the claims of a form with its lists of cells committed to: number, root and restricted codes.

    Args:
        public: the public claims; a module among them may hold a list of its own.
        restricted: the restricted claims, with the list of the unit itself.
        unit: the id of what the event is about.
        key: 32 random bytes from which the salts are made.

    Raises:
        MalformedClaimError: a line is no cell's code or stands there twice, there are too many, or the number
            that is stated is another; `path` names the field and the line.
    """
    seen, codes = dict[str, tuple[str, int]](), dict[str, Json]()

    def committed(claims: Members, under: str, name: str, lines: Sequence[str]) -> Members:
        found = _codes(f"{under}{LISTED}", lines, seen)
        _check_count(claims, under, len(found))
        if not found:
            return claims
        codes[name] = [*found]
        return claims | {COUNT: len(found), "cells_root": cells_root(key, found)}

    restricted, lines = _without_list(restricted)
    public = committed(public, "", unit, lines)
    modules = list[Json]()
    for number, module in enumerate(_modules(public)):
        claims, lines = _without_list(module)
        modules.append(committed(claims, f"{_MODULES}[{number}].", str(claims.get("id", "")), lines))
    public = public | {_MODULES: modules} if modules else public
    held: Members = {LISTED: {"key": b64url_encode(key), "codes": codes}} if codes else {}
    return public, restricted | held


def _without_list(claims: Members) -> tuple[Members, Sequence[str]]:
    lines = typing.cast("Sequence[str]", claims.get(LISTED, ()))
    return {name: value for name, value in claims.items() if name != LISTED}, lines


def _modules(public: Mapping[str, Json]) -> Iterator[Members]:
    found = public.get(_MODULES)
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict):
            yield one


def _check_count(claims: Mapping[str, Json], under: str, count: int) -> None:
    if claims.get(COUNT, count) != count:
        raise MalformedClaimError(f"{count} codes are listed", f"{under}{COUNT}")


def _codes(path: str, lines: Sequence[str], seen: dict[str, tuple[str, int]]) -> list[str]:
    """Return the codes of lines; `seen` has the field and line of those before, and gets these."""
    found = list[str]()
    for line, text in enumerate((one.strip().upper() for one in lines), start=1):
        if not text:
            continue
        place = f"{path}[{line - 1}]"
        _check(text, line, place)
        if text in seen:
            other, first = seen[text]
            if other == path:
                raise MalformedClaimError(f"line {line}: is there already, in line {first}", place)
            raise MalformedClaimError(f"line {line}: is there already, in line {first} of {other}", place)
        seen[text] = (path, line)
        found.append(text)
    if len(found) > MAX_CELLS:
        raise MalformedClaimError(f"more than {MAX_CELLS} codes", path)
    return found


def _check(text: str, line: int, place: str) -> None:
    try:
        code = parse(text)
    except MalformedCodeError as error:
        raise MalformedClaimError(f"line {line}: {error}", place) from error
    if code.kind is not Kind.CELL:
        raise MalformedClaimError(f"line {line}: is the code of no cell", place)
