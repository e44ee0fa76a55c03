"""The event: its members, its types, and that `prev` is exactly what it is about."""

import dataclasses
import json
from collections.abc import Mapping

import pytest

from crypto import jws
from crypto.encoding import b64url_encode
from crypto.strictjson import Json
from ledger.errors import MalformedSubmissionError, Refusal, TooLargeError
from ledger.events import production, retirement, second_life
from ledger.events.envelope import MAX_JWS_BYTES, TYP, Event, UnknownEventTypeError, build, event_id, parse
from ledger.events.vehicle import PackFitted, PackRemoved
from ledger.identifiers import ItemId
from ledger.vocabulary import Decision, RemovalReason, RetirementReason
from tests.consortium import (
    LAB,
    MADE_ON,
    MAKER,
    ORIGIN,
    REGISTRAR,
    SECOND_LIFE,
    START,
    VEHICLE_MAKER,
    Party,
    module,
    pack,
    uuid7,
    vehicle,
)

RETIRED = retirement.ItemRetired(place=MAKER.place, reason=RetirementReason.FAULT)
EVENT_ID = b64url_encode(bytes(range(32)))
DIGEST = b64url_encode(bytes(32))
EVENT: dict[str, Json] = {
    "v": 1,
    "aud": ORIGIN,
    "iss": str(MAKER.id),
    "jti": uuid7(START, "an event"),
    "iat": START.ms // 1000,
    "event": "item.retired",
    "at": START.text,
    "prev": {str(pack(1)): EVENT_ID},
    "data": {"place": {"district": "330109"}, "reason": "fault"},
}


def signed(members: Json, typ: str = TYP) -> jws.Jws:
    return jws.parse(jws.sign(json.dumps(members).encode(), MAKER.key(), typ))


def made(claims: object, prev: Mapping[ItemId, str | None], by: Party = MAKER) -> Event:
    told = build(
        claims,  # type: ignore[arg-type]  # claims of any type
        aud=ORIGIN,
        iss=by.id,
        jti=uuid7(START, "made"),
        iat=START.ms // 1000,
        at=START,
        prev=prev,
    )
    return parse(jws.parse(jws.sign(told, by.key(), TYP)))


def without(name: str) -> dict[str, Json]:
    return {member: value for member, value in EVENT.items() if member != name}


def test_an_event_is_what_its_members_say() -> None:
    text = signed(EVENT)
    event = parse(text)
    assert event == Event(
        id=event_id(text.signing_input),
        kid=MAKER.key().verifier.thumbprint(),
        aud=ORIGIN,
        iss=MAKER.id,
        jti=uuid7(START, "an event"),
        iat=START.ms // 1000,
        type="item.retired",
        at=START,
        prev={pack(1): EVENT_ID},
        claims=RETIRED,
    )
    assert (event.subjects, event.touched) == ((pack(1),), (pack(1),))


def test_what_is_built_is_parsed_as_it_was() -> None:
    event = made(RETIRED, {pack(1): EVENT_ID, pack(2): None})
    assert (event.claims, dict(event.prev)) == (RETIRED, {pack(1): EVENT_ID, pack(2): None})


def test_an_id_does_not_depend_on_the_signature() -> None:
    once = signed(EVENT)
    again = dataclasses.replace(once, signature=bytes(64))
    assert parse(once).id == parse(again).id
    assert len(parse(once).id) == 43


