"""What arrives at the door: an SD-JWT, taken apart and checked for everything that needs no ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from crypto import jws, sdjwt
from crypto.errors import CryptoError
from crypto.jws import Jws
from crypto.sdjwt import Disclosure
from crypto.strictjson import Json
from ledger.errors import MalformedSubmissionError
from ledger.events import envelope
from ledger.events.envelope import Event

LIMITS: Final[Mapping[str, int]] = {"cell_codes": 512 * 1024}
MAX_TEXT: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Submission:
    """An event with its JWS and the disclosures of its restricted claims, by name."""

    event: Event
    jws: Jws
    disclosures: Mapping[str, Disclosure] = field(repr=False)

    @property
    def disclosed(self) -> dict[str, Json]:
        """The values of its restricted claims, by name, as they came."""
        return {name: one.value for name, one in self.disclosures.items()}


def parse(text: str) -> Submission:
    """Return the submission of an SD-JWT, signature not verified.

    Raises:
        MalformedSubmissionError: not an SD-JWT, a disclosure without its digest or a digest without its
            disclosure, or an event of the wrong form.
        UnknownEventTypeError: the event type is none of ours.
        TooLargeError: the JWS is longer than an entry may be.
    """
    if len(text) > MAX_TEXT or not text.isascii():
        raise MalformedSubmissionError("format.jws", reason="longer than a request, or not ASCII")
    try:
        signed, texts = sdjwt.split(text)
        parsed = jws.parse(signed)
    except CryptoError as error:
        raise MalformedSubmissionError("format.jws", reason=error.reason) from error
    event = envelope.parse(parsed)
    try:
        disclosures = sdjwt.match(event.sd, (sdjwt.parse_disclosure(one, LIMITS) for one in texts))
    except CryptoError as error:
        raise MalformedSubmissionError("format.disclosure", reason=error.reason) from error
    return Submission(event, parsed, disclosures)
