"""Entry bytes: one form, read back as written, and an id that no signature changes."""

from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import jws
from crypto.keys import Algorithm, PrivateKey
from ledger.entry import Entry, MalformedEntryError, event_id

PARTS = st.from_regex(r"[A-Za-z0-9_-]{1,80}", fullmatch=True)
ENTRIES = st.builds(
    lambda ms, parts: Entry(ms, ".".join(parts)),
    st.integers(0, 2**53 - 1),
    st.lists(PARTS, min_size=3, max_size=3),
)


@given(ENTRIES)
def test_an_entry_is_read_back_as_written(entry: Entry) -> None:
    assert Entry.decode(entry.encode()) == entry


@given(
    st.one_of(
        st.binary(max_size=60),
        st.from_regex(rb"[0-9]{1,17} ?[\w.-]*\n?"),
        st.from_regex(rb"[0-9]+ .+\..+\..+"),
    )
)
def test_bytes_are_the_one_form_of_an_entry_or_refused(data: bytes) -> None:
    try:
        entry = Entry.decode(data)
    except MalformedEntryError:
        return
    assert entry.encode() == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1 a.b.c\n",
        b" 1 a.b.c",
        b"1  a.b.c",
        b"01 a.b.c",
        b"-1 a.b.c",
        b"+1 a.b.c",
        b"1_0 a.b.c",
        b"1 a.b",
        b"1 a.b.c.d",
        b"1 a..c",
        b"1 a.b.c~",
        b"1 a.b.c=",
        b"1\ta.b.c",
        b"9007199254740992 a.b.c",
        b"99999999999999999 a.b.c",
        "1 a.b.ç".encode(),
        "١ a.b.c".encode(),
        b"1 a.b." + b"c" * 65_530,
    ],
)
def test_no_second_form_is_an_entry(data: bytes) -> None:
    with pytest.raises(MalformedEntryError):
        Entry.decode(data)


@pytest.mark.parametrize(
    ("ms", "text"), [(-1, "a.b.c"), (2**53, "a.b.c"), (1, ""), (1, "a.b.ç"), (1, "a.b.c\n")]
)
def test_no_entry_is_made_that_could_not_be_read(ms: int, text: str) -> None:
    with pytest.raises(MalformedEntryError):
        Entry(ms, text)


def test_the_longest_entry_is_one_that_a_bundle_can_hold() -> None:
    assert len(Entry(1, "a.b." + "c" * 65_529).encode()) == 65_535
    with pytest.raises(MalformedEntryError, match="65535"):
        Entry(1, "a.b." + "c" * 65_530)


@given(ENTRIES)
def test_the_event_id_is_the_hash_of_the_signing_input(entry: Entry) -> None:
    signing_input = entry.jws[: entry.jws.rindex(".")].encode()
    expected = urlsafe_b64encode(sha256(signing_input).digest()).rstrip(b"=").decode()
    assert entry.event_id == event_id(signing_input) == expected
    assert len(entry.event_id) == 43
    assert entry.leaf_hash == sha256(b"\x00" + entry.encode()).digest()


def test_a_statement_has_one_id_whatever_its_signature() -> None:
    signed = jws.sign(b'{"v":1}', PrivateKey.generate(Algorithm.ES256), "battery-event+sd-jwt")
    first, second = Entry(1, signed), Entry(1, signed[: signed.rindex(".")] + ".c2ln")
    assert first.event_id == second.event_id == event_id(jws.parse(signed).signing_input)
    assert first.leaf_hash != second.leaf_hash
