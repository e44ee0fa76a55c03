"""One base64 text for one value."""

import pytest

from crypto.encoding import b64_decode, b64_encode, b64url_decode, b64url_encode
from crypto.errors import MalformedBase64Error


# RFC 4648, section 10, and the two characters in which the alphabets differ.
@pytest.mark.parametrize(
    ("data", "text"),
    [(b"", ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"foo", "Zm9v"), (b"foob", "Zm9vYg"), (b"\xfb\xff", "-_8")],
)
def test_base64url_has_no_padding(data: bytes, text: str) -> None:
    assert b64url_encode(data) == text
    assert b64url_decode(text) == data


@pytest.mark.parametrize(
    ("data", "text"), [(b"", ""), (b"f", "Zg=="), (b"fo", "Zm8="), (b"\xfb\xff", "+/8=")]
)
def test_base64_has_padding(data: bytes, text: str) -> None:
    assert b64_encode(data) == text
    assert b64_decode(text) == data


@pytest.mark.parametrize(
    "text", ["Zg==", "Zg=", "Zh", "Zm9", "Z", "Zm9vY", "+/8", "Zm 8", "Zm8\n", " Zm8", "Zm8é", "=", "Zg\x00"]
)
def test_a_text_that_is_not_the_base64url_of_its_bytes_is_refused(text: str) -> None:
    with pytest.raises(MalformedBase64Error):
        b64url_decode(text)


@pytest.mark.parametrize(
    "text", ["Zg", "Zg=", "Zh==", "Zm9=", "Z===", "-_8=", "Zm8=\n", "Zm 8=", "Zm8=Zm8=", "Zm9v====", "é==="]
)
def test_a_text_that_is_not_the_base64_of_its_bytes_is_refused(text: str) -> None:
    with pytest.raises(MalformedBase64Error):
        b64_decode(text)