@pytest.mark.parametrize(
    ("members", "rule", "path"),
    [
        ([EVENT], "format.json", None),
        ("text", "format.json", None),
        *((without(name), "format.envelope", name) for name in EVENT),
        (EVENT | {"extra": 1}, "format.envelope", "extra"),
        (EVENT | {"v": 2}, "format.version", None),
        (EVENT | {"v": True}, "format.version", None),
        (EVENT | {"v": "1"}, "format.version", None),
        (EVENT | {"aud": "white space"}, "format.envelope", "aud"),
        (EVENT | {"aud": ""}, "format.envelope", "aud"),
        (EVENT | {"iss": str(pack(1))}, "format.envelope", "iss"),
        (EVENT | {"iss": 1}, "format.envelope", "iss"),
        (EVENT | {"jti": "0190cafe-0000-4000-8000-000000000000"}, "format.envelope", "jti"),
        (EVENT | {"jti": uuid7(START, "x").upper()}, "format.envelope", "jti"),
        (EVENT | {"iat": -1}, "format.envelope", "iat"),
        (EVENT | {"iat": True}, "format.envelope", "iat"),
        (EVENT | {"iat": "1"}, "format.envelope", "iat"),
        (EVENT | {"iat": 2**53 - 1}, "format.envelope", "iat"),
        (EVENT | {"event": "Item.Retired"}, "format.envelope", "event"),
        (EVENT | {"event": 7}, "format.envelope", "event"),
        (EVENT | {"at": "2026-06-01T08:00:00Z"}, "format.envelope", "at"),
        (EVENT | {"prev": [str(pack(1))]}, "format.envelope", "prev"),
        (EVENT | {"prev": {"pack": None}}, "format.envelope", "prev"),
        (EVENT | {"prev": {str(pack(1)): "short"}}, "format.envelope", "prev"),
        (EVENT | {"prev": {str(pack(1)): 0}}, "format.envelope", "prev"),
        (EVENT | {"prev": {str(pack(n)): None for n in range(1, 258)}}, "format.envelope", "prev"),
        (EVENT | {"data": []}, "format.claim", "data"),
        (EVENT | {"data": {"reason": "fault"}}, "format.claim", "data.place"),
        (EVENT | {"data": {"place": {"district": "330109"}}}, "format.claim", "data.reason"),
        (
            EVENT | {"data": {"place": {"district": "x"}, "reason": "fault"}},
            "format.claim",
            "data.place.district",
        ),
        (EVENT | {"_sd_alg": "sha-256"}, "format.sd_alg", None),
    ],
)
def test_another_form_is_refused_with_its_path(members: Json, rule: str, path: str | None) -> None:
    with pytest.raises(MalformedSubmissionError) as caught:
        parse(signed(members))
    assert caught.value.rule == rule
    assert caught.value.facts.get("path") == path


def test_the_payload_is_strict_json() -> None:
    text = jws.parse(jws.sign(b'{"v":1,"v":1}', MAKER.key(), TYP))
    with pytest.raises(MalformedSubmissionError, match=r"^format\.json .*twice"):
        parse(text)


def test_another_type_of_jws_is_no_event() -> None:
    with pytest.raises(MalformedSubmissionError, match=r"^format\.typ"):
        parse(signed(EVENT, typ="access+jwt"))


def test_a_type_that_nobody_knows_is_no_malformed_event() -> None:
    with pytest.raises(UnknownEventTypeError) as caught:
        parse(signed(EVENT | {"event": "pack.painted"}))
    assert (caught.value.rule, caught.value.facts) == ("rules.event_unknown", {"event": "pack.painted"})


def test_a_jws_has_60000_bytes_at_most() -> None:
    text = signed(EVENT)
    parse(dataclasses.replace(text, text=text.text.ljust(MAX_JWS_BYTES, "A")))
    with pytest.raises(TooLargeError) as caught:
        parse(dataclasses.replace(text, text=text.text.ljust(MAX_JWS_BYTES + 1, "A")))
    assert caught.value.rule == "format.jws_size"
    assert caught.value.facts == {"limit": MAX_JWS_BYTES, "size": MAX_JWS_BYTES + 1}


@pytest.mark.parametrize(
    ("sd", "algorithm", "rule"),
    [
        ([DIGEST], None, "format.sd_alg"),
        ([DIGEST], "sha-512", "format.sd_alg"),
        ("digest", "sha-256", "format.disclosure"),
        ([1], "sha-256", "format.disclosure"),
        ([], "sha-256", "format.disclosure"),
        (["short"], "sha-256", "format.disclosure"),
        ([DIGEST, DIGEST], "sha-256", "format.disclosure"),
        ([EVENT_ID, DIGEST], "sha-256", "format.disclosure"),
    ],
)
def test_digests_are_sorted_unique_and_announced(sd: Json, algorithm: str | None, rule: str) -> None:
    members = EVENT | {"data": {"place": {"district": "330109"}, "reason": "fault", "_sd": sd}}
    if algorithm is not None:
        members["_sd_alg"] = algorithm
    with pytest.raises(MalformedSubmissionError, match=rf"^{rule}"):
        parse(signed(members))


def test_digests_stand_in_the_event_and_not_in_its_claims() -> None:
    data: Json = {"place": {"district": "330109"}, "reason": "fault", "_sd": [DIGEST, EVENT_ID]}
    event = parse(signed(EVENT | {"data": data, "_sd_alg": "sha-256"}))
    assert (event.sd, event.claims) == ((DIGEST, EVENT_ID), RETIRED)


