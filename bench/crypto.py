"""Signature checks, against libsodium alone."""

from nacl.bindings import crypto_sign_open

from bench.stories import founded
from bench.timing import Figure, measure
from crypto import jws
from ledger import submission
from tests.scenario import MAKER

CHECKS = 2_000


def figures() -> list[Figure]:
    """Measure checking a JWS, and taking a whole submission apart, against the bare check."""
    story, _ = founded()
    text = story.model_declared()
    parsed = jws.parse(text.partition("~")[0])
    key = MAKER.key().verifier
    signed = parsed.signature + parsed.signing_input

    def bare() -> int:
        for _ in range(CHECKS):
            crypto_sign_open(signed, key.key)
        return CHECKS

    def ours() -> int:
        for _ in range(CHECKS):
            parsed.verify(key)
        return CHECKS

    def door() -> int:
        for _ in range(CHECKS):
            submission.parse(text).jws.verify(key)
        return CHECKS

    sodium = "`crypto_sign_open` of the same bytes"
    return [
        measure("check a signature", ours, bare, unit="event", baseline=sodium),
        measure("parse an event and check it", door, bare, unit="event", baseline=sodium),
    ]
