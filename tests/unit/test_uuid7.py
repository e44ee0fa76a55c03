"""UUIDs of version 7."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from ledger.events.envelope import _UUID7
from ledger.uuid7 import RANDOM_BYTES, uuid7


def test_the_example_of_rfc_9562_comes_out() -> None:
    # Appendix A.6: unix_ts_ms 0x017F22E279B0, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F.
    random = (0xCC3 << 62 | 0x18C4DC0C0C07398F).to_bytes(RANDOM_BYTES, "big")
    assert uuid7(0x017F22E279B0, random) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(st.integers(0, 2**48 - 1), st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES))
def test_every_one_is_of_version_7_and_has_the_form_of_a_jti(now_ms: int, random: bytes) -> None:
    text = uuid7(now_ms, random)
    made = uuid.UUID(text)
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == now_ms
    assert _UUID7.fullmatch(text)