# What `prev` names


PACK = production.PackManufactured(
    place=MAKER.place,
    model=MAKER.model(),
    mass_g=1,
    manufactured_on=MADE_ON,
    modules=(production.ModuleEntry(id=module(1), mass_g=1),),
)
FITTED = PackFitted(place=VEHICLE_MAKER.place)
GRADED = second_life.ItemGraded(
    place=SECOND_LIFE.place,
    grades=(second_life.Grade(item=pack(1), rule="r@1", grade="a", decision=Decision.REUSE),),
)
DECLARED: Json = {"model": MAKER.model(), "kind": "pack"}


def test_what_claims_name_is_no_subject() -> None:
    event = made(PACK, {module(1): None, pack(1): None})
    assert (event.subjects, event.touched) == ((pack(1),), (module(1), pack(1)))


def test_a_vehicle_beside_the_pack_is_no_subject() -> None:
    event = made(FITTED, {vehicle(1): None, pack(1): EVENT_ID}, VEHICLE_MAKER)
    assert (event.subjects, event.vehicle) == ((pack(1),), vehicle(1))
    assert event.touched == (vehicle(1), pack(1))


def test_a_pack_that_replaces_another_is_not_in_prev() -> None:
    claims = PackRemoved(place=MAKER.place, reason=RemovalReason.REPAIR, replaced_by=pack(2))
    assert made(claims, {vehicle(1): EVENT_ID, pack(1): EVENT_ID}).subjects == (pack(1),)


def test_a_statement_touches_nothing() -> None:
    assert made(GRADED, {pack(1): EVENT_ID}, SECOND_LIFE).touched == ()


@pytest.mark.parametrize(
    ("claims", "prev"),
    [
        (RETIRED, {}),
        (RETIRED, {MAKER.id: None}),
        (RETIRED, {pack(1): None, MAKER.id: None}),
        (PACK, {pack(1): None}),
        (PACK, {module(1): None}),
        (PACK, {pack(1): None, module(1): None, module(2): None}),
        (GRADED, {pack(1): None, pack(2): None}),
        (FITTED, {pack(1): None}),
        (FITTED, {vehicle(1): None}),
        (FITTED, {pack(1): None, vehicle(1): None, vehicle(2): None}),
        (FITTED, {pack(1): None, pack(2): None, vehicle(1): None}),
    ],
)
def test_prev_is_exactly_what_the_event_is_about(claims: object, prev: dict[ItemId, str | None]) -> None:
    with pytest.raises(MalformedSubmissionError, match=r"^prev\.items"):
        made(claims, prev)


def test_no_claim_names_an_item_twice() -> None:
    entry = production.ModuleEntry(id=module(1), mass_g=1)
    twice = dataclasses.replace(PACK, modules=(entry, entry))
    with pytest.raises(MalformedSubmissionError) as caught:
        made(twice, {pack(1): None, module(1): None})
    assert (caught.value.rule, caught.value.item) == ("prev.twice", str(module(1)))


@pytest.mark.parametrize("about", [str(LAB.id), str(pack(1))])
def test_what_a_signer_says_of_itself_is_about_itself(about: str) -> None:
    spec: Json = {"spec": "01", "chemistry": "lfp"}
    members = EVENT | {
        "event": "coding.filed",
        "prev": {about: None},
        "data": {"vendor": "ZZZ", "specs": [spec]},
    }
    with pytest.raises(MalformedSubmissionError, match=r"^prev\.items"):
        parse(signed(members))
    assert parse(signed(members | {"prev": {str(MAKER.id): None}})).subjects == (MAKER.id,)


def test_only_what_happens_to_items_has_a_place() -> None:
    members = EVENT | {
        "event": "org.suspended",
        "prev": {str(REGISTRAR.id): None},
        "data": {"ground": "insolvency", "place": {"district": "330109"}},
    }
    with pytest.raises(MalformedSubmissionError) as caught:
        parse(signed(members))
    assert caught.value.facts == {"path": "data.place", "reason": "goes with items only"}


def test_a_refusal_tells_its_rule_its_item_and_its_facts() -> None:
    refusal = Refusal("a.rule", pack(1), found=3, at=START)
    assert str(refusal) == f"a.rule {pack(1)} (found=3, at={START.text})"
    assert (str(Refusal("a.rule")), Refusal("a.rule").item) == ("a.rule", None)
