"""The member types: what each takes, and the nearest thing that it does not."""

import re
from typing import Any

import pytest

from crypto.encoding import b64url_encode
from crypto.strictjson import Json
from ledger import fields
from ledger.claims import MalformedClaimError, codec_of
from ledger.instants import Day, Instant
from tests.consortium import MAKER, REGISTRAR, pack

HASH = b64url_encode(bytes(range(32)))
JWK: dict[str, Json] = dict(MAKER.key().verifier.jwk())
TAKEN: list[tuple[Any, Json]] = [
    (fields.Text, "A.9-"),
    (fields.Text, "A" * 40),
    (fields.Code, "a"),
    (fields.Code, "nmc_811-v1.0"),
    (fields.Prose, "虚构电池厂 No. 1"),
    (fields.Prose, "x" * 200),
    (fields.Hash, HASH),
    (fields.AnyItem, str(pack(1))),
    (fields.AnyOrg, str(REGISTRAR.id)),
    (fields.Moment, "2026-11-22T00:00:00+08:00"),
    (fields.Date, "2026-02-28"),
    (fields.Jwk, JWK),
    (fields.Uuid, "0190cafe-0000-7000-8000-000000000000"),
    (fields.District, "440305"),
    (fields.District, "NO-03"),
    (fields.City, "4403"),
    (fields.Country, "NO"),
    (fields.VendorCode, "0A9"),
    (fields.SpecCode, "01"),
    (fields.ModelId, f"{MAKER.id}/LFP-100@1"),
    (fields.ModelId, "org:duns:150483782/X@9999"),
    (fields.RulesVersion, "2026.11"),
    (fields.EventName, "pack.fitted"),
    (fields.Origin, "log.example/packtrace"),
    (fields.Count, 0),
    (fields.Count, 2**53 - 1),
    (fields.Positive, 1),
    (fields.MassG, 10**12),
    (fields.Ppm, 10**6),
    (fields.Permille, 2000),
    (fields.TemperatureDc, -1000),
    (fields.Salt, b64url_encode(bytes(16))),
    (fields.SaltKey, HASH),
    (fields.MgPerKg, {"Li": 10**6, "P": 0}),
    (fields.Hashes, [HASH]),
]
REFUSED: list[tuple[Any, Json]] = [
    (fields.Text, ""),
    (fields.Text, "a"),
    (fields.Text, "A\n"),
    (fields.Text, "A" * 41),
    (fields.Text, "Ａ"),
    (fields.Code, "A"),
    (fields.Code, "1a"),
    (fields.Prose, ""),
    (fields.Prose, " x"),
    (fields.Prose, "x" * 201),
    (fields.Prose, "x\u202ey"),
    (fields.Prose, "line\nline"),
    (fields.Prose, 1),
    (fields.Hash, HASH + "="),
    (fields.Hash, HASH[:-1]),
    (fields.Hash, HASH[:-1] + "B"),
    (fields.Hash, "AA"),
    (fields.Hash, 7),
    (fields.AnyItem, "gbt34014:1"),
    (fields.AnyItem, str(pack(1)).lower()),
    (fields.AnyItem, None),
    (fields.AnyOrg, str(pack(1))),
    (fields.AnyOrg, "org:1"),
    (fields.Moment, "2026-11-22T00:00:00Z"),
    (fields.Date, "2026-02-29"),
    (fields.Date, 20260228),
    (fields.Jwk, JWK | {"d": "AA"}),
    (fields.Jwk, JWK | {"x": b64url_encode(bytes(32))}),
    (fields.Jwk, "key"),
    (fields.Uuid, "0190CAFE-0000-7000-8000-000000000000"),
    (fields.District, "44030"),
    (fields.District, "4403055"),
    (fields.District, "440305-1"),
    (fields.District, "CN-1234"),
    (fields.City, "44"),
    (fields.Country, "no"),
    (fields.VendorCode, "0a9"),
    (fields.SpecCode, "1"),
    (fields.ModelId, f"{MAKER.id}/LFP@0"),
    (fields.ModelId, f"{MAKER.id}/LFP"),
    (fields.RulesVersion, "2026"),
    (fields.EventName, "Pack.fitted"),
    (fields.Origin, "log example"),
    (fields.Count, -1),
    (fields.Count, 2**53),
    (fields.Count, True),
    (fields.Positive, 0),
    (fields.MassG, 10**12 + 1),
    (fields.Ppm, 10**6 + 1),
    (fields.Permille, 2001),
    (fields.Salt, b64url_encode(bytes(15))),
    (fields.Salt, "A+"),
    (fields.Salt, 1),
    (fields.SaltKey, b64url_encode(bytes(33))),
    (fields.MgPerKg, {}),
    (fields.MgPerKg, {"Xx": 1}),
    (fields.MgPerKg, {"Li": 10**6 + 1}),
    (fields.Hashes, []),
]


@pytest.mark.parametrize(("kind", "value"), TAKEN)
def test_a_member_comes_back_as_it_was_written(kind: object, value: Json) -> None:
    codec = codec_of(kind)
    assert codec.encode(codec.decode(value)) == value


@pytest.mark.parametrize(("kind", "value"), REFUSED)
def test_anything_else_is_refused(kind: object, value: Json) -> None:
    with pytest.raises(MalformedClaimError, match="must"):
        codec_of(kind).decode(value)


PATTERNED = [
    (kind, value)
    for kind, value in (*TAKEN, *REFUSED)
    if isinstance(value, str) and "pattern" in codec_of(kind).schema and kind is not fields.Hash
]


@pytest.mark.parametrize(("kind", "value"), PATTERNED)
def test_a_pattern_in_the_schema_takes_what_the_decoder_takes(kind: object, value: str) -> None:
    codec = codec_of(kind)
    taken = (kind, value) in TAKEN
    assert bool(re.fullmatch(codec.schema["pattern"], value, re.ASCII)) is taken


def test_members_decode_to_the_types_of_the_domain() -> None:
    assert codec_of(fields.AnyItem).decode(str(pack(1))) == pack(1)
    assert codec_of(fields.Moment).decode("1970-01-01T08:00:01+08:00").ms == 1000
    assert codec_of(fields.Moment).decode("1970-01-01T08:00:01+08:00") == Instant("1970-01-01T08:00:01+08:00")
    assert codec_of(fields.Date).decode("2026-02-28") == Day(2026, 2, 28)
    assert codec_of(fields.Jwk).decode(JWK) == MAKER.key().verifier
    assert codec_of(fields.Node).decode(HASH) == bytes(range(32))
