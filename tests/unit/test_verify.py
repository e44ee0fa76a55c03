"""What a receipt shows on its own bytes, and what it leaves unknown."""

import dataclasses
import json
from collections.abc import Callable, Sequence
from functools import cache

import pytest

from cli.reporting import verification_lines
from crypto import jws as jose
from crypto.encoding import b64url_decode
from crypto.keys import PrivateKey, Verifier
from crypto.note import NoteSigner
from crypto.sdjwt import disclose
from crypto.strictjson import Json
from ledger import merkle, tiles
from ledger.entry import Entry
from ledger.instants import Instant
from ledger.keybundle import Keys, KnownKey, MalformedKeyBundleError, format_bundle, load_keys
from ledger.receipt import MalformedReceiptError, Receipt
from ledger.state import RegisteredKey, state_to_json
from ledger.tiles import RightEdge
from ledger.trust import Trust
from ledger.verdict import Verdict
from ledger.verify import ReceiptCheck, verify_receipt
from ledger.vocabulary import Purpose
from ledger.wording import Language
from tests import audits
from tests.audits import LOG, BuiltLog
from tests.consortium import private_key
from tests.lives import opening
from tests.scenario import MAKER, PARTIES, RECYCLER, Story, pack

OK, FAILED, UNKNOWN = Verdict.OK, Verdict.FAILED, Verdict.UNKNOWN


def _receipt(log: BuiltLog, index: int, signer: NoteSigner = LOG) -> Receipt:
    edge, changed = RightEdge().append([merkle.hash_leaf(data) for data in log.entries])
    stored = {(one.level, one.n): one.data for one in changed}
    reader = tiles.HashReader(edge.size, lambda keys: [stored[key.level, key.n] for key in keys])
    proof = merkle.prove_inclusion(index, edge.size, reader.read_hashes)
    note = audits.serve(log.entries, {}, signer).note
    return Receipt(log.entries[index], index, tuple(proof), note)


@cache
def _signer_of(index: int) -> Verifier:
    kid = jose.parse(Entry.decode(audits.small().entries[index]).jws).kid
    names = [f"{party.name}/{purpose}/1" for party in PARTIES for purpose in ("admin", "office")]
    return next(key.verifier for key in map(private_key, names) if key.verifier.thumbprint() == kid)


def _own(key: Verifier) -> Keys:
    return {key.thumbprint(): KnownKey(key)}


def _verdicts(
    receipt: Receipt | str, trust: Trust | None, keys: Keys, expected: str | None = None
) -> tuple[Verdict, ...]:
    text = receipt if isinstance(receipt, str) else receipt.format()
    found = verify_receipt(text, trust, keys=keys, expected_event_id=expected)
    assert found.ok == all(one.verdict is OK for one in found.checks.values())
    json.dumps(found.to_json())
    for lang in Language:
        assert len(list(verification_lines(found, lang))) == len(found.checks) + 2
    return tuple(found.checks[check].verdict for check in found.checks)


@pytest.mark.parametrize("index", [0, 1, 30, 58])
def test_a_receipt_shows_all_with_the_root_of_trust_and_the_signers_key(index: int) -> None:
    log = audits.small()
    expected = log.event_id(index)
    keys = _own(_signer_of(index))
    assert _verdicts(_receipt(log, index), log.trust, keys, expected) == (OK, OK, OK, OK)


def test_a_verification_tells_what_the_receipt_is_about() -> None:
    log = audits.small()
    found = verify_receipt(_receipt(log, 58).format(), log.trust)
    assert (found.index, found.event_id) == (58, log.event_id(58))
    assert (found.event_type, found.issuer) == ("batch.processed", str(RECYCLER.id))
    assert found.logged_at_ms == Entry.decode(log.entries[58]).logged_at_ms


def test_without_a_root_of_trust_log_and_inclusion_are_unknown() -> None:
    log = audits.small()
    found = _verdicts(_receipt(log, 30), None, _own(_signer_of(30)))
    assert found == (UNKNOWN, UNKNOWN, OK, OK)


def test_without_a_key_the_signature_is_unknown() -> None:
    log = audits.small()
    assert _verdicts(_receipt(log, 30), log.trust, {}) == (OK, OK, UNKNOWN, OK)


def test_entry_0_needs_no_key_but_the_pinned_root() -> None:
    log = audits.small()
    assert _verdicts(_receipt(log, 0), log.trust, {}) == (OK, OK, OK, OK)


def test_another_entry_0_than_the_pinned_one_fails() -> None:
    log = audits.small()
    other = Trust(log.trust.vkey, log.event_id(1))
    assert _verdicts(_receipt(log, 0), other, {}) == (OK, OK, UNKNOWN, FAILED)


def test_the_key_of_somebody_else_leaves_the_signature_unknown() -> None:
    log = audits.small()
    keys = _own(private_key("nobody").verifier)
    assert _verdicts(_receipt(log, 30), log.trust, keys)[2] is UNKNOWN


