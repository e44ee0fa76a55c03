"""Whatever one thing is changed in a served ledger, the audit names it, and blames nothing else for it.

Each seed is one random change. Where only one check could catch a change, the attacker has hashed the tree
anew and signed the checkpoint with the log's own key.
"""

import json
import random
from collections.abc import Sequence
from typing import Final

import pytest

from cli.reporting import finding_line, report_lines
from crypto import jws as jose
from crypto.encoding import b64url_decode, b64url_encode
from crypto.strictjson import Json
from ledger.audit import Check, Finding, Kind, Report
from ledger.entry import Entry
from ledger.tiles import TILE_WIDTH, decode_bundle, encode_bundle, entries_path
from ledger.verdict import Verdict
from ledger.wording import Language
from tests import audits
from tests.audits import BuiltLog, FakeSource

SMALL_RUNS: Final = range(92)
LARGE_RUNS: Final = range(8)


def _logs() -> list[tuple[str, int]]:
    return [("small", seed) for seed in SMALL_RUNS] + [("large", seed) for seed in LARGE_RUNS]


each_change = pytest.mark.parametrize(("name", "seed"), _logs())


def _start(change: str, name: str, seed: int) -> tuple[BuiltLog, random.Random]:
    log = audits.small() if name == "small" else audits.large()
    return log, random.Random(f"{change} {name} {seed}")  # noqa: S311  the same changes at every run


def _audit(source: FakeSource, log: BuiltLog) -> Report:
    report = audits.run(source, log.trust)
    assert not report.ok
    for lang in Language:
        assert list(report_lines(report, lang))
        assert all(finding_line(finding, lang) for finding in report.findings)
    json.dumps(report.to_json())
    return report


def _primary(report: Report) -> list[Finding]:
    """Return the findings that are no consequence of another."""
    return [finding for finding in report.findings if finding.follows is None]


def _flip(data: bytes, place: int, rng: random.Random) -> bytes:
    return data[:place] + bytes([data[place] ^ rng.randint(1, 255)]) + data[place + 1 :]


def _bundle(source: FakeSource, index: int, size: int) -> tuple[str, list[bytes]]:
    n = index // TILE_WIDTH
    width = min(TILE_WIDTH, size - n * TILE_WIDTH)
    path = entries_path(n, width)
    return path, decode_bundle(source.tiles[path], width)


@each_change
def test_a_changed_byte_of_an_entry_is_named_by_its_index(name: str, seed: int) -> None:
    log, rng = _start("entry", name, seed)
    source, index = log.source(), rng.randrange(len(log.entries))
    path, entries = _bundle(source, index, len(log.entries))
    entry = entries[index % TILE_WIDTH]
    entries[index % TILE_WIDTH] = _flip(entry, rng.randrange(len(entry)), rng)
    source.tiles[path] = encode_bundle(entries)
    report = _audit(source, log)
    assert Finding(kind=Kind.ENTRY, reason="differs", index=index) in report.findings
    assert {finding.index for finding in _primary(report)} == {index}
    assert report.checks[Check.TREE] is Verdict.FAILED


@each_change
def test_a_changed_byte_of_a_tile_is_named_by_its_path(name: str, seed: int) -> None:
    log, rng = _start("tile", name, seed)
    source = log.source()
    path = rng.choice([one for one in source.tiles if "entries" not in one])
    source.tiles[path] = _flip(source.tiles[path], rng.randrange(len(source.tiles[path])), rng)
    report = _audit(source, log)
    assert [(one.kind, one.path) for one in report.findings] == [(Kind.TILE, path)]


@each_change
def test_a_changed_length_in_a_bundle_is_named_by_its_path(name: str, seed: int) -> None:
    log, rng = _start("bundle", name, seed)
    source, index = log.source(), rng.randrange(len(log.entries))
    path, entries = _bundle(source, index, len(log.entries))
    place = sum(2 + len(entry) for entry in entries[: index % TILE_WIDTH])
    source.tiles[path] = _flip(source.tiles[path], place + rng.randrange(2), rng)
    report = _audit(source, log)
    assert [(one.kind, one.path) for one in _primary(report) if one.kind is not Kind.ROOT] == [
        (Kind.BUNDLE, path)
    ]


@each_change
def test_a_changed_character_of_the_checkpoint_is_named(name: str, seed: int) -> None:
    log, rng = _start("checkpoint", name, seed)
    source = log.source()
    place = rng.randrange(len(source.note))
    other = rng.choice([one for one in "AZaz09+/=\n -" if one != source.note[place]])
    source.note = source.note[:place] + other + source.note[place + 1 :]
    report = _audit(source, log)
    assert [one.kind for one in report.findings] == [Kind.CHECKPOINT]
    assert Verdict.OK not in report.checks.values()


