"""What verifiers of dossiers read of an event is what the ledger reads of it, for every event type."""

from pathlib import Path

import pytest

from cli.demo.story import LEAST_PACKS
from crypto import jws
from crypto.encoding import b64url_decode, b64url_encode
from ledger.dossier.statement import MalformedStatementError, Statement, read
from ledger.entry import Entry
from ledger.events import REGISTRY, envelope
from ledger.events.envelope import Event
from tests.javascript import answers, asked
from tests.unit.test_demo_story import LOGGED_AT, Told
from tests.vectors import story

OF_EACH = 20


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Signed events of every type."""
    told = Told(Path(tmp_path_factory.mktemp("keys")), LEAST_PACKS)
    seen: dict[str, int] = {}
    kept = []
    for text, event in zip(told.texts, told.events, strict=True):
        seen[event.type] = seen.get(event.type, 0) + 1
        if seen[event.type] <= OF_EACH:
            kept.append(text.partition("~")[0])
    return kept


def _read(text: str) -> Statement:
    return read(Entry(LOGGED_AT.ms, text), 7)


def _essence(event: Event) -> dict[str, object]:
    return {
        "id": event.id,
        "iss": str(event.iss),
        "actor": str(event.actor),
        "type": event.type,
        "prev": {str(item): tip for item, tip in event.prev.items()},
        "touched": sorted(map(str, event.touched)),
        "sd": list(event.sd),
    }


def test_python_reads_what_the_ledger_reads(texts: list[str]) -> None:
    types = set()
    for text in texts:
        event, one = envelope.parse(jws.parse(text)), _read(text)
        types.add(one.event)
        assert _essence(event) == {
            "id": one.id,
            "iss": one.iss,
            "actor": one.actor,
            "type": one.event,
            "prev": dict(one.prev),
            "touched": sorted(one.touched),
            "sd": list(one.sd),
        }
    assert types == set(REGISTRY) - {"index.published"}


def test_javascript_reads_what_the_ledger_reads(texts: list[str]) -> None:
    found = answers([asked("statement", text.encode()) for text in texts])
    assert found == [_essence(envelope.parse(jws.parse(text))) for text in texts]


@pytest.mark.parametrize(
    "edit",
    [
        ('"v":1', '"v":2'),
        ('"v":1', '"v":true'),
        ('"iss":"org:', '"iss":"pack:'),
        ('"event":"', '"event":"x'),
        ('"prev":{', '"prev":{"nothing":null,'),
        ('"prev":{', '"prev":{"a:b":1,'),
        ('"data":{', '"dato":{'),
        ('"_sd_alg":"sha-256"', '"_sd_alg":"sha-512"'),
        ('"_sd":["', '"_sd":[1,"'),
        ('"_sd":["', '"_sd":["?","'),
        (',"_sd_alg":"sha-256"', ""),
    ],
    ids=lambda edit: str(edit[1])[:24],
)
def test_another_envelope_is_refused_by_both(edit: tuple[str, str]) -> None:
    header, payload, signature = story.tell_all()[6].jws.split(".")
    told = b64url_decode(payload).decode()
    assert edit[0] in told
    text = f"{header}.{b64url_encode(told.replace(*edit, 1).encode())}.{signature}"
    if edit[1] == '"event":"x':
        assert _read(text).row is None
        return
    with pytest.raises(MalformedStatementError):
        _read(text)
    assert "malformed" in answers([asked("statement", text.encode())])[0]
