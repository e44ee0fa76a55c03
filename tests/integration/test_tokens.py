"""A token serves once, whichever server of a database it meets, and is forgotten long after its end."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from api import create_app
from api.auth import REMEMBERED_S
from api.service import Service
from ledger.store import Store
from tests.scenario import LAB, pack
from tests.site import NOW_MS, Site, bearer, problem

NOW_S = NOW_MS // 1000


def digest(name: str) -> bytes:
    return sha256(name.encode()).digest()


@pytest.fixture
def stores(database_url: str) -> Iterator[list[Store]]:
    """Open one database as three servers do."""
    opened = [Store(database_url) for _ in range(3)]
    yield opened
    for one in opened:
        one.close()


def spend(store: Store, name: str, expires_at_s: int = NOW_S + 300, now_s: int = NOW_S) -> bool:
    with store.beside() as beside:
        forget = now_s - REMEMBERED_S
        return beside.spend_token(digest(name), expires_at_s=expires_at_s, forget_before_s=forget)


def test_of_many_that_spend_one_token_at_once_one_does(stores: list[Store]) -> None:
    with ThreadPoolExecutor(6) as pool:
        spent = list(pool.map(lambda place: spend(stores[place % 3], "one"), range(12)))
    assert sorted(spent) == [False] * 11 + [True]
    assert spend(stores[0], "another")


def test_a_token_is_remembered_until_ten_minutes_after_its_end(stores: list[Store]) -> None:
    assert spend(stores[0], "one", expires_at_s=NOW_S)
    assert not spend(stores[1], "one", now_s=NOW_S + REMEMBERED_S)
    assert spend(stores[1], "one", now_s=NOW_S + REMEMBERED_S + 1)


def test_a_token_serves_one_server_of_a_database(database_url: str, tmp_path: Path) -> None:
    site = Site(tmp_path, database_url)
    site.found()
    site.submit([site.story.pack_manufactured(pack(1)), site.story.health_measured(pack(1))])
    path = f"/v1/events/{site.story.last.id}"
    served = site.service
    with closing(Store(database_url)) as other:
        beside = Service(served.config, other, served.sequencer, served.vkey, served.clock)
        client = create_app(site.config, opened=beside).test_client()
        token = {"Authorization": bearer(LAB, path)}
        assert "restricted" in client.get(path, headers=token).get_json()
        assert problem(site.client.get(path, headers=token))["rule"] == "token.replayed"
    site.close()
