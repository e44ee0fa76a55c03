"""Every class of claims and of states comes back from its JSON form as it went in."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import strictjson
from crypto.encoding import b64url_encode
from crypto.keys import PrivateKey
from crypto.note import VerifierKey
from crypto.strictjson import Json
from ledger import fields, state
from ledger.claims import Codec, MalformedClaimError, Size, codec_of, decode, encode, members_of
from ledger.events import CHAPTERS, REGISTRY, Claims
from ledger.events.correction import CorrectedClaims
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.rules import RuleSet
from ledger.state import Fact, FactKind, Key, State, state_from_json, state_to_json
from ledger.state.items import Members
from ledger.vocabulary import Element
from tests.consortium import PARTIES, cell, module, pack, product, vehicle
from tests.property.test_crypto_codecs import VALUES

HASHES = st.binary(min_size=32, max_size=32).map(b64url_encode)
ORGS = st.sampled_from([party.id for party in PARTIES]) | st.just(ItemId.parse("org:duns:150483782"))
ITEMS = st.sampled_from([make(n) for make in (pack, module, cell, product, vehicle) for n in (1, 2, 3)])
INSTANTS = st.builds(
    Instant.from_ms, st.integers(0, 4_000_000_000_000).map(lambda ms: ms // 1000 * 1000), st.integers(-11, 14)
)
VERIFIERS = st.binary(min_size=32, max_size=32).map(lambda seed: PrivateKey.from_seed(seed).verifier)

# One strategy for each codec that stands for a class of its own; the rest follows from its schema.
BY_CODEC: dict[int, st.SearchStrategy[Any]] = {}


def _register(annotation: Any, strategy: st.SearchStrategy[Any]) -> None:  # noqa: ANN401  annotations
    note = next(note for note in get_args(annotation)[1:] if isinstance(note, Codec))
    BY_CODEC[id(note)] = strategy


_register(fields.AnyItem, ITEMS)
_register(fields.AnyOrg, ORGS)
_register(fields.Moment, INSTANTS)
_register(fields.Date, st.dates())
_register(fields.Jwk, VERIFIERS)
_register(fields.Hash, HASHES)
_register(fields.Salt, st.binary(min_size=16, max_size=16))
_register(fields.SaltKey, st.binary(min_size=32, max_size=32))
_register(fields.Node, st.binary(min_size=32, max_size=32))
_register(fields.Prose, st.text("ab 电池é", min_size=1, max_size=9).filter(lambda text: text == text.strip()))
_register(
    fields.MgPerKg,
    st.dictionaries(st.sampled_from(Element).map(str), st.integers(0, 10**6), min_size=1, max_size=3),
)
_register(state.Party, ORGS | st.sampled_from(state.Holder))
_register(fields.LogVkey, VERIFIERS.map(lambda key: VerifierKey("log.example", key).format()))
_register(Members, st.dictionaries(st.sampled_from(["phase", "custodian"]), VALUES, max_size=2))
_register(CorrectedClaims, st.dictionaries(st.sampled_from(["place", "reason"]), VALUES, max_size=2))


def values_of(annotation: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401  annotations have no common type
    """Return a strategy for the values of a member's type."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _annotated(*get_args(annotation))
    if origin is tuple:
        return _lists(annotation, Size(0, 3))
    if origin in (Union, types.UnionType):
        return st.none() | values_of(get_args(annotation)[0])
    if annotation is bool:
        return st.booleans()
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return st.sampled_from(annotation)
    assert dataclasses.is_dataclass(annotation), annotation
    return objects(typing.cast("type", annotation))


def _annotated(base: Any, *notes: object) -> st.SearchStrategy[Any]:  # noqa: ANN401  the same
    codec = next((note for note in notes if isinstance(note, Codec)), None)
    if codec is not None:
        return BY_CODEC[id(codec)] if id(codec) in BY_CODEC else _by_schema(codec.schema)
    size = next((note for note in notes if isinstance(note, Size)), None)
    return _lists(base, size) if size else values_of(base)


