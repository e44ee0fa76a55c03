"""Label tokens: arbitrary bytes, and facts that come back as they were signed."""

import base64
from contextlib import suppress
from datetime import date

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.label import InvalidLabelError, Label, LabelFacts, open_label, sign_label
from ledger.label_url import LabelUrl, MalformedLabelError
from ledger.vocabulary import Chemistry, Hazard
from tests.labels import CELL, ED25519, FACTS, URL

quantities = st.integers(1, 2**32 - 1)
label_facts = st.builds(
    LabelFacts,
    chemistry=st.sampled_from(Chemistry),
    mass_g=quantities,
    nominal_voltage_mv=quantities,
    rated_energy_wh=quantities,
    hazards=st.frozensets(st.sampled_from(Hazard)),
    manufactured_on=st.dates(date(1970, 1, 1), date(2149, 6, 6)),
    number=st.integers(1, 2**16 - 1),
)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
trees = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.integers() | st.text(), inner), max_leaves=12
)
TOKEN = sign_label(FACTS, URL.prefix, ED25519)


def token_of(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=")


@given(label_facts)
def test_facts_come_back_as_they_were_signed(facts: LabelFacts) -> None:
    token = sign_label(facts, URL.prefix, ED25519)
    assert open_label(token, URL.prefix, [ED25519.verifier])[0] == facts
    assert str(Label.parse(token)) == token


@given(st.text() | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", max_size=410))
def test_arbitrary_text_as_a_token_raises_only_its_own_error(text: str) -> None:
    with suppress(MalformedLabelError):
        Label.parse(text)


@given(st.binary(max_size=200) | trees.map(cbor2.dumps))
def test_arbitrary_bytes_in_a_token_raise_only_its_own_error(data: bytes) -> None:
    with suppress(MalformedLabelError):
        Label.parse(token_of(data))
    with suppress(MalformedLabelError):
        LabelFacts.decode(data)


@given(st.lists(trees, min_size=4, max_size=4))
def test_arbitrary_members_in_a_cose_array_raise_only_its_own_error(members: list[object]) -> None:
    with suppress(MalformedLabelError):
        Label.parse(token_of(cbor2.dumps(members)))


@given(st.text() | st.builds("https://{}/p/{}/{}".format, st.text(), st.just(CELL.value), st.text()))
def test_arbitrary_text_as_a_label_url_raises_only_its_own_error(text: str) -> None:
    with suppress(MalformedLabelError):
        LabelUrl.parse(text)
    with suppress(MalformedLabelError):
        LabelUrl.of(text, CELL)


@given(label_facts.filter(lambda facts: facts != FACTS))
def test_a_signature_is_good_for_its_own_facts_only(facts: LabelFacts) -> None:
    label = Label.parse(TOKEN)
    forged = Label(facts, label.algorithm, label.kid, label.signature)
    with pytest.raises(InvalidLabelError):
        open_label(str(forged), URL.prefix, [ED25519.verifier])
