"""A server in memory that tells of a log all that a server tells, open to tampering."""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final, TypeVar

from crypto import jws, strictjson
from crypto.strictjson import Json
from ledger.accounts import METALS
from ledger.audit import NotServedError, Replay, audit
from ledger.audit.answers import Answer
from ledger.audit.around import around
from ledger.audit.own import WHOLE, Own, recovery_name
from ledger.audit.stopped import OfStopList
from ledger.audit.trees import OfTree
from ledger.entry import Entry
from ledger.events import envelope
from ledger.findings.shown import finding_json, finding_of
from ledger.identifiers import ItemId
from ledger.lifecycle.recalls import recalls_of
from ledger.lifecycle.rights import custodian_of
from ledger.measures import ALLOWED, CHINA, By, Measure
from ledger.rules import rule_set
from ledger.state import (
    LOG,
    Alias,
    Item,
    Log,
    Organisation,
    RegisteredKey,
    recalls_fact,
    state_to_json,
)
from ledger.stoplist import sign_list, stop_list
from ledger.ties import Course
from tests import audits
from tests.audits import LOG as LOG_KEY
from tests.audits import BuiltLog, FakeSource, lives
from tests.consortium import COLLECTOR, MAKER, RECYCLER, pack
from tests.found import hit_of, is_sought, likeness_of
from tests.grown import Row, row_of, tree_json
from tests.memory import opening
from tests.scenario_last import LastStory

FAR_MS: Final = 10**14
SIDES: Final = ("inputs", "outputs")
K = TypeVar("K")
V = TypeVar("V")