def test_a_checkpoint_of_another_log_key_fails_and_inclusion_is_unknown() -> None:
    log = audits.small()
    receipt = _receipt(log, 30, NoteSigner(LOG.name, private_key("another log")))
    assert _verdicts(receipt, log.trust, _own(_signer_of(30))) == (FAILED, UNKNOWN, OK, OK)


def test_another_index_is_not_included() -> None:
    log = audits.small()
    receipt = dataclasses.replace(_receipt(log, 30), index=31)
    assert _verdicts(receipt, log.trust, _own(_signer_of(30))) == (OK, FAILED, OK, OK)


def test_a_proof_that_fails_fails_without_a_root_of_trust_too() -> None:
    log = audits.small()
    receipt = dataclasses.replace(_receipt(log, 30), index=31)
    assert _verdicts(receipt, None, {})[1] is FAILED


def test_a_changed_signature_fails_inclusion_and_signature() -> None:
    log = audits.small()
    entry = Entry.decode(log.entries[30])
    forged = Entry(entry.logged_at_ms, entry.jws[:-4] + "AAAA").encode()
    receipt = dataclasses.replace(_receipt(log, 30), entry_bytes=forged)
    assert _verdicts(receipt, log.trust, _own(_signer_of(30)), log.event_id(30)) == (OK, FAILED, FAILED, OK)


def test_a_receipt_for_another_event_fails() -> None:
    log = audits.small()
    found = _verdicts(_receipt(log, 30), log.trust, _own(_signer_of(30)), log.event_id(31))
    assert found == (OK, OK, OK, FAILED)


@pytest.mark.parametrize("data", [b"no entry", b"1 a.b.c", b"1780272060000 e30.e30.e30"])
def test_an_entry_that_is_no_event_fails(data: bytes) -> None:
    log = audits.small()
    receipt = dataclasses.replace(_receipt(log, 30), entry_bytes=data)
    assert _verdicts(receipt, log.trust, {}) == (OK, FAILED, UNKNOWN, FAILED)


def test_an_event_of_an_unknown_type_is_unknown() -> None:
    log = audits.small()
    entry = Entry.decode(log.entries[58])
    jws = jose.parse(entry.jws)
    members = json.loads(jws.payload) | {"event": "pack.enchanted"}
    key = private_key("nobody")
    strange = Entry(entry.logged_at_ms, jose.sign(json.dumps(members).encode(), key, jws.typ)).encode()
    receipt = dataclasses.replace(_receipt(log, 58), entry_bytes=strange)
    assert _verdicts(receipt, log.trust, _own(key.verifier)) == (OK, FAILED, OK, UNKNOWN)
    bundle = load_keys(_bundle(key, added=3))
    assert _verdicts(receipt, log.trust, bundle)[2] is UNKNOWN


def test_an_event_that_breaks_its_form_fails() -> None:
    log = audits.small()
    entry = Entry.decode(log.entries[58])
    jws = jose.parse(entry.jws)
    members = json.loads(jws.payload) | {"extra": 1}
    odd = jose.sign(json.dumps(members).encode(), private_key("nobody"), jws.typ)
    receipt = dataclasses.replace(_receipt(log, 58), entry_bytes=Entry(entry.logged_at_ms, odd).encode())
    assert _verdicts(receipt, log.trust, {})[3] is FAILED


@pytest.mark.parametrize("text", ["", "c2sp.org/tlog-proof@v1\n", b"\xff"])
def test_a_text_that_is_no_receipt_has_nothing_to_check(text: str | bytes) -> None:
    with pytest.raises(MalformedReceiptError):
        verify_receipt(text, None)


# Key bundles


def _bundle(key: PrivateKey, note: str | None = None, **told: object) -> str:
    state = RegisteredKey(
        kid=key.verifier.thumbprint(), org=RECYCLER.id, jwk=key.verifier, purpose=Purpose.OFFICE, added=10
    )
    registered = dataclasses.replace(state, **told)  # type: ignore[arg-type]  # members of the test's choice
    members = format_bundle(
        [],
        [registered],
        checkpoint_note=note or audits.small().source().note,
        date=Instant.parse("2026-06-02T00:00:00+08:00"),
    )
    return json.dumps(members)


def _recycled() -> tuple[BuiltLog, int, PrivateKey]:
    """Return a log, the index of an event by the recycler in it, and the key that signed it."""
    log, key = audits.small(), RECYCLER.key()
    kid = key.verifier.thumbprint()
    index = max(
        place for place, data in enumerate(log.entries) if jose.parse(Entry.decode(data).jws).kid == kid
    )
    return log, index, key


def _of_bundle(**told: object) -> Verdict:
    log, index, key = _recycled()
    keys = load_keys(_bundle(key, **told))  # type: ignore[arg-type]  # the same
    return _verdicts(_receipt(log, index), log.trust, keys)[2]


def test_a_key_of_the_bundle_that_was_valid_then_verifies() -> None:
    assert _of_bundle() is OK