@each_change
def test_a_changed_member_of_a_state_is_named_by_item_and_member(name: str, seed: int) -> None:
    log, rng = _start("state", name, seed)
    source = log.source()
    item = rng.choice(sorted(source.states))
    state = source.states[item]
    assert isinstance(state, dict)
    member = rng.choice(sorted(state))
    state[member] = _other(state[member], rng)
    report = _audit(source, log)
    (finding,) = report.findings
    assert (finding.kind, finding.reason, finding.item) == (Kind.ITEM, "differs", item)
    assert list(finding.to_json()["facts"]["members"]) == [member]  # type: ignore[arg-type,call-overload,index]  # JSON


def _other(value: Json, rng: random.Random) -> Json:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + rng.choice([-1, 1])
    if isinstance(value, str):
        place = rng.randrange(len(value)) if value else 0
        return value[:place] + "#" + value[place + 1 :]
    if isinstance(value, list):
        return [*value, "extra"]
    return None


@each_change
def test_a_state_that_is_withheld_or_invented_is_named(name: str, seed: int) -> None:
    log, rng = _start("withheld", name, seed)
    source = log.source()
    item = rng.choice(sorted(source.states))
    if rng.random() < 0.5:
        del source.states[item]
        expected = "missing"
    else:
        source.broken = {item}
        expected = "not_served"
    report = _audit(source, log)
    assert [(one.kind, one.reason, one.item) for one in report.findings] == [(Kind.ITEM, expected, item)]


@each_change
def test_a_changed_signature_is_named_though_all_else_fits(name: str, seed: int) -> None:
    log, rng = _start("signature", name, seed)
    index = rng.randrange(len(log.entries))
    entry = Entry.decode(log.entries[index])
    signed, _, signature = entry.jws.rpartition(".")
    forged = _flip(b64url_decode(signature), rng.randrange(64), rng)
    _assert_only_signature(log, index, Entry(entry.logged_at_ms, f"{signed}.{b64url_encode(forged)}"))


@each_change
def test_a_rewritten_event_is_named_though_all_else_fits(name: str, seed: int) -> None:
    log, rng = _start("rewritten", name, seed)
    index = rng.randrange(1, len(log.entries))
    entry = Entry.decode(log.entries[index])
    members = json.loads(jose.parse(entry.jws).payload)
    if "place" in members["data"] and rng.random() < 0.7:
        members["data"]["place"]["district"] = f"{rng.randrange(110000, 660000)}"
    else:
        members["iat"] -= rng.randrange(1, 1_000)
    payload = b64url_encode(json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode())
    head, _, signature = entry.jws.split(".")
    _assert_only_signature(log, index, Entry(entry.logged_at_ms, f"{head}.{payload}.{signature}"))


def _assert_only_signature(log: BuiltLog, index: int, forged: Entry) -> None:
    entries = _replaced(log.entries, index, forged.encode())
    report = _audit(audits.serve(entries, log.states), log)
    assert report.checks[Check.TREE] is Verdict.OK
    assert [(one.kind, one.index, one.event) for one in _primary(report)] == [
        (Kind.SIGNATURE, index, forged.event_id)
    ]


def _replaced(entries: Sequence[bytes], index: int, data: bytes) -> list[bytes]:
    return [*entries[:index], data, *entries[index + 1 :]]


@each_change
def test_an_event_logged_twice_is_named(name: str, seed: int) -> None:
    log, rng = _start("twice", name, seed)
    first, second = sorted(rng.sample(range(len(log.entries) + 1), 2))
    again = Entry(_time(log, second - 1), Entry.decode(log.entries[first]).jws).encode()
    entries = [*log.entries[:second], again, *log.entries[second:]]
    report = _audit(audits.serve(entries, log.states), log)
    # Every index behind the added entry is one higher than when the states were made.
    mine = [one for one in _primary(report) if one.kind is not Kind.ITEM]
    assert [(one.kind, one.index) for one in mine] == [(Kind.DUPLICATE, second)]


@each_change
def test_entries_in_another_order_are_named(name: str, seed: int) -> None:
    log, rng = _start("order", name, seed)
    place = rng.randrange(1, len(log.entries) - 1)
    one, two = log.entries[place], log.entries[place + 1]
    entries = [*log.entries[:place], two, one, *log.entries[place + 2 :]]
    report = _audit(audits.serve(entries, log.states), log)
    found = {(finding.kind, finding.index) for finding in report.findings}
    assert (Kind.ENTRY, place + 1) in found


def _time(log: BuiltLog, index: int) -> int:
    return Entry.decode(log.entries[index]).logged_at_ms
