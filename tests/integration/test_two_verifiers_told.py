"""Whatever the events of a dossier say of keys, lots, codes and indexes, both verifiers take it alike."""

import json
import random
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from crypto.encoding import b64url_encode
from crypto.strictjson import Json
from ledger.dossier import form
from ledger.dossier.verify import verify_dossier
from tests.integration.test_two_verifiers_spliced import Said, normal
from tests.javascript import answers, asked
from tests.vectors import dossiers, story
from tests.vectors.dossier_cases import TRUST
from tests.vectors.dossiers import DECLARED, KEYS, Log, jwk
from tests.vectors.story import CUSTOMER, MAKER, PACK, REGISTRAR

LOGS: Final = 60
ODD_EVENTS: Final = 3
SIGNERS: Final = (
    (REGISTRAR, "registrar admin"),
    (REGISTRAR, "registrar office"),
    (REGISTRAR, "registrar recovery"),
    (MAKER, "maker admin"),
    (MAKER, "maker office"),
    (CUSTOMER, "customer admin"),
    (CUSTOMER, "customer office"),
    (CUSTOMER, "stranger"),
    (MAKER, "customer office"),
)
MEMBERS: Final[dict[str, Sequence[str]]] = {
    "org.enrolled": ("admin", "recovery", "on_behalf_of"),
    "key.added": ("jwk", "purpose", "from", "until"),
    "key.revoked": ("kid", "compromised_since"),
    "event.confirmed": ("kid", "first", "last", "exceptions"),
    "log.moved": ("origin",),
    "coding.filed": ("vendor",),
    "item.declared": ("clone_of", "lots"),
    "batch.processed": ("lots", "source", "on_behalf_of"),
    "lot.divided": ("lots", "source"),
    "event.voided": ("event",),
    "index.published": ("size", "count", "root"),
    "item.teleported": ("jwk",),
    "custody.released": ("on_behalf_of", "_sd"),
}
ITEMS: Final = (PACK, DECLARED, MAKER, CUSTOMER, REGISTRAR)
WEAK: Final[Json] = {"crv": "Ed25519", "kty": "OKP", "x": b64url_encode(bytes([1, *bytes(31)]))}


@cache
def values() -> tuple[Json, ...]:
    """Return what members are filled with: right and wrong, and what languages tell apart differently."""
    kids = [KEYS[name].verifier.thumbprint() for name in KEYS]
    kids += [story.KEYS[name].verifier.thumbprint() for name in story.KEYS]
    stranger = jwk("stranger")
    assert isinstance(stranger, dict)
    plain: list[Json] = [None, True, False, 0, 1, -1, 8, 10, 99, 2**53 - 1, "", "0", "x", "admin", "office"]
    names: list[Json] = [
        "recovery",
        "line",
        "ZZY",
        "org:x",
        PACK,
        MAKER,
        CUSTOMER,
        "a.example/log",
        "A" * 43,
        *kids,
    ]
    moments: list[Json] = [
        f"2026-11-01T08:09:{rest}" for rest in ("30+08:00", "30-00:00", "60+08:00", "30+16:00")
    ]
    moments += ["2026-02-30T08:09:30+08:00", "1969-01-01T00:00:00+08:00", "2027-11-01T08:09:30-05:00"]
    lists: list[Json] = [[], [1], [True], [10], [[]], ["A" * 43], {}, {"lot": PACK}]
    lists += [[{"lot": PACK}], [{"lot": 5}, PACK, None]]
    keys: list[Json] = [stranger, {**stranger, "use": "sig"}, {**stranger, "x": 5}, {**stranger, "kty": "EC"}]
    return (*plain, *names, *moments, *lists, *keys, [stranger], WEAK)


def odd_log(rng: random.Random) -> Log:
    """Tell a few events that say anything at all behind ordinary ones, and publish an index."""
    log = dossiers.bought()
    for _ in range(ODD_EVENTS):
        event = rng.choice([*MEMBERS])
        data = {name: rng.choice(values()) for name in MEMBERS[event] if rng.random() < 0.9}
        by, key = rng.choice(SIGNERS)
        items = rng.sample(ITEMS, rng.randint(0, 2)) or [by]
        log.tell(by, key, event, items, **data)
    log.publish()
    return log


@cache
def told() -> list[tuple[str, Said, Said]]:
    """Return each dossier with what Python and JavaScript say of it."""
    rng = random.Random("odd events")  # noqa: S311  the same events at every run
    texts = [odd_log(rng).dossier([PACK, DECLARED]).format() for _ in range(LOGS)]
    said = answers([asked("dossier", text.encode(), trust=TRUST.format()) for text in texts])
    return [(text, python_says(text), normal(one)) for text, one in zip(texts, said, strict=True)]


def python_says(text: str) -> dict[str, Any]:
    """Return what Python says of a dossier."""
    return normal(json.loads(json.dumps(verify_dossier(form.parse(text), TRUST).to_json())))


def test_both_verifiers_take_odd_events_alike() -> None:
    assert [(python, javascript) for _, python, javascript in told() if python != javascript] == []


def test_odd_events_end_in_many_ways() -> None:
    reasons = {reason for _, found, _ in told() for _, reason in found["checks"].values()}
    assert {
        "malformed",
        "authority",
        "purpose",
        "key_unknown",
        "issuer",
        "event_unknown",
        "broken",
    } <= reasons
