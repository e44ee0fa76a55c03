"""openapi.json covers every route and every event type, and /docs shows them."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.openapi import OPERATIONS, event_types, form
from ledger.claims import members_of
from ledger.events import REGISTRY
from tests.site import Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An empty ledger."""
    found = Site(tmp_path_factory.mktemp("site"))
    yield found
    found.close()


def test_every_route_is_documented_and_nothing_else(site: Site) -> None:
    assert set(OPERATIONS) == {rule.endpoint for rule in site.app.url_map.iter_rules()}
    paths = site.get("/openapi.json").get_json()["paths"]
    routes = {rule.rule.replace("<path:", "<").replace("<", "{").replace(">", "}") for rule in _rules(site)}
    assert set(paths) == routes
    for rule in _rules(site):
        path = rule.rule.replace("<path:", "<").replace("<", "{").replace(">", "}")
        assert {method.lower() for method in rule.methods - {"HEAD", "OPTIONS"}} <= set(paths[path])


def _rules(site: Site) -> list[Any]:
    return list(site.app.url_map.iter_rules())


def test_every_operation_says_what_it_does_and_has_a_name_of_its_own(site: Site) -> None:
    paths = site.get("/openapi.json").get_json()["paths"]
    operations = [one for operations in paths.values() for one in operations.values()]
    assert all(one["summary"] for one in operations)
    names = [one["operationId"] for one in operations]
    assert len(names) == len(set(names))


def test_every_event_type_is_a_schema_with_all_its_claims(site: Site) -> None:
    schemas = site.get("/openapi.json").get_json()["components"]["schemas"]
    for name, kind in REGISTRY.items():
        assert set(schemas[name]["properties"]) == set(members_of(kind))
        assert schemas[name]["additionalProperties"] is False
        for claim in kind.row.restricted:
            assert f"{name}.restricted.{claim}" in schemas


def test_every_reference_leads_somewhere(site: Site) -> None:
    document = site.get("/openapi.json")
    schemas = document.get_json()["components"]["schemas"]
    for part in document.text.split('"$ref":"#/components/schemas/')[1:]:
        assert part.partition('"')[0] in schemas


def test_the_docs_page_lists_routes_and_event_types(site: Site) -> None:
    text = site.get("/docs", Accept_Language="en").text
    for name in REGISTRY:
        assert f'id="{name}"' in text
    assert "/v1/items/{item_id}/tree" in text


def test_forms_of_claims_are_told_in_few_words() -> None:
    told = {one.name: {claim: text for claim, text, _ in one.claims} for one in event_types()}
    assert told["item.collected"]["waste"] == "boolean"
    assert told["pack.removed"]["reason"] == "repair | replacement | scrapping | recall"
    assert told["transfer.offered"]["count"].startswith("integer 1–")
    assert told["item.split"]["unaccounted"] == "[an item id] 0–255"
    assert form({"type": "object"}) == "object"
