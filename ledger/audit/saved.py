"""A finished audit as lines of text, so that the next one judges only what has been logged since.

It holds what the replay remembers and the checkpoint that it is of. The tree's edge in it must give that
checkpoint's root, so whatever is read on top extends the very tree that was audited. Its last line is a hash
of the others, against damage. It proves nothing to anybody else: who can write it can write anything into it.
"""

import base64
import hashlib
import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from crypto.strictjson import Json
from ledger.audit.findings import Findings, Kind
from ledger.audit.following import Following, Opened, Step
from ledger.audit.replay import Replay
from ledger.audit.report import OF_TOLD, Counts
from ledger.audit.tree import Tree
from ledger.errors import LedgerError, MalformedError
from ledger.identifiers import ItemId
from ledger.state import Fact, FactKind, Key, RegisteredKey

VERSION: Final = 4
_END: Final = "end"


class SavedAuditError(MalformedError):
    """A file is no saved audit of this log by this version of the program, or it is damaged."""


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit has gone through: everything that its next run goes on with."""

    replay: Replay
    tree: Tree
    following: Following
    vkey: str


def lines_of(audited: Audited, note: str) -> Iterator[bytes]:
    """Yield the lines of an audit without findings; `note`: the checkpoint it ended at."""
    digest = hashlib.sha256()
    for told in _told(audited, note):
        line = json.dumps(told, separators=(",", ":")).encode("ascii") + b"\n"
        digest.update(line)
        yield line
    yield json.dumps([_END, digest.hexdigest()]).encode("ascii") + b"\n"


def resume(audited: Audited, lines: Iterable[bytes], counts: Counts) -> Opened:
    """Fill a replay and a tree that took nothing yet, and return the checkpoint that they are of.

    Raises:
        SavedAuditError: the lines are not those of an audit of this log, or not whole.
    """
    try:
        rows = _checked(lines)
        head = next(rows, None)
        if not isinstance(head, dict) or head.get("v") != VERSION:
            raise SavedAuditError("it is no saved audit of this version; an earlier one remembers less")
        if (head["root"], head["vkey"]) != (audited.replay.root, audited.vkey):
            raise SavedAuditError("it is of another log")
        _fill_head(audited, head, counts)
        for row in rows:
            _fill(audited.replay, row)
        return _opened(audited, head)
    except (LookupError, TypeError, ValueError, LedgerError) as error:
        if isinstance(error, SavedAuditError):
            raise
        raise SavedAuditError(f"a line is malformed: {error}") from error


def _told(audited: Audited, note: str) -> Iterator[Json]:
    replay, tree = audited.replay, audited.tree
    counts = replay.counts
    edge: list[Json] = [[one.hex() for one in row] for row in tree.rows]
    yield {
        "v": VERSION,
        "root": replay.root,
        "vkey": audited.vkey,
        "note": note,
        "size": tree.size,
        "edge": edge,
        "latest_ms": replay.latest_ms,
        "counts": {one.name: getattr(counts, one.name) for one in fields(counts)},
        "steps": [step.to_json() for step in audited.following.steps],
        "late": replay.late.to_json(),
    }
    for key, state in replay.states.texts():
        yield ["state", *_key(key), state.decode("ascii")]
    for event_id, event in replay.events.texts():
        yield ["event", event_id, event.decode("ascii")]
    for name, places in (("id", replay.ids), ("jti", replay.jtis)):
        for rows in places.dump():
            yield [name, _text(rows)]
    yield from _watched(replay)


def _watched(replay: Replay) -> Iterator[Json]:
    for index, key, line in replay.histories.before:
        yield ["before", index, *_key(key), None if line is None else line.decode("ascii")]
    for kid, indexes in replay.signed.of.items():
        yield ["kid", kid, _text(indexes), _text(replay.signed.times[kid])]
    for text, closed in replay.remarked.texts():
        yield ["remark", text.decode("ascii"), closed]
    for text in replay.acts.texts():
        yield ["act", text.decode("ascii")]
    for event_id in sorted(replay.acts.voided):
        yield ["voided", event_id]


def _checked(lines: Iterable[bytes]) -> Iterator[Any]:
    """Yield the values of the lines; the hash in the last one must be that of the others."""
    digest, ended = hashlib.sha256(), False
    for line in lines:
        value = _value(line)
        if ended:
            raise SavedAuditError("it goes on behind its end")
        if isinstance(value, list) and value[:1] == [_END]:
            ended = True
            if value[1:] != [digest.hexdigest()]:
                raise SavedAuditError("it is damaged")
            continue
        digest.update(line)
        yield value
    if not ended:
        raise SavedAuditError("it is cut off")


def _value(line: bytes) -> Any:  # noqa: ANN401  whatever the line holds
    try:
        return json.loads(line)
    except UnicodeDecodeError as error:
        raise SavedAuditError("a line is not UTF-8") from error
    except RecursionError as error:
        raise SavedAuditError("a line is nested too deeply") from error
    except ValueError as error:
        raise SavedAuditError("a line is not JSON") from error


def _fill_head(audited: Audited, head: dict[str, Any], counts: Counts) -> None:
    audited.tree.size = head["size"]
    audited.tree.rows = [[bytes.fromhex(one) for one in row] for row in head["edge"]]
    audited.replay.latest_ms = head["latest_ms"]
    audited.following.steps.extend(Step(**step) for step in head["steps"])
    audited.replay.late.restore(head["late"])
    for name in set(Counts.__slots__) - OF_TOLD:
        setattr(counts, name, int(head["counts"][name]))


def _fill(replay: Replay, row: Sequence[Any]) -> None:
    match row:
        case ["state", kind, name, str(text)]:
            state = replay.states.restore(_parse_key(kind, name), text.encode("ascii"))
            replay.histories.restore(_parse_key(kind, name), state)
            if isinstance(state, RegisteredKey):
                replay.learn(state.kid, state.jwk)
        case ["event", str(event_id), str(text)]:
            replay.events.restore(event_id, text.encode("ascii"))
        case ["id" | "jti" as name, str(text)]:
            (replay.ids if name == "id" else replay.jtis).load(_array(text))
        case ["before", int(index), kind, name, str() | None as line]:
            before = None if line is None else line.encode("ascii")
            replay.histories.before.append((index, _parse_key(kind, name), before))
        case ["kid", str(kid), str(indexes), str(times)]:
            replay.signed.restore(kid, _array(indexes), _array(times))
        case ["remark", str(text), int(closed)]:
            replay.remarked.restore(text.encode("ascii"), closed)
        case ["act", str(text)]:
            replay.acts.restore(text.encode("ascii"))
        case ["voided", str(event_id)]:
            replay.acts.voided.add(event_id)
        case _:
            raise SavedAuditError("a line is none that this version writes")


def _opened(audited: Audited, head: dict[str, Any]) -> Opened:
    findings = Findings()
    # Of the same key, or one that its own steps announce: checked as any checkpoint is.
    following = Following(audited.following.pinned, findings)
    following.steps.extend(audited.following.steps)
    opened = following.open(head["note"], Kind.SINCE)
    if opened is None or not following.check(opened, Kind.SINCE):
        raise SavedAuditError("its checkpoint is not one that this log's keys have signed")
    if (audited.tree.size, audited.tree.root()) != (opened.tree.size, opened.tree.root):
        raise SavedAuditError("its tree is not that of its checkpoint")
    return opened


def _key(key: Key) -> tuple[str, str]:
    return (key.kind.value, key.name) if isinstance(key, Fact) else ("", str(key))


def _parse_key(kind: str, name: str) -> Key:
    return Fact(FactKind(kind), name) if kind else ItemId.parse(name)


def _text(numbers: "array[int]") -> str:
    return base64.b64encode(numbers.tobytes()).decode("ascii")


def _array(text: str) -> "array[int]":
    found = array("Q")
    found.frombytes(base64.b64decode(text, validate=True))
    return found
