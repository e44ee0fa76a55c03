"""The root of trust: one JSON form, and nothing else passes for it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.note import VerifierKey
from ledger.keybundle import MalformedKeyBundleError, load_keys
from ledger.trust import MalformedTrustError, Trust
from tests.audits import LOG

TRUST = Trust(LOG.verifier_key, "A" * 43)


def test_a_root_of_trust_reads_back() -> None:
    assert Trust.parse(TRUST.format()) == TRUST
    assert Trust.parse(TRUST.format(), pinned=False).pinned is False


def test_its_json_has_four_members() -> None:
    assert json.loads(TRUST.format()) == {
        "v": 1,
        "origin": LOG.name,
        "vkey": LOG.verifier_key.format(),
        "root": "A" * 43,
    }


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("v", 2),
        ("v", True),
        ("v", "1"),
        ("origin", "another.example/log"),
        ("origin", None),
        ("vkey", "not a key"),
        ("vkey", VerifierKey("x", LOG.signer.verifier).format()),
        ("root", "A" * 42),
        ("root", "A" * 22),
        ("root", "*" * 43),
        ("more", 1),
    ],
)
def test_another_member_is_refused(member: str, value: object) -> None:
    members = json.loads(TRUST.format()) | {member: value}
    with pytest.raises(MalformedTrustError):
        Trust.parse(json.dumps(members))


def test_a_missing_member_is_refused() -> None:
    members = json.loads(TRUST.format())
    del members["root"]
    with pytest.raises(MalformedTrustError):
        Trust.parse(json.dumps(members))


@given(st.binary() | st.text())
def test_arbitrary_text_raises_only_its_own_error(text: str | bytes) -> None:
    with pytest.raises(MalformedTrustError):
        Trust.parse(text)


@given(st.text() | st.dictionaries(st.text(), st.integers()).map(json.dumps))
def test_arbitrary_text_is_no_key_file(text: str) -> None:
    with pytest.raises(MalformedKeyBundleError):
        load_keys(text)
