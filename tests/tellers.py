"""A server in memory that tells findings, keys, codes and accounts of a log, all open to tampering."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from crypto.strictjson import Json
from ledger.audit import NotServedError, Replay, audit
from ledger.findings.shown import finding_json, finding_of
from ledger.rules import rule_set
from ledger.state import LOG, Alias, Log, RegisteredKey, state_to_json
from tests import audits
from tests.audits import BuiltLog, FakeSource, lives
from tests.consortium import COLLECTOR, MAKER, RECYCLER, pack
from tests.memory import opening
from tests.scenario_last import LastStory

FAR_MS: Final = 10**14
SIDES: Final = ("inputs", "outputs")
Row = dict[str, Json]


@dataclass
class Server:
    """Serves a log, and tells what it holds of findings, keys and accounts."""

    log: FakeSource
    size: int
    rows: list[Row] = field(default_factory=list)
    registered: list[Json] = field(default_factory=list)
    accounts: dict[str, Json] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
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
        return self.log.lookup(ids)

    def findings(self, after: str | None) -> Json:
        """Return a page of a few findings."""
        start = 0 if after is None else int(after.split(".")[0])
        stop = start + self.page
        rows: list[Json] = [*self.rows[start:stop]]
        following = f"{stop}.0" if stop < len(self.rows) else None
        return {"size": self.size, "findings": rows, "next": following}

    def keys(self) -> Json:
        """Return the keys."""
        return {"checkpoint": self.log.note, "keys": list(self.registered)}

    def account(self, event_id: str) -> Json:
        """Return an account."""
        if event_id not in self.accounts:
            raise NotServedError("no account")
        return self.accounts[event_id]


@cache
def told_log() -> BuiltLog:
    """Return a log with mass unaccounted for, offers not answered, and a pack at two gates at once."""
    story = LastStory()
    told = [*opening(story), *lives(story, 1, 10), story.key_added(MAKER, number=2)]
    told += [story.intake_recorded(pack(4), by=by) for by in (COLLECTOR, RECYCLER, COLLECTOR)]
    return audits.build(told)


def honest(log: BuiltLog | None = None) -> Server:
    """Return an honest server."""
    log = log or told_log()
    server = Server(log.source(), len(log.entries))
    audit(log.source(), log.trust, items=False, at_end=lambda replay: _fill(server, replay))
    server.rows = json.loads(json.dumps(server.rows))
    return server


def _fill(server: Server, replay: Replay) -> None:
    log = replay.states.get(LOG)
    assert isinstance(log, Log)
    found = [finding_of(kept, FAR_MS, rule_set(log.rules)) for kept in replay.remarked.kept()]
    server.rows = [finding_json(one) for one in found if one is not None]
    states = [replay.states.get(key) for key in replay.states]
    server.registered = [state_to_json(one) for one in states if isinstance(one, RegisteredKey)]
    server.aliases = {one.alias: str(one.item) for one in states if isinstance(one, Alias)}
    for _, event_id, account in replay.batches.standing():
        sides = {side: [{"id": k, "mass_g": v} for k, v in row_of(account[side]).items()] for side in SIDES}
        server.accounts[event_id] = json.loads(json.dumps({**account, **sides}))


def row_of(value: Json) -> Row:
    """Return a value that is an object."""
    assert isinstance(value, dict)
    return value
