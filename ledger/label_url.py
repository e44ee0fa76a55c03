"""The URL a label's QR code says: `HTTPS://HOST/P/CODE/TOKEN`, in capitals (docs/formats.md, section 7).

Capitals keep it in QR's alphanumeric set; a phone's browser lowers the host, some scanners all of it, so it
is read in any case and always has one printed form, over which the token is signed.
"""

import re
from dataclasses import dataclass
from typing import Final, Self

from ledger.errors import MalformedError
from ledger.identifiers import ItemId, MalformedIdError, resolve_code

_ORIGIN: Final = re.compile(r"HTTPS?://[0-9A-Z][0-9A-Z.-]{0,252}(?::[1-9][0-9]{0,4})?")
_URL: Final = re.compile(rf"(?P<origin>{_ORIGIN.pattern})/P/(?P<code>[0-9A-Z:.-]+)(?:/(?P<token>[2-7A-Z]*))?")


class MalformedLabelError(MalformedError):
    """A label's URL, token or facts break formats.md section 7; the message says which rule."""


@dataclass(frozen=True, slots=True)
class LabelUrl:
    """What the QR code of a label says, in capitals as printed.

    Attributes:
        origin: `HTTPS://HOST`, with a port where the base URL has one.
        item: the item labelled.
        token: the token; None in a URL that ends before it.
    """

    origin: str
    item: ItemId
    token: str | None = None

    @property
    def prefix(self) -> str:
        """The URL up to the token with the slash before it: the external data of the signature."""
        return f"{self.origin}/P/{self.item.code.upper()}/"

    def __str__(self) -> str:
        return f"{self.prefix}{self.token}" if self.token else self.prefix[:-1]

    @classmethod
    def of(cls, base_url: str, item: ItemId) -> Self:
        """Return the URL, without a token, of an item under a base URL: scheme, host and port, no path.

        Raises:
            MalformedLabelError: the base URL is another form; capitals would change its path.
        """
        origin = base_url.removesuffix("/").upper()
        if not base_url.isascii() or not _ORIGIN.fullmatch(origin):
            raise MalformedLabelError(
                "a base URL is http or https, an ASCII host and perhaps a port, no path"
            )
        return cls(origin, item)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a label's URL in any case: browsers and scanners lower the host or all of it.

        Raises:
            MalformedLabelError: it is not the URL of a label.
        """
        printed = text.upper() if text.isascii() else ""
        match = _URL.fullmatch(printed)
        if match is None:
            raise MalformedLabelError("not the URL of a label")
        try:
            url = cls(match["origin"], resolve_code(match["code"]), match["token"] or None)
        except MalformedIdError as error:
            raise MalformedLabelError("the URL of a label names no item") from error
        if str(url) != printed.removesuffix("/"):
            raise MalformedLabelError("the item is not named in its one form")
        return url
