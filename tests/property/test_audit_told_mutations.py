"""Whatever one member of what a server tells is changed, the audit names what it is a member of."""

import json
import random
from typing import Final

import pytest

from crypto.strictjson import Json
from ledger.audit import Kind, audit
from tests.grown import row_of
from tests.tellers import Server, honest, told_log

RUNS: Final = range(60)
UNSEEN: Final = frozenset({"overdue"})
"""Members of a finding that follow the server's clock."""


def _other(value: Json, rng: random.Random) -> Json:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + rng.choice([-1, 1, 1000])
    if isinstance(value, str):
        return value + rng.choice("0Aé")
    if isinstance(value, dict):
        return {**value, "other": 1}
    return [*value, "other"] if isinstance(value, list) else "other"


def _changed_figure(server: Server, rng: random.Random) -> str:
    """Change one member of one figure; return by what the table is told apart."""
    measure, by = rng.choice(sorted(place for place, table in server.tables.items() if table["figures"]))
    table = json.loads(json.dumps(server.tables[measure, by]))
    figure = rng.choice(table["figures"])
    member = rng.choice(sorted(figure.keys() - {"label"}))
    figure[member] = _other(figure[member], rng)
    server.tables[measure, by] = table
    return by


def _of_finding(server: Server, rng: random.Random) -> tuple[Kind, str]:
    row = rng.choice(server.rows)
    member = rng.choice(sorted(row.keys() - UNSEEN - {"id", "index", "replayable"}))
    row[member] = _other(row[member], rng)
    return Kind.FINDING, str(row["id"])


def _of_key(server: Server, rng: random.Random) -> tuple[Kind, str]:
    place = rng.randrange(len(server.registered))
    key = row_of(json.loads(json.dumps(server.registered[place])))
    kid, member = str(key["kid"]), rng.choice(sorted(key.keys() - {"kid"}))
    server.registered[place] = {**key, member: _other(key[member], rng)}
    return Kind.ITEM, kid


def _of_offer(server: Server, rng: random.Random) -> tuple[Kind, str]:
    org, to = rng.choice(sorted(server.loads))
    load = row_of(json.loads(json.dumps(rng.choice(server.loads[org, to]))))
    server.loads[org, to] = [{**load, "consignment": _other(load["consignment"], rng)}]
    return Kind.OFFER, org


def _of_account(server: Server, rng: random.Random) -> tuple[Kind, str]:
    accounts = rng.choice([server.lots, server.accounts])
    name = rng.choice(sorted(accounts))
    account = row_of(accounts[name])
    member = rng.choice(sorted(account.keys() - {"size", "drawn_g", "lost_g", "made_by"}))
    accounts[name] = {**account, member: _other(account[member], rng)}
    return Kind.ACCOUNT, name


def _of_stop_list(server: Server, rng: random.Random) -> tuple[Kind, str]:
    member = rng.choice(["keys", "complete"])
    server.listed[member] = _other(server.listed[member], rng)
    return Kind.GATE, member


def _beside_a_state(server: Server, rng: random.Random) -> tuple[Kind, str]:
    name = rng.choice(sorted(server.beside))
    member = rng.choice(sorted(server.beside[name]))
    server.beside[name][member] = _other(server.beside[name][member], rng)
    return (Kind.AMBER if member == "amber" else Kind.ITEM), name


def _of_figure(server: Server, rng: random.Random) -> tuple[Kind, str]:
    return Kind.STATISTICS, _changed_figure(server, rng)


CHANGES: Final = (
    _of_finding,
    _of_key,
    _of_account,
    _of_figure,
    _of_offer,
    _of_stop_list,
    _beside_a_state,
)
"""Each changes one member, and returns what the audit has to name: the kind and the subject."""


@pytest.mark.parametrize("seed", RUNS)
def test_a_changed_member_of_what_is_told_is_named(seed: int) -> None:
    server, rng = honest(), random.Random(f"told {seed}")  # noqa: S311  the same changes at every run
    kind, subject = rng.choice(CHANGES)(server, rng)
    report = audit(server, told_log().trust)
    (found,) = report.findings
    assert found.kind is kind
    assert subject in {
        found.item,
        found.event,
        *(str(found.facts.get(name)) for name in ("id", "by", "figure")),
    }
    assert not report.ok
