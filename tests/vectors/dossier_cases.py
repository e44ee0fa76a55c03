"""The cases of dossier.json: what somebody hands over, and what it is an example of."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from crypto.encoding import b64url_encode
from crypto.note import NoteSigner
from crypto.strictjson import Json
from ledger.dossier.form import Dossier
from ledger.index import history_line
from ledger.trust import Trust
from tests.vectors import dossiers as made
from tests.vectors import story
from tests.vectors.dossiers import DAY_S, DECLARED, KEYS, NOW_S, SIGNER, Log, edited
from tests.vectors.story import CUSTOMER, MAKER, ORIGIN, PACK, PLACE, REGISTRAR
from tests.vectors.story import KEYS as KEYS_OF_ALL

TRUST: Final = Trust(SIGNER.verifier_key, story.tell_all()[0].id)
OTHER_KEY: Final = Trust(NoteSigner(ORIGIN, KEYS["stranger"]).verifier_key, TRUST.root)
OTHER_ROOT: Final = Trust(SIGNER.verifier_key, story.tell_all()[1].id)


@dataclass(frozen=True, slots=True)
class Case:
    """A dossier, what of it is an example, and with what it is verified."""

    name: str
    about: str
    text: str
    trust: Trust | None = TRUST
    policy: bool = True
    now_s: int | None = NOW_S
    own_policy: bool = False


def cases() -> Iterator[Case]:
    """Yield every case."""
    yield from _good()
    yield from _cut()
    yield from _behind()
    yield from _rotated()
    yield from _forged()
    yield from _keys()
    yield from _chains()
    yield from _odd()


def _good() -> Iterator[Case]:
    text = made.stolen().dossier().format()
    yield Case("whole", "everything is there and everything holds", text)
    yield Case("no policy", "the same for a reader who trusts no witness", text, policy=False)
    yield Case("nothing pinned", "the same for a reader who pins nothing", text, trust=None, policy=False)
    yield Case("policy alone", "the policy names the log; entry 0 is not pinned", text, trust=None)
    yield Case("old", "read a month later", text, now_s=NOW_S + 30 * DAY_S)
    yield Case("ahead", "dated an hour ahead of the reader", text, now_s=made.WITNESSED_S - 3600)
    withheld = edited(made.stolen().dossier(), lambda told: told["entries"][6].update(disclosures=[]))
    yield Case("withheld", "two restricted claims are not shown", withheld)
    yield Case(
        "one witness", "one of two witnesses", made.stolen().dossier(cosigners=made.WITNESSES[:1]).format()
    )
    declared = made.declared({"vendor": "ZZY", "specs": []})
    yield Case(
        "declared", "a pack declared under a code that is filed", declared.dossier([DECLARED]).format()
    )
    yield Case("unfiled", "nobody filed the code", made.declared(None).dossier([DECLARED]).format())


def _cut() -> Iterator[Case]:
    log = made.stolen()
    yield Case("cut", "the theft is left out", log.dossier(without=[12]).format())
    yield Case(
        "cut to the index before",
        "the theft is left out under an earlier index: complete up to that, and no further",
        log.dossier(without=[12, 13], published=11).format(),
    )
    bare = edited(log.dossier(), lambda told: told.update(published=None))
    yield Case("no index", "the index is left out", bare)
    short = edited(log.dossier(), lambda told: told["published"]["lines"].pop())
    yield Case("no line", "one line of the index is left out", short)
    keys = made.robbed()
    yield Case("revocation left out", "the history of a firm is cut", keys.dossier(without=[11]).format())
    late = made.bought()
    late.publish()
    fitted = late.tell(CUSTOMER, "customer office", "item.declared", (DECLARED,), place=PLACE, kind="pack")
    assert fitted.key == "customer office"
    yield Case(
        "after the index", "made after the last index", late.dossier([DECLARED], published=11).format()
    )
    yield Case(
        "no events", "an item of which no event is shown", log.dossier(["gbt34014:NONE", PACK]).format()
    )


def _behind() -> Iterator[Case]:
    """Yield what is read a month after the theft, under an index of that day, of the tree before it."""
    log, now_s, at_s = made.behind(), NOW_S + made.MONTH_S, made.WITNESSED_S + made.MONTH_S
    shown, lone = (log.dossier(for_its_time=True, without=some, at_s=at_s) for some in ([], [11]))
    hidden = log.dossier(without=[11], at_s=at_s)
    whole = log.dossier(at_s=at_s)
    texts = {
        "behind": ("the theft is after the index, which is of the tree of last month", whole.format()),
        "behind, for its time": ("entry 11 says until when the index covers, and no more", shown.format()),
        "behind, undated": ("nothing says until when the index covers", hidden.format()),
        "behind, promised": ("entry 11 is to say it, and is not there", lone.format()),
    }
    edits: dict[str, tuple[str, made.Edit]] = {
        "another entry": ("entry 10 in the place of entry 11", _as_11(whole, 10)),
        "of another tree": ("entry 11 of another log", _as_11(made.stolen().dossier(), 11)),
        "dated otherwise": ("entry 11 with the time of the index", _dated_as_12),
        "with a claim": ("entry 11 comes with a disclosure", _with_a_claim),
        "before the index": (
            "an entry that the index covers",
            lambda told: told["published"].update(after=10),
        ),
        "the index": ("the index itself", lambda told: told["published"].update(after=12)),
    }
    texts |= {f"behind, {name}": (about, edited(shown, edit)) for name, (about, edit) in edits.items()}
    for name, (about, text) in texts.items():
        yield Case(name, about, text, now_s=now_s)


def _as_11(dossier: Dossier, index: int) -> made.Edit:
    other = json.loads(dossier.format())["entries"][index]
    return lambda told: told["entries"][11].update(entry=other["entry"], proof=other["proof"])


def _dated_as_12(told: dict[str, Any]) -> None:
    (_, jws), (late, _) = (one["entry"].split(" ") for one in told["entries"][11:13])
    told["entries"][11]["entry"] = f"{late} {jws}"


def _with_a_claim(told: dict[str, Any]) -> None:
    told["entries"][11]["disclosures"] = told["entries"][7]["disclosures"][:1]


def _rotated() -> Iterator[Case]:
    """Yield what a reader sees whose trust file has the log key of before, mostly by a policy of his own."""
    text = made.rotated().dossier().format()
    yield Case("new log key", "announced, and a quorum vouches for the tree", text, own_policy=True)
    yield Case("new log key, operator's policy", "the same by witnesses that the operator names", text)
    yield Case(
        "new log key, other root", "the same, of a log founded anew", text, OTHER_ROOT, own_policy=True
    )
    alone = made.rotated().dossier(cosigners=made.WITNESSES[:1])
    others = made.rotated(MAKER, "maker office").dossier()
    thief = made.bought()
    thief.publish()
    thief.signer = made.NEXT
    doubted = made.rotated()
    kid = KEYS_OF_ALL["registrar office"].verifier.thumbprint()
    since: dict[str, Json] = {"kid": kid, "compromised_since": "2026-11-01T08:00:00+08:00"}
    doubted.tell(REGISTRAR, "registrar admin", "key.revoked", (REGISTRAR,), **since)
    forged = edited(made.rotated().dossier(), lambda told: told["entries"][11].update(proof=[]))
    for name, about, dossier in (
        ("one witness", "no quorum has cosigned", alone.format()),
        ("not announced", "no entry announces the key", thief.dossier().format()),
        ("announced by another", "a firm announces it", others.format()),
        ("announced by a thief", "the registrar's key was compromised", doubted.dossier().format()),
        ("announced elsewhere", "the entry does not stand in this tree", forged),
        ("no key", "what is announced is no key", made.rotated(vkey=5).dossier().format()),
        ("moved", "the log moved to another origin", made.moved().dossier().format()),
    ):
        yield Case(f"new log key, {name}", about, dossier, own_policy=True)


def _forged() -> Iterator[Case]:
    log = made.stolen()
    whole = log.dossier()
    yield Case(
        "other log key", "the checkpoint is signed by another key than the pinned", whole.format(), OTHER_KEY
    )
    yield Case("other root", "entry 0 is not the pinned event", whole.format(), OTHER_ROOT)
    yield Case("no root", "entry 0 is left out", log.dossier(without=[0]).format())

    def swap(told: dict[str, Any]) -> None:
        entries = told["entries"]
        entries[10]["entry"], entries[7]["entry"] = entries[7]["entry"], entries[10]["entry"]

    yield Case("swapped", "two entries in each other's place", edited(whole, swap))

    def dated(told: dict[str, Any]) -> None:
        told["entries"][12]["entry"] = "1" + told["entries"][12]["entry"]

    yield Case("dated otherwise", "the time of an entry is another", edited(whole, dated))

    def moved(told: dict[str, Any]) -> None:
        told["published"]["lines"][0]["position"] += 1

    yield Case("wrong position", "a line of the index at another place", edited(whole, moved))

    def false_line(told: dict[str, Any]) -> None:
        told["published"]["lines"][0]["line"] = f"{PACK} 3 10 {log.chain.told[10].id}"

    yield Case("false line", "a line that the index does not have", edited(whole, false_line))

    def other_index(told: dict[str, Any]) -> None:
        told["published"]["index"] = 12

    yield Case("no index event", "published by an entry that is no index", edited(whole, other_index))

    def changed(told: dict[str, Any]) -> None:
        found = told["entries"][7]["disclosures"]
        found[0] = story.tell_all()[6].disclosures[1].text

    yield Case("changed disclosure", "a disclosure of another event", edited(whole, changed))
    falling = made.bought()
    falling.late_ms[9] = 10 * made.MINUTE_MS
    falling.publish()
    yield Case("time falls", "an entry is older than the one before it", falling.dossier().format())
    two = made.bought()
    extra = [history_line(PACK, 2, 7, two.chain.told[7].id)]
    two.publish(extra)
    yield Case(
        "two lines", "the registrar tells two histories of one item", two.dossier(extra=extra).format()
    )


def _keys() -> Iterator[Case]:
    yield Case("robbed", "a thief may have signed entry 10", made.robbed().dossier().format())
    yield Case("confirmed", "the firm stands by entry 10", made.confirmed().dossier().format())
    yield Case(
        "key added later", "signed with a key that comes afterwards", made.before_its_key().dossier().format()
    )
    used = made.robbed()
    used.tell(CUSTOMER, "customer office", "custody.released", (PACK,), place=PLACE)
    used.publish()
    yield Case("revoked key", "signed with a revoked key", used.dossier().format())
    admin = made.once(CUSTOMER, "customer admin", "custody.released", place=PLACE)
    yield Case("wrong purpose", "an admin key signs what an office states", admin.dossier().format())
    others = made.once(CUSTOMER, "maker office", "custody.released", place=PLACE)
    yield Case("another's key", "signed with another firm's key", others.dossier().format())
    yield Case("other log", "signed for another log", made.other_log().dossier().format())
    jwk = made.jwk("stranger")
    planted = made.once(MAKER, "maker admin", "key.added", (CUSTOMER,), jwk=jwk, purpose="admin")
    yield Case("planted key", "a firm adds a key for another", planted.dossier().format())
    yield Case("not signed", "an event under another key's thumbprint", _unsigned().dossier().format())

    yield Case("mirrored", "the other ECDSA signature of the same statement", _mirrored().dossier().format())
    weak = {"crv": "Ed25519", "kty": "OKP", "x": b64url_encode(bytes([1, *bytes(31)]))}
    identity = made.once(MAKER, "maker admin", "key.added", (MAKER,), jwk={**weak}, purpose="office")
    yield Case("weak key", "a key under which anybody signs anything", identity.dossier().format())

    for name, about, window in (
        ("expired key", "signed after the key's last moment", {"until": "2026-11-01T08:11:00+08:00"}),
        ("early key", "signed before the key's first moment", {"from": "2027-11-01T08:11:00+08:00"}),
        ("no instant", "a key from a moment that is none", {"from": "2026-02-30T08:11:00+08:00"}),
        ("no offset", "a key from a moment without its offset", {"from": "2026-11-01T08:11:00Z"}),
    ):
        yield Case(name, about, _windowed(window).dossier().format())
    kid = KEYS["customer office"].verifier.thumbprint()
    unclear = made.once(
        CUSTOMER, "customer office", "event.confirmed", (CUSTOMER,), kid=kid, first="0", last=9, count=1
    )
    yield Case("no range", "a confirmation of no range", unclear.dossier().format())
    strange = made.once(CUSTOMER, "customer office", "event.confirmed", (CUSTOMER,), kid="?", first=0, last=9)
    yield Case("no key", "a confirmation of a key that nobody has", strange.dossier().format())
    nameless = made.once(MAKER, "maker admin", "key.added", (MAKER,), jwk=jwk, purpose=1)
    yield Case("no purpose", "a key without a purpose", nameless.dossier().format())


def _windowed(window: Mapping[str, Json]) -> Log:
    log = made.bought()
    claims = {"jwk": made.jwk("stranger"), "purpose": "office", **window}
    log.tell(CUSTOMER, "customer admin", "key.added", (CUSTOMER,), **claims)
    log.tell(CUSTOMER, "stranger", "custody.released", (PACK,), place=PLACE)
    log.publish()
    return log


def _mirrored() -> Log:
    log = made.bought()
    log.chain.told[7] = made.mirrored(log.chain.told[7])
    log.publish()
    return log


def _unsigned() -> Log:
    log = made.bought()
    told = log.chain.told[10]
    log.chain.told[10] = made.resigned(told)
    log.publish()
    return log


def _chains() -> Iterator[Case]:
    old = story.tell_all()[6].id
    yield Case("broken", "an act on another than the last event", made.misled(PACK, old).dossier().format())
    stranger = story.tell_all()[1].id
    stolen = made.misled(PACK, stranger, "item.stolen")
    yield Case("foreign mention", "names an event that is not in the history", stolen.dossier().format())
    unknown = made.once(CUSTOMER, "customer office", "item.teleported", place=PLACE)
    yield Case("unknown type", "an event type that came later", unknown.dossier().format())
    voided = made.bought()
    accepted = voided.chain.told[10].id
    voided.tell(CUSTOMER, "customer office", "event.voided", (PACK,), event=accepted, ground="error")
    voided.publish()
    yield Case("voided", "an act that was taken back", voided.dossier().format())


def _odd() -> Iterator[Case]:
    """Yield what is JSON and no honest statement: two readers may take it for different things."""
    truth = made.bought()
    root = b64url_encode(truth.index(1).root())
    truth.tell(REGISTRAR, "registrar office", "index.published", (), size=True, count=True, root=root)
    yield Case("true is no number", "an index of size true", truth.dossier().format())

    kid = KEYS_OF_ALL["registrar admin"].verifier.thumbprint()
    excepted = made.bought()
    lost: dict[str, Json] = {"kid": kid, "compromised_since": "2026-11-01T08:00:00+08:00"}
    excepted.tell(REGISTRAR, "registrar recovery", "key.revoked", (REGISTRAR,), **lost)
    stood: dict[str, Json] = {"kid": kid, "first": 0, "last": 99, "exceptions": [True], "count": 2}
    excepted.tell(REGISTRAR, "registrar office", "event.confirmed", (REGISTRAR,), **stood)
    excepted.publish()
    yield Case("true is no index", "a confirmation but for the entry true", excepted.dossier().format())

    moved = made.once(REGISTRAR, "registrar office", "log.moved", (REGISTRAR,), origin=5, vkey="")
    yield Case("origin no text", "the log moves to a number", moved.dossier().format())

    item = "gbt34014:123PB01TEST000GB10000009"
    numbered = made.bought()
    numbered.tell(MAKER, "maker office", "coding.filed", (MAKER,), vendor=123, specs=[])
    numbered.tell(CUSTOMER, "customer office", "item.declared", (item,), place=PLACE, kind="pack")
    numbered.publish()
    yield Case("vendor no text", "a code filed as a number", numbered.dossier([item]).format())

    nothing = made.bought()
    told = nothing.tell(CUSTOMER, "customer office", "custody.released", (PACK,), place=PLACE)
    nothing.chain.told[-1] = made.reworded(told, KEYS["customer office"], _sd_alg=None)
    nothing.publish()
    yield Case("null is no algorithm", "an event whose _sd_alg is null", nothing.dossier().format())

    foreign = made.bought()
    extra = [f"https://x.example/\N{FULLWIDTH TILDE} = {PACK}".encode()]
    foreign.publish(extra)
    about = [extra[0].decode().partition(" ")[0]]
    yield Case("foreign line", "a line that is not ASCII", foreign.dossier(extra=extra, about=about).format())