def _lists(base: Any, size: Size) -> st.SearchStrategy[tuple[Any, ...]]:  # noqa: ANN401  the same
    member = values_of(get_args(base)[0])
    return st.lists(member, min_size=size.least, max_size=min(size.most, size.least + 2)).map(tuple)


def _by_schema(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if schema["type"] == "integer":
        return st.integers(schema["minimum"], schema["maximum"])
    assert schema["type"] == "string", schema
    return st.from_regex(schema["pattern"].replace("$", r"\Z")).filter(str.isascii)


def objects(kind: type) -> st.SearchStrategy[Any]:
    """Return a strategy for the values of a claims class or a state class."""
    if kind not in _OBJECTS:
        hints = typing.get_type_hints(kind, include_extras=True)
        members = {field.name: values_of(hints[field.name]) for field in dataclasses.fields(kind)}
        _OBJECTS[kind] = st.builds(kind, **members)
    return _OBJECTS[kind]


_OBJECTS: dict[type, st.SearchStrategy[Any]] = {}
STATES: list[type[State]] = list(typing.get_args(State))


# A class has a dozen members at most, and there are many classes: a few examples of each reach them all.
FEW = settings(max_examples=20)


@pytest.mark.parametrize("kind", REGISTRY.values(), ids=REGISTRY)
@FEW
@given(data=st.data())
def test_claims_round_trip(kind: type[Claims], data: st.DataObject) -> None:
    claims = data.draw(objects(kind))
    told = encode(claims)
    assert decode(kind, told) == claims
    assert strictjson.loads(strictjson.dumps(told)) == told
    assert encode(decode(kind, told)) == told


@pytest.mark.parametrize("kind", STATES, ids=lambda kind: str(kind.__name__))
@FEW
@given(data=st.data())
def test_states_round_trip_through_json(kind: type[State], data: st.DataObject) -> None:
    known = data.draw(objects(kind))
    told = state_to_json(known)
    again = state_from_json(_key_of(kind), strictjson.loads(strictjson.dumps(told)))
    assert again == known
    assert type(again) is kind


def _key_of(kind: type[State]) -> Key:
    facts = [fact for fact, of_kind in state._FACTS.items() if of_kind is kind]
    if facts:
        return Fact(facts[0], "")
    return PARTIES[0].id if kind is state.Organisation else pack(1)


@given(value=VALUES)
def test_arbitrary_json_raises_only_the_codecs_own_error(value: Json) -> None:
    for kind in (*REGISTRY.values(), *STATES, RuleSet):
        with suppress(MalformedClaimError):
            decode(kind, value)
    for claims in REGISTRY.values():
        for restricted in claims.row.restricted.values():
            with suppress(MalformedClaimError):
                restricted.codec.encode(restricted.codec.decode(value))


@pytest.mark.parametrize("kind", [*REGISTRY.values(), *STATES], ids=lambda kind: str(kind.__name__))
@FEW
@given(data=st.data())
def test_one_wrong_member_raises_only_the_codecs_own_error(kind: type, data: st.DataObject) -> None:
    told = encode(data.draw(objects(kind)))
    name = data.draw(st.sampled_from(sorted(members_of(kind))))
    told[name] = data.draw(VALUES | st.sampled_from(["org:", "org:1", "gbt34014:", "2026-02-30", -1, 2**60]))
    with suppress(MalformedClaimError):
        again: object = decode(kind, told)
        assert decode(kind, encode(again)) == again


@pytest.mark.parametrize("kind", [*REGISTRY.values(), *STATES], ids=lambda kind: str(kind.__name__))
def test_a_class_of_claims_has_a_schema_that_is_json(kind: type) -> None:
    schema = codec_of(kind).schema
    assert strictjson.loads(strictjson.dumps(typing.cast("Json", schema))) == schema


def test_every_chapter_is_registered() -> None:
    named = {kind.row.type for chapter in CHAPTERS for kind in vars(chapter).values() if _is_type(kind)}
    assert named == set(REGISTRY)
    assert set(state._FACTS) == set(FactKind)


def _is_type(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Claims) and kind is not Claims
