"""What arrives at the door: an SD-JWT and the disclosures of all its digests."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import sdjwt
from crypto.errors import InvalidSignatureError
from ledger import submission
from ledger.errors import LedgerError, MalformedSubmissionError
from ledger.events.envelope import UnknownEventTypeError
from tests.consortium import LAB, pack
from tests.memory import World
from tests.scenario import Story


def measured() -> str:
    return Story().health_measured(pack(1))


def test_a_submission_is_an_event_and_its_disclosed_claims() -> None:
    text = measured()
    parsed = submission.parse(text)
    assert parsed.event.type == "health.measured"
    assert parsed.event.iss == LAB.id
    assert parsed.disclosures["soh_permille"].value == 800
    assert len(parsed.disclosures) == len(parsed.event.sd)
    assert sdjwt.join(parsed.jws.text, parsed.disclosures.values()) == text


def test_a_submission_does_not_print_what_it_conceals() -> None:
    parsed = submission.parse(measured())
    assert "soh_permille" not in repr(parsed)


TEXT = measured()


@pytest.mark.parametrize(
    "spoiled",
    [
        TEXT[:-1],
        TEXT + "~",
        TEXT.replace("~", "~~", 1),
        "é" + TEXT,
        TEXT.replace(".", "", 1),
        "~",
        "",
        " " * (submission.MAX_TEXT + 1),
    ],
    ids=["no end", "an empty part", "two ends", "not ASCII", "no dot", "no JWS", "nothing", "too long"],
)
def test_what_is_no_sd_jwt_is_refused(spoiled: str) -> None:
    with pytest.raises(MalformedSubmissionError, match=r"^format\.jws"):
        submission.parse(spoiled)


def test_every_digest_has_its_disclosure_and_every_disclosure_its_digest() -> None:
    text = measured()
    signed, texts = sdjwt.split(text)
    other = sdjwt.disclose("instrument", "X", bytes(16)).text
    for spoiled in (texts[1:], (*texts, texts[0]), (*texts, other), (*texts[1:], other), (*texts, "AA")):
        with pytest.raises(MalformedSubmissionError, match=r"^format\.disclosure"):
            submission.parse(sdjwt.join(signed, spoiled))
    assert submission.parse(sdjwt.join(signed, reversed(texts))).event == submission.parse(text).event


def test_only_cell_codes_may_be_long() -> None:
    long = sdjwt.disclose("instrument", "x" * 60_000, bytes(16)).text
    signed, _ = sdjwt.split(measured())
    with pytest.raises(MalformedSubmissionError, match=r"instrument is too long"):
        submission.parse(sdjwt.join(signed, [long]))
    codes = sdjwt.disclose("cell_codes", "x" * 390_000, bytes(16)).text
    with pytest.raises(MalformedSubmissionError, match=r"no digest"):
        submission.parse(sdjwt.join(signed, [codes]))


@given(st.text() | st.text("~.eyJhbGciOiJ-_", max_size=60))
def test_arbitrary_text_raises_only_our_own_errors(text: str) -> None:
    with suppress(LedgerError):
        submission.parse(text)


@given(st.data())
def test_a_text_with_some_characters_changed_raises_only_our_own_errors(data: st.DataObject) -> None:
    text = measured()
    at = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(st.text("~.AZaz09-_=\x00é", max_size=3))
    changed = text[:at] + put + text[at + data.draw(st.integers(0, 3)) :]
    with suppress(MalformedSubmissionError, UnknownEventTypeError):
        submission.parse(changed)


def test_a_changed_signature_does_not_pass_the_ledger() -> None:
    world = World()
    text = world.story.pack_manufactured(pack(1))
    head, dot, rest = text.rpartition(".")
    forged = head + dot + ("B" if rest[0] != "B" else "C") + rest[1:]
    with pytest.raises(InvalidSignatureError):
        world.ledger.submit(forged)