def _at(change_ms: int) -> Instant:
    log, index, _ = _recycled()
    return Instant.from_ms(Entry.decode(log.entries[index]).logged_at_ms + change_ms)


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        (lambda: {"org": MAKER.id}, FAILED),
        (lambda: {"added": 1_000}, FAILED),
        (lambda: {"revoked": 20}, FAILED),
        (lambda: {"revoked": 1_000}, OK),
        (lambda: {"from_": _at(60_000)}, FAILED),
        (lambda: {"from_": _at(-60_000)}, OK),
        (lambda: {"until": _at(0)}, FAILED),
        (lambda: {"until": _at(60_000)}, OK),
        (lambda: {"compromised_since": _at(0)}, UNKNOWN),
        (lambda: {"compromised_since": _at(60_000)}, OK),
    ],
)
def test_what_the_bundle_says_of_a_key_decides(
    told: Callable[[], dict[str, object]], verdict: Verdict
) -> None:
    assert _of_bundle(**told()) is verdict


def test_a_bundle_that_ends_before_the_entry_leaves_the_key_unknown() -> None:
    log, index, _ = _recycled()
    assert _of_bundle(note=audits.serve(log.entries[:index], {}).note) is UNKNOWN


def test_a_bundle_keeps_members_that_are_not_known_here_out_of_the_way() -> None:
    key = private_key("any")
    members = json.loads(_bundle(key))
    members["keys"][0]["printed_on"] = "paper"
    members["more"] = 1
    assert list(load_keys(json.dumps(members))) == [key.verifier.thumbprint()]


def _broken(change: Callable[[dict[str, Json]], object]) -> str:
    members = json.loads(_bundle(private_key("any")))
    change(members)
    return json.dumps(members)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        "-----BEGIN PUBLIC KEY-----\n",
        _broken(lambda members: members.update(date="yesterday")),
        _broken(lambda members: members.update(checkpoint="none")),
        _broken(lambda members: members.update(keys={})),
        _broken(lambda members: members.update(keys=[1])),
        _broken(lambda members: members.update(keys=[{}])),
        _broken(lambda members: members["keys"][0].update(kid="A" * 43)),  # type: ignore[index,union-attr]  # JSON
    ],
)
def test_what_is_no_key_and_no_bundle_is_refused(text: str) -> None:
    with pytest.raises(MalformedKeyBundleError):
        load_keys(text)


def test_a_jwk_is_a_key_file() -> None:
    key = private_key("any").verifier
    assert load_keys(json.dumps(key.jwk())) == {key.thumbprint(): KnownKey(key)}


def test_states_in_a_bundle_are_those_the_ledger_keeps() -> None:
    key = private_key("any")
    row = json.loads(_bundle(key))["keys"][0]
    assert row == state_to_json(load_keys(_bundle(key))[key.verifier.thumbprint()].registered or _none())


def _none() -> RegisteredKey:
    raise AssertionError("a bundle's key is registered")


@cache
def _measured() -> tuple[BuiltLog, int, tuple[str, ...]]:
    """Return a log, the index of an event in it with several restricted claims, and their disclosures."""
    story = Story("measured")
    texts = [*opening(story), story.pack_manufactured(pack(1)), story.health_measured(pack(1))]
    log = audits.build(texts)
    return log, len(texts) - 1, tuple(texts[-1].split("~")[1:-1])


def _disclosed(texts: Sequence[str] | None) -> tuple[Verdict | None, str]:
    log, index, _ = _measured()
    found = verify_receipt(_receipt(log, index).format(), log.trust, disclosures=texts)
    result = found.checks.get(ReceiptCheck.DISCLOSED)
    said = "\n".join(line for lang in Language for line in verification_lines(found, lang))
    return (None, said) if result is None else (result.verdict, said)


def test_a_revealed_claim_is_ok_a_withheld_one_unknown_and_a_changed_one_failed() -> None:
    _, _, texts = _measured()
    assert _disclosed(texts)[0] is OK
    assert _disclosed(texts[1:])[0] is UNKNOWN
    assert _disclosed(())[0] is UNKNOWN
    salt, name, value = json.loads(b64url_decode(texts[0]))
    forged = disclose(name, f"{value}!", b64url_decode(salt)).text
    assert _disclosed((forged, *texts[1:]))[0] is FAILED
    assert _disclosed(("not a disclosure",))[0] is FAILED
    assert _disclosed((*texts, texts[0]))[0] is FAILED


def test_what_is_not_asked_of_disclosures_is_not_answered() -> None:
    assert _disclosed(None)[0] is None


def test_a_check_of_disclosures_is_told_in_both_languages() -> None:
    _, _, texts = _measured()
    assert "the event conceals exactly these claims: base, cycles" in _disclosed(texts)[1]
    assert "未出示或已删除" in _disclosed(texts[1:])[1]


def test_an_event_that_conceals_nothing_has_nothing_to_disclose() -> None:
    log, _, _ = _measured()
    found = verify_receipt(_receipt(log, 0).format(), log.trust, disclosures=())
    assert found.checks[ReceiptCheck.DISCLOSED].verdict is OK
