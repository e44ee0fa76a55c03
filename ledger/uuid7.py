"""UUIDs of version 7 (RFC 9562, section 5.7): the `jti` of an event."""

RANDOM_BYTES = 10
_VARIANT = 0b10 << 62
_VERSION = 7 << 76


def uuid7(now_ms: int, random: bytes) -> str:
    """Return the text of a UUID for a moment in ms since 1970, of which 74 bits are from 10 random bytes."""
    bits = int.from_bytes(random[:RANDOM_BYTES], "big")
    low, middle = bits & (1 << 62) - 1, bits >> 62 & 0xFFF
    digits = f"{now_ms << 80 | _VERSION | middle << 64 | _VARIANT | low:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
