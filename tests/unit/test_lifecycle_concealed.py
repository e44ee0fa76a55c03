"""Restricted claims of a unit at the door: cell codes behind their root, and label tokens."""

from collections.abc import Mapping

import pytest

from crypto.encoding import b64url_encode
from crypto.strictjson import Json
from ledger.events.production import LabelClaim
from ledger.identifiers import ItemId
from ledger.label import Label, sign_label
from tests.consortium import (
    MAKER,
    cell,
    module,
    pack,
)
from tests.labels import ED25519, FACTS, OTHER, URL
from tests.memory import World
from tests.storyteller import CELLS_KEY
from tests.unit.test_lifecycle_production import entry, pack_claims


def codes(of: Mapping[ItemId, list[ItemId]], key: bytes = CELLS_KEY) -> dict[str, Json]:
    return {
        "cell_codes": {
            "key": b64url_encode(key),
            "codes": {str(item): [one.value for one in cells] for item, cells in of.items()},
        }
    }


def test_cell_codes_name_exactly_the_units_with_a_root() -> None:
    world = World()
    claims = pack_claims(entry(module(1), cells=(cell(1),)), entry(module(2)))
    for named in ({module(2): [cell(1)]}, {module(1): [cell(1)], module(2): [cell(2)]}):
        text = world.story.tell(MAKER, claims, pack(1), restricted=codes(named))
        refusal = world.refused(text, "cells.units")
        assert refusal.facts == {"units": [str(module(1))]}
    world.tell(MAKER, claims, pack(1), restricted=codes({module(1): [cell(1)]}))


@pytest.mark.parametrize(
    "wrong",
    [
        codes({pack(1): [cell(1), cell(3)]}),
        codes({pack(1): [cell(1)]}),
        codes({pack(1): [cell(1), cell(2), cell(2)]}),
        codes({pack(1): [cell(1), cell(2)]}, key=bytes(32)),
    ],
    ids=["another cell", "one too few", "one twice", "another key"],
)
def test_cell_codes_hash_to_the_root_they_stand_behind(wrong: dict[str, Json]) -> None:
    world = World()
    claims = pack_claims(cells=(cell(1), cell(2)))
    refusal = world.refused(world.story.tell(MAKER, claims, pack(1), restricted=wrong), "cells.root", pack(1))
    assert refusal.facts == {"expected": claims.cells_root}


def test_cell_codes_come_in_any_order() -> None:
    world = World()
    claims = pack_claims(cells=(cell(1), cell(2)))
    world.tell(MAKER, claims, pack(1), restricted=codes({pack(1): [cell(2), cell(1)]}))


@pytest.mark.parametrize("token", ["NO TOKEN", "", "AAAA"])
def test_a_label_token_is_one(token: str) -> None:
    world = World()
    claims = pack_claims(label=LabelClaim(number=1, sha256="A" * 43))
    text = world.story.tell(MAKER, claims, pack(1), restricted={"label_token": token})
    world.refused(text, "label.token")


def test_the_hash_of_a_label_is_that_of_its_token() -> None:
    world = World()
    token = sign_label(FACTS, URL.prefix, ED25519)
    digest = b64url_encode(Label.parse(token).sha256())
    claims = pack_claims(label=LabelClaim(number=1, sha256=digest))
    other = sign_label(FACTS, URL.prefix, OTHER)
    for restricted, told in (({"label_token": other}, claims), ({"label_token": token}, pack_claims())):
        world.refused(world.story.tell(MAKER, told, pack(1), restricted=restricted), "label.token")
    world.tell(MAKER, claims, pack(1), restricted={"label_token": token})
    assert (world.item(pack(1)).label_number, world.item(pack(1)).label_sha256) == (1, digest)


def test_a_restricted_claim_belongs_to_the_event_type() -> None:
    world = World()
    text = world.story.tell(MAKER, pack_claims(), pack(1), restricted={"vin": "LZZZZZZZ0R0000001"})
    refusal = world.refused(text, "restricted.name", world.story.last.id)
    assert refusal.facts["claim"] == "vin"
    text = world.story.tell(MAKER, pack_claims(), pack(1), restricted={"model": "public"})
    world.refused(text, "restricted.name")


@pytest.mark.parametrize(
    ("restricted", "path"),
    [
        ({"cell_codes": 7}, "cell_codes"),
        ({"cell_codes": {"key": "AA", "codes": {}}}, "cell_codes.key"),
        ({"cell_lots": ["no id"]}, "cell_lots[0]"),
        ({"test_report_sha256": "short"}, "test_report_sha256"),
    ],
)
def test_a_restricted_claim_has_its_form(restricted: dict[str, Json], path: str) -> None:
    world = World()
    text = world.story.tell(MAKER, pack_claims(), pack(1), restricted=restricted)
    refusal = world.refused(text, "restricted.form", world.story.last.id)
    assert refusal.facts["path"] == path
