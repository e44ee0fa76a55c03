"""Who has witnessed a checkpoint, as of when, and what a verification by policy makes of it."""

from itertools import combinations
from random import Random

import pytest

from cli.reporting import report_lines, verification_lines
from crypto import note
from crypto.errors import CryptoError, InvalidSignatureError
from crypto.note import NoteSigner
from ledger import checkpoint
from ledger.audit import Check, Report, audit
from ledger.checkpoint import MalformedCheckpointError
from ledger.policy import Policy
from ledger.receipt import Receipt
from ledger.trust import Trust
from ledger.verdict import Verdict
from ledger.verify import ReceiptCheck, Verification, verify_receipt
from ledger.witnessed import witnessing
from ledger.wording import Language
from tests import audits
from tests.consortium import private_key
from tests.unit.test_verify import _receipt
from tests.witnesses import COSIGNERS, TIME_S, cosigned, policy_text, signed

LOG = audits.LOG
NOTE = signed(3, bytes(32), LOG)
POLICY = Policy.parse(policy_text(log=LOG))
HUGE_S = 2**62


def verified(receipt_note: str, policy: Policy = POLICY, trust: Trust | None = None) -> Verification:
    log = audits.small()
    receipt = _receipt(log, 30)
    text = Receipt(receipt.entry_bytes, receipt.index, receipt.proof, receipt_note).format()
    found = verify_receipt(text, trust, policy=policy)
    for lang in Language:
        assert len(list(verification_lines(found, lang))) == len(found.checks) + 2
    return found


def receipt_note() -> str:
    return _receipt(audits.small(), 30).checkpoint_note


def test_any_three_of_five_are_a_quorum_and_no_two_are() -> None:
    for chosen in combinations(COSIGNERS, 3):
        assert witnessing(cosigned(NOTE, *chosen), POLICY).is_met
    for too_few in combinations(COSIGNERS, 2):
        assert not witnessing(cosigned(NOTE, *too_few), POLICY).is_met


def test_one_witness_that_signs_often_is_one_witness() -> None:
    often = NOTE
    for more in range(5):
        often = cosigned(often, COSIGNERS[0], time_s=TIME_S + more)
    found = witnessing(often, POLICY)
    assert found.times_s == {"W1": TIME_S + 4}
    assert not found.is_met


def test_a_checkpoint_is_as_fresh_as_its_quorum_not_as_its_boldest_witness() -> None:
    made = NOTE
    for each, ahead in zip(COSIGNERS, (0, 10, 20, 30, 100_000), strict=True):
        made = cosigned(made, each, time_s=TIME_S + ahead)
    found = witnessing(made, POLICY)
    assert found.fresh_at_s == TIME_S + 20
    assert found.since(TIME_S + 15, TIME_S + 40).times_s == {"W3": TIME_S + 20, "W4": TIME_S + 30}
    assert witnessing(NOTE, POLICY).fresh_at_s is None
    assert witnessing(NOTE, Policy.parse("quorum none")).fresh_at_s is None


def test_a_cosignature_moved_to_another_checkpoint_is_refused() -> None:
    line = cosigned(NOTE, COSIGNERS[0]).removeprefix(NOTE)
    with pytest.raises(InvalidSignatureError):
        witnessing(signed(4, bytes(32), LOG) + line, POLICY)


def test_a_receipt_with_a_quorum_is_witnessed_by_the_policy_alone() -> None:
    found = verified(cosigned(receipt_note(), *COSIGNERS[:3]))
    assert found.checks[ReceiptCheck.LOG].verdict is Verdict.OK
    told = found.checks[ReceiptCheck.WITNESSED]
    assert (told.verdict, told.reason) == (Verdict.OK, "quorum")
    assert told.facts["witnesses"] == "W1, W2, W3"


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_receipt_without_a_quorum_is_unknown_and_so_not_ok(count: int) -> None:
    found = verified(cosigned(receipt_note(), *COSIGNERS[:count]), trust=audits.small().trust)
    assert found.checks[ReceiptCheck.WITNESSED].verdict is Verdict.UNKNOWN
    assert found.checks[ReceiptCheck.WITNESSED].reason == "no_quorum"
    assert not found.ok


