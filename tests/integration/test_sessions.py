"""Sessions of the desk in both databases: kept under a hash, bounded for each key, forgotten at their end."""

from ledger.store import Session, Store

KID, OTHER = "K" * 43, "L" * 43


def test_a_session_is_found_by_its_hash_until_it_ends(database_url: str) -> None:
    store = Store(database_url)
    first, second = Session(KID, 1_000, 5_000), Session(KID, 2_000, 6_000)
    with store.beside() as beside:
        beside.add_session(first, b"1" * 32, keep=2)
        beside.add_session(second, b"2" * 32, keep=2)
        assert beside.find_session(b"1" * 32) == first
        assert beside.find_session(b"3" * 32) is None
        beside.end_session(b"1" * 32)
        beside.end_session(b"1" * 32)
        assert beside.find_session(b"1" * 32) is None
        assert beside.find_session(b"2" * 32) == second
    store.close()


def test_a_key_keeps_its_newest_sessions_and_ended_ones_are_forgotten(database_url: str) -> None:
    store = Store(database_url)
    with store.beside() as beside:
        beside.add_session(Session(OTHER, 500, 9_000), b"o" * 32, keep=2)
        for number in range(4):
            beside.add_session(Session(KID, 1_000 + number, 5_000), bytes([number]) * 32, keep=2)
        assert [beside.find_session(bytes([number]) * 32) is None for number in range(4)] == [
            True,
            True,
            False,
            False,
        ]
        beside.add_session(Session(KID, 5_000, 8_000), b"n" * 32, keep=2)
        assert beside.find_session(b"\x03" * 32) is None
        assert beside.find_session(b"o" * 32) is not None
    store.close()
