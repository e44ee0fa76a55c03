"""Claims: the decoder, the encoder and the schema that one declaration gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import pytest

from crypto.strictjson import Json
from ledger.claims import (
    MAX_LIST,
    MalformedClaimError,
    Size,
    codec_of,
    decode,
    encode,
    mapping_of,
    members_of,
)
from ledger.fields import Count, MassG, Text, integer, text
from ledger.vocabulary import Role


class Colour(StrEnum):
    """A code list."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A member that is a class of its own."""

    name: Text
    mass_g: MassG = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """One member of every kind."""

    colour: Colour
    count: Count
    in_: Part
    sealed: bool = False
    parts: Annotated[tuple[Part, ...], Size(0, 2)] = ()
    roles: tuple[Role, ...] = ()
    spare: Part | None = None
    shares: (
        Annotated[Mapping[str, int], mapping_of(text("[a-z]", "a letter"), integer(0, 9), Size(0, 2))] | None
    ) = None


LEAST: dict[str, Json] = {"colour": "red", "count": 1, "in": {"name": "A"}}
WHOLE = Whole(
    colour=Colour.BLUE,
    count=7,
    in_=Part(name="A", mass_g=5),
    sealed=True,
    parts=(Part(name="B"), Part(name="C")),
    roles=(Role.RECYCLER,),
    spare=Part(name="D"),
    shares={"a": 1, "b": 2},
)


def test_a_value_is_encoded_as_its_members_and_comes_back() -> None:
    told = encode(WHOLE)
    assert told == {
        "colour": "blue",
        "count": 7,
        "in": {"name": "A", "mass_g": 5},
        "sealed": True,
        "parts": [{"name": "B"}, {"name": "C"}],
        "roles": ["recycler"],
        "spare": {"name": "D"},
        "shares": {"a": 1, "b": 2},
    }
    assert decode(Whole, told) == WHOLE


def test_what_is_at_its_default_is_left_out() -> None:
    assert encode(Whole(colour=Colour.RED, count=1, in_=Part(name="A"))) == LEAST
    assert decode(Whole, LEAST) == Whole(colour=Colour.RED, count=1, in_=Part(name="A"))


@pytest.mark.parametrize(
    ("change", "path", "reason"),
    [
        ({"colour": "green"}, "colour", "must be one of red, blue"),
        ({"colour": 1}, "colour", "must be one of red, blue"),
        ({"colour": ["red"]}, "colour", "must be one of red, blue"),
        ({"count": -1}, "count", "must be 0 to 9007199254740991"),
        ({"count": True}, "count", "must be an integer"),
        ({"count": "1"}, "count", "must be an integer"),
        ({"count": None}, "count", "must be an integer"),
        ({"in": []}, "in", "must be an object"),
        ({"in": {}}, "in.name", "is missing"),
        ({"in": {"name": "a"}}, "in.name", "must be 1 to 40 of 0-9 A-Z . -"),
        ({"in": {"name": "A", "weight": 1}}, "in.weight", "no such member here"),
        ({"sealed": 1}, "sealed", "must be true or false"),
        ({"parts": {}}, "parts", "must be a list"),
        ({"parts": [{"name": "A"}] * 3}, "parts", "must have 0 to 2 members"),
        ({"parts": [{"name": "A"}, {"name": 1}]}, "parts[1].name", "must be 1 to 40 of 0-9 A-Z . -"),
        ({"roles": ["king"]}, "roles[0]", "must be one of " + ", ".join(Role)),
        ({"spare": None}, "spare", "must be an object"),
        ({"shares": []}, "shares", "must be an object"),
        ({"shares": {"a": 1, "b": 1, "c": 1}}, "shares", "must have 0 to 2 members"),
        ({"shares": {"A": 1}}, "shares.A", "must be a letter"),
        ({"shares": {"a": 10}}, "shares.a", "must be 0 to 9"),
        ({"in_": {"name": "A"}}, "in_", "no such member here"),
        ({"extra": 1}, "extra", "no such member here"),
    ],
)
def test_what_is_wrong_is_named_with_its_path(change: dict[str, Json], path: str, reason: str) -> None:
    with pytest.raises(MalformedClaimError) as caught:
        decode(Whole, LEAST | change)
    assert (caught.value.path, caught.value.reason) == (path, reason)
    assert str(caught.value) == f"{path}: {reason}"


@pytest.mark.parametrize("missing", LEAST)
def test_a_member_without_a_default_must_be_there(missing: str) -> None:
    rest = {name: value for name, value in LEAST.items() if name != missing}
    with pytest.raises(MalformedClaimError) as caught:
        decode(Whole, rest)
    assert (caught.value.path, caught.value.reason) == (missing, "is missing")


@pytest.mark.parametrize("value", [None, 1, "text", [], True])
def test_claims_are_an_object(value: Json) -> None:
    with pytest.raises(MalformedClaimError, match=r"^must be an object$"):
        decode(Whole, value)


def test_a_list_without_a_size_of_its_own_has_a_limit() -> None:
    codec_of(tuple[Role, ...]).decode(["recycler"] * MAX_LIST)
    with pytest.raises(MalformedClaimError, match="members"):
        codec_of(tuple[Role, ...]).decode(["recycler"] * (MAX_LIST + 1))


def test_members_are_known_by_the_names_they_travel_under() -> None:
    assert list(members_of(Whole)) == [
        "colour",
        "count",
        "in",
        "sealed",
        "parts",
        "roles",
        "spare",
        "shares",
    ]


def test_the_schema_says_what_the_decoder_takes() -> None:
    schema = codec_of(Whole).schema
    assert schema["required"] == ["colour", "count", "in"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["colour"] == {"type": "string", "enum": ["red", "blue"]}
    assert schema["properties"]["parts"]["maxItems"] == 2
    assert schema["properties"]["in"]["properties"]["name"]["pattern"] == "^(?:[0-9A-Z.-]{1,40})$"


@pytest.mark.parametrize("annotation", [str, int, float, bytes, Any, dict[str, int]])
def test_a_type_without_a_form_cannot_be_declared(annotation: object) -> None:
    with pytest.raises(TypeError, match="no codec"):
        codec_of(annotation)


def test_a_note_that_is_no_codec_is_passed_over() -> None:
    assert codec_of(Annotated[Colour, "a note"]).decode("red") is Colour.RED