def test_a_forged_cosignature_fails_whatever_the_others_are() -> None:
    made = cosigned(receipt_note(), *COSIGNERS[:4])
    text, lines = note.parse(made)
    forged = lines[-1].signature[:-1] + bytes([lines[-1].signature[-1] ^ 1])
    last = note.NoteSignature(lines[-1].name, lines[-1].key_id, forged)
    spoilt = text + "\n" + "".join(line.format() for line in (*lines[:-1], last))
    found = verified(spoilt)
    assert found.checks[ReceiptCheck.WITNESSED].verdict is Verdict.FAILED


def test_a_quorum_dated_beyond_the_calendar_fails() -> None:
    found = verified(cosigned(receipt_note(), *COSIGNERS, time_s=HUGE_S))
    assert found.checks[ReceiptCheck.WITNESSED].reason == "bad_cosignature"


def test_no_byte_of_a_cosigned_checkpoint_can_be_changed_unseen() -> None:
    made = cosigned(NOTE, *COSIGNERS[:3]).encode()
    random = Random("cosignatures")  # noqa: S311  the same changes at every run
    for _ in range(600):
        place, bit = random.randrange(len(made)), 1 << random.randrange(8)
        changed = made[:place] + bytes([made[place] ^ bit]) + made[place + 1 :]
        try:
            tree = checkpoint.open(changed, [LOG.verifier_key])
            met = witnessing(changed, POLICY).is_met
        except (CryptoError, MalformedCheckpointError):
            continue
        # A changed name or key ID makes a line a stranger's: then it no longer counts.
        assert (tree.size, met) == (3, False)


def test_a_policy_that_names_another_log_does_not_make_this_one_believed() -> None:
    other = Policy.parse(policy_text(log=NoteSigner(LOG.name, private_key("another log"))))
    found = verified(cosigned(receipt_note(), *COSIGNERS), other)
    assert found.checks[ReceiptCheck.LOG].verdict is Verdict.FAILED


def test_a_policy_without_logs_leaves_the_log_to_the_trust_file() -> None:
    text = "\n".join(line for line in policy_text().splitlines() if not line.startswith("log "))
    found = verified(cosigned(receipt_note(), *COSIGNERS), Policy.parse(text))
    assert found.checks[ReceiptCheck.LOG].verdict is Verdict.UNKNOWN
    assert found.checks[ReceiptCheck.WITNESSED].verdict is Verdict.OK


def test_a_policy_of_no_quorum_demands_no_witness() -> None:
    found = verified(receipt_note(), Policy.parse(f"log {LOG.verifier_key.format()}\nquorum none"))
    assert found.checks[ReceiptCheck.WITNESSED].reason == "none_demanded"


def audited(source_note: str, policy: Policy | None = POLICY) -> Report:
    log = audits.small()
    source = log.source()
    source.note = source_note
    report = audit(source, log.trust, items=False, policy=policy)
    for lang in Language:
        assert list(report_lines(report, lang))
    return report


def test_an_audit_by_policy_demands_the_quorum() -> None:
    honest = audits.small().source().note
    assert audited(cosigned(honest, *COSIGNERS[:3])).ok
    assert Check.WITNESSED not in audited(honest, None).checks
    short = audited(cosigned(honest, *COSIGNERS[:2]))
    assert short.checks[Check.WITNESSED] is Verdict.UNKNOWN
    assert not short.ok
    assert [finding.reason for finding in short.findings] == ["no_quorum"]


def test_an_audit_names_a_cosignature_that_does_not_hold() -> None:
    honest = audits.small().source().note
    other = cosigned(signed(3, bytes(32), LOG), COSIGNERS[0]).removeprefix(signed(3, bytes(32), LOG))
    report = audited(cosigned(honest, *COSIGNERS[1:]) + other)
    assert report.checks[Check.WITNESSED] is Verdict.FAILED
    assert report.checks[Check.CHECKPOINT] is Verdict.OK
