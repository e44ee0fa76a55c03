"""Requests that fail before any event is looked at: media type, form and size."""

import json
from typing import Final

from tests.refusals.case import Case, case
from tests.refusals.world import World
from tests.scenario import pack

CASES: Final[list[Case]] = []
JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"


def _sound(world: World) -> str:
    return world.teller().pack_manufactured(pack(90))


@case(CASES, "request", "a sound event as plain text", 415, "http.media_type", media_type="text/plain")
def _plain(world: World) -> str:
    return _sound(world)


@case(CASES, "request", "a list that is not JSON", 400, "http.malformed", media_type=JSON)
def _no_json(world: World) -> str:
    return _sound(world)


@case(CASES, "request", "an object without `events`", 400, "http.malformed", media_type=JSON)
def _no_events(world: World) -> str:
    return json.dumps({"event": _sound(world)})


@case(CASES, "request", "events that are objects instead of texts", 400, "http.malformed", media_type=JSON)
def _objects(_: World) -> str:
    return json.dumps({"events": [{"v": 1}]})


@case(CASES, "request", "a line that is not a JSON text", 400, "http.malformed", media_type=NDJSON)
def _line(world: World) -> str:
    return f'{json.dumps(_sound(world))}\n{{"v":1}}\n'


@case(CASES, "oversized", "1,001 events in one request", 413, "http.too_many", media_type=JSON)
def _too_many(world: World) -> str:
    return json.dumps({"events": [_sound(world)] * 1_001})


@case(CASES, "oversized", "a request of more than 16 MiB", 413, "http.too_large")
def _too_large(world: World) -> str:
    return _sound(world) + "A" * (16 * 1024 * 1024)