@dataclass
class Server:
    """Serves a log, and tells what it holds; `tables` of statistics by measure and what they are told by."""

    log: FakeSource
    size: int
    rows: list[Row] = field(default_factory=list)
    registered: list[Json] = field(default_factory=list)
    firms: list[Json] = field(default_factory=list)
    accounts: dict[str, Json] = field(default_factory=dict)
    lots: dict[str, Json] = field(default_factory=dict)
    tables: dict[tuple[str, str], Row] = field(default_factory=dict)
    loads: dict[tuple[str, bool], list[Row]] = field(default_factory=dict)
    histories: dict[str, list[Json]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    beside: dict[str, Row] = field(default_factory=dict)
    listed: Row = field(default_factory=dict)
    trees: dict[str, Row] = field(default_factory=dict)
    hits: dict[str, Row] = field(default_factory=dict)
    page: int = 3

    def checkpoint(self) -> str:
        """Return the checkpoint."""
        return self.log.checkpoint()

    def tile(self, path: str) -> bytes:
        """Return a tile."""
        return self.log.tile(path)

    def lookup(self, ids: Sequence[str]) -> Json:
        """Return states, or what further codes lead to."""
        if self.aliases.keys() >= set(ids):
            return {"size": self.size, "items": [{"query": one, "id": self.aliases[one]} for one in ids]}
        told = row_of(self.log.lookup(ids))
        rows = told["items"]
        assert isinstance(rows, list)
        told["items"] = [{**row_of(one), **self.beside.get(str(row_of(one)["id"]), {})} for one in rows]
        return told

    def findings(self, after: str | None) -> Json:
        """Return a page of a few findings."""
        start = 0 if after is None else int(after.split(".")[0])
        stop = start + self.page
        rows: list[Json] = [*self.rows[start:stop]]
        following = f"{stop}.0" if stop < len(self.rows) else None
        return {"size": self.size, "findings": rows, "next": following}

    def keys(self) -> Json:
        """Return the keys."""
        return {"checkpoint": self.log.note, "keys": list(self.registered), "organisations": list(self.firms)}

    def account(self, event_id: str) -> Json:
        """Return an account."""
        return _held(self.accounts, event_id)

    def lot_account(self, lot: str) -> Json:
        """Return the account of a lot."""
        return _held(self.lots, lot)

    def statistics(self, measure: str, by: str, until: str) -> Json:
        """Return a table of statistics."""
        return {"size": self.size, "until": until, **_held(self.tables, (measure, by))}

    def offers(self, org: str, to: bool, after: str | None) -> Json:  # noqa: FBT001  as `Teller` has it
        """Return a page of one load."""
        loads, place = self.loads.get((org, to), []), int(after or 0)
        following = str(place + 1) if place + 1 < len(loads) else None
        some: list[Json] = [*loads[place : place + 1]]
        return {"size": self.size, "consignments": some, "next": following}

    def history(self, item: str, limit: int) -> Json:
        """Return the events about an item."""
        return {"size": self.size, "id": item, "events": _held(self.histories, item)[:limit], "next": None}

    def tree(self, item: str) -> Json:
        """Return the tree of an item."""
        return {"size": self.size, **_held(self.trees, item)}

    def search(self, sought: Mapping[str, str], after: str | None) -> Json:
        """Return a page of a few of the items that are sought."""
        found = [hit for hit in self.hits.values() if is_sought(hit, sought)]
        start, stop = int(after or 0), int(after or 0) + self.page
        told: list[Json] = [{**hit, "likeness": likeness_of(hit, sought)} for hit in found[start:stop]]
        return {"size": self.size, "items": told, "next": str(stop) if stop < len(found) else None}

    def stop_list(self) -> Json:
        """Return the list of what gates stop, signed by the log."""
        text = strictjson.dumps({"origin": LOG_KEY.name, "size": self.size, **self.listed})
        signed = stop_list(text, origin=LOG_KEY.name, size=self.size, time_s=0)
        return {"v": 2, "list": text, "note": sign_list(signed, LOG_KEY)}

    def index(self, of: str) -> str:
        """Refuse: it keeps no index."""
        raise NotServedError(f"no index says anything of {of}")


@cache
def told_log() -> BuiltLog:
    """Return a log with mass unaccounted for, offers not answered, and a pack at two gates at once."""
    story = LastStory()
    told = [*opening(story), *lives(story, 1, 10), story.key_added(MAKER, number=2)]
    told += [story.intake_recorded(pack(4), by=by) for by in (COLLECTOR, RECYCLER, COLLECTOR)]
    return audits.build(told)


def honest(log: BuiltLog | None = None) -> Server:
    """Return an honest server."""
    return deepcopy(_of_told_log()) if log is None else _honest(log)


@cache
def _of_told_log() -> Server:
    return _honest(told_log())


def _honest(log: BuiltLog) -> Server:
    server = Server(log.source(), len(log.entries))
    keys = dict[str, RegisteredKey]()
    audit(log.source(), log.trust, items=False, at_end=lambda replay: _fill(server, replay, keys))
    server.rows = json.loads(json.dumps(server.rows))
    for index, data in enumerate(log.entries):
        entry = Entry.decode(data)
        signed = jws.parse(entry.jws)
        event = envelope.parse(signed)
        amber = keys[event.kid].is_doubtful(index, entry.logged_at_ms)
        row: Row = {"id": event.id, "index": index, "jws": signed.text, "amber": amber}
        for item in event.prev:
            server.histories.setdefault(str(item), []).append(row)
    for name, told in server.histories.items():
        doubtful = any(row_of(one)["amber"] for one in told)
        server.beside[name]["amber"] = doubtful and not name.startswith("org:")
        if name in server.hits:
            server.hits[name]["amber"] = doubtful
    _mark_offers(server)
    return server


def _mark_offers(server: Server) -> None:
    for load in (one for loads in server.loads.values() for one in loads):
        assert isinstance(load["offers"], list)
        for told in load["offers"]:
            items = row_of(told)["items"]
            assert isinstance(items, list)
            row_of(told)["amber"] = [item for item in items if server.beside[str(item)]["amber"]]


def _fill(server: Server, replay: Replay, keys: dict[str, RegisteredKey]) -> None:
    log = replay.states.get(LOG)
    assert isinstance(log, Log)
    found = [finding_of(kept, FAR_MS, rule_set(log.rules)) for kept in replay.remarked.kept()]
    server.rows = [finding_json(one) for one in found if one is not None]
    states = [replay.states.get(key) for key in replay.states]
    keys |= {one.kid: one for one in states if isinstance(one, RegisteredKey)}
    server.registered = [state_to_json(one) for one in keys.values()]
    named = [one for one in states if isinstance(one, Item | Organisation)]
    server.beside = {str(one.id): _beside(replay, one) for one in named}
    server.hits = {str(one.id): hit_of(replay, one) for one in named if isinstance(one, Item)}
    server.firms = [state_to_json(one) for one in states if isinstance(one, Organisation)]
    server.aliases = {one.alias: str(one.item) for one in states if isinstance(one, Alias)}
    own = Own(replay, server.size)
    _fill_accounts(server, own)
    _fill_list(server, own)
    for item in (key for key in replay.states if isinstance(key, ItemId) and not key.is_org):
        server.trees[str(item)] = tree_json(OfTree(item).expected(own, Answer(server.size, {})))
    for measure, some in ALLOWED.items():
        for by in some:
            _fill_table(server, own, measure, by)
    for org in (key for key in replay.states if isinstance(key, ItemId) and key.is_org):
        for to in (True, False):
            _fill_loads(server, own, org, to=to)
    own.close()


def _beside(replay: Replay, state: Item | Organisation) -> Row:
    if isinstance(state, Organisation):
        return {"tip": state.tip, "custodian": None, "recalls": []}
    states = around(replay.states, state, [recalls_fact(state.maker)])
    recalls: list[Json] = [one.event for one in recalls_of(states, state)]
    return {"tip": state.tip, "custodian": str(custodian_of(states, state)), "recalls": recalls}


def _fill_accounts(server: Server, own: Own) -> None:
    for tied in own.replay.acts.of(Course.PROCESSED):
        [account] = own.step(tied).values()
        server.accounts[tied.event] = {"size": server.size, **_batch(row_of(account))}
    for lot in (key for key in own.replay.states if isinstance(key, ItemId) and key.is_lot):
        [told] = own.lot(lot).values()
        account, made = row_of(told), row_of(told)["made_by"]
        sources = row_of(account["sources"])
        server.lots[str(lot)] = {
            "size": server.size,
            **account,
            "sources": [{"source": name, "share_g": mass_g} for name, mass_g in sources.items()],
            "made_by": None if made is None else _batch(row_of(made)),
        }


def _batch(account: Row) -> Row:
    sides: Row = {
        side: [{"id": name, "mass_g": mass_g} for name, mass_g in row_of(account[side]).items()]
        for side in SIDES
    }
    return _told(account) | sides


def _fill_list(server: Server, own: Own) -> None:
    figures = OfStopList(lambda: [LOG_KEY.verifier_key]).expected(own, Answer(server.size, {}))

    def named(name: str, member: str) -> Row:
        found = (
            (one.removeprefix(name), row_of(told)) for one, told in figures.items() if one.startswith(name)
        )
        return {item: told[member] for item, told in found}

    server.listed = {
        "keys": row_of(figures["keys"])["sha256"],
        "complete": True,
        "flagged": named("flags ", "flags"),
        "void_labels": named("void labels ", "until"),
        "recalls": [told for name, told in figures.items() if name.startswith("recalls ")],
        "ended": "".join(sorted(named("ended ", "ended"))),
    }


def _told(figure: Row) -> Row:
    """Return a figure as a server tells it: recoveries in a list."""
    plain = {name: value for name, value in figure.items() if not name.startswith(recovery_name(""))}
    recoveries: list[Json] = []
    for element in METALS:
        if recovery_name(element) in figure:
            found = row_of(figure[recovery_name(element)])
            gaps = row_of(found["cannot_be_assessed"]).items()
            told: list[Json] = [{"gap": gap, "due_to": names, "word": gap} for gap, names in gaps]
            recoveries.append({"element": element.value, **found, "cannot_be_assessed": told})
    return {**plain, "recovery": recoveries} if recoveries else plain


def _fill_table(server: Server, own: Own, measure: Measure, by: By) -> None:
    day = datetime.fromtimestamp(own.replay.latest_ms // 1000, tz=CHINA).date()
    told = own.statistics(measure, by, day)
    figures: list[Json] = [
        {"key": key, "label": key, **_told(row_of(one))} for key, one in told.items() if key != WHOLE
    ]
    server.tables[measure.value, by.value] = {"figures": figures, **row_of(told[WHOLE])}


def _fill_loads(server: Server, own: Own, org: ItemId, *, to: bool) -> None:
    for item, told in own.offers(org, to=to).items():
        offer = row_of(told)
        parties: Row = {side: {"id": offer[side], "organisation": None} for side in ("by", "to")}
        rest = {name: offer[name] for name in ("event", "rights", "offered_at")}
        one: Row = {**rest, **parties, "items": [item], "age_s": 1}
        load: Row = {"consignment": offer["consignment"], "offers": [one], "continued": False}
        server.loads.setdefault((str(org), to), []).append(load)


def _held(kept: Mapping[K, V], key: K) -> V:
    if key not in kept:
        raise NotServedError(f"nothing is told of {key}")
    return kept[key]
