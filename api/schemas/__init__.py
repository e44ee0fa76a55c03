"""The shapes of requests: what a body or a query may hold, and nothing else.

A parameter that is none of a route's is refused, because a misspelt `dry_run` must not log for real.
"""

from collections.abc import Mapping
from typing import Any, Final

from flask import Request
from marshmallow import EXCLUDE, RAISE, Schema, ValidationError

from api.errors import HttpError
from crypto import strictjson
from crypto.errors import CryptoError

_LANGUAGE: Final = "lang"
_MAX_SHOWN: Final = 100
# Bodies are flat. Arrays in arrays would take twenty times the memory of their text.
_MAX_BRACKETS: Final = 100_000


class Query(Schema):
    """Base of query parameters; `lang` goes with every route."""

    class Meta:
        """Unknown parameters are refused."""

        unknown = RAISE


class Body(Schema):
    """Base of JSON bodies."""

    class Meta:
        """Unknown members are refused."""

        unknown = RAISE


class FreeQuery(Schema):
    """Base of the query parameters of pages, which links from elsewhere may add to."""

    class Meta:
        """Unknown parameters are left out."""

        unknown = EXCLUDE


def load_query(schema: type[Schema], request: Request) -> dict[str, Any]:
    """Return the query of a request in its shape; raises HttpError `http.parameter`."""
    given = {name: value for name, value in request.args.items() if name != _LANGUAGE}
    twice = next((name for name, values in request.args.lists() if len(values) > 1), None)
    if twice is not None:
        raise HttpError("http.parameter", path=twice, reason="is there twice")
    for name, value in given.items():
        if "\0" in name + value:
            raise HttpError("http.parameter", path=name, reason="holds a character U+0000")
    return _load(schema, given, "http.parameter")


def load_body(schema: type[Schema], request: Request) -> dict[str, Any]:
    """Return the JSON body of a request in its shape; raises HttpError, as for a body of another type."""
    if request.mimetype != "application/json":
        raise HttpError("http.media_type", found=request.mimetype or "-", allowed=["application/json"])
    value = read_json(request.get_data())
    if not isinstance(value, dict):
        raise HttpError("http.malformed", path="body", reason="must be a JSON object")
    _check_members(schema, value)
    return _load(schema, value, "http.malformed")


def read_json(data: bytes) -> strictjson.Json:
    """Return a JSON value, read as strictly as signed text is; raises HttpError `http.malformed`."""
    if data.count(b"[") + data.count(b"{") > _MAX_BRACKETS:
        raise HttpError("http.malformed", path="body", reason="has too many arrays and objects")
    try:
        return strictjson.loads(data)
    except CryptoError as error:
        raise HttpError("http.malformed", path="body", reason=error.reason) from error


def _check_members(schema: type[Schema], value: Mapping[str, Any]) -> None:
    """Check what costs little to check and much to load: unknown members, and lists that are too long."""
    known = schema().fields
    for name, given in value.items():
        if name not in known:
            raise HttpError("http.malformed", path=name[:_MAX_SHOWN], reason="Unknown field")
        limit = known[name].metadata.get("maxItems")
        if limit is not None and isinstance(given, list) and len(given) > limit:
            raise HttpError("http.too_many", found=len(given), limit=limit)


def _load(schema: type[Schema], given: Mapping[str, Any], rule: str) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema().load(given)
    except ValidationError as error:
        path, reason = _first(error.messages_dict)
        raise HttpError(rule, path=path, reason=reason) from error
    return loaded


def _first(messages: Mapping[Any, Any], path: str = "") -> tuple[str, str]:
    name, told = next(iter(messages.items()))
    place = f"{path}.{name}" if path else str(name)
    if isinstance(told, Mapping):
        return _first(told, place)
    return place, str(told[0]).removesuffix(".")
