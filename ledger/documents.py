"""Documents that claims name by their hash: a member whose name ends in `_sha256`.

The hash of a label or of a rule set is a plain `sha256` and names no document.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from crypto.strictjson import Json
from ledger.claims import codec_of, encode
from ledger.events import REGISTRY
from ledger.events.envelope import Event

_SUFFIX: Final = "_sha256"


def stated_documents(event: Event) -> frozenset[str]:
    """Return the hashes of the documents that an event's public claims name."""
    if not _may_name(event.type):
        return frozenset()
    return frozenset(_named(encode(event.claims)))


def disclosed_document(name: str, value: Json) -> str | None:
    """Return the hash that a restricted claim names a document by."""
    return value if name.endswith(_SUFFIX) and isinstance(value, str) else None


@cache
def _may_name(event_type: str) -> bool:
    return _in_schema(codec_of(REGISTRY[event_type]).schema)


def _in_schema(schema: Any) -> bool:  # noqa: ANN401  any part of a JSON schema
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        # Claims typed by another event's type are open: a correction may name any document.
        is_open = schema.get("type") == "object" and not properties
        named = any(str(name).endswith(_SUFFIX) for name in properties)
        return named or is_open or any(map(_in_schema, schema.values()))
    return isinstance(schema, list) and any(map(_in_schema, schema))


def _named(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            found = disclosed_document(name, member)
            if found is not None:
                yield found
            else:
                yield from _named(member)
    elif isinstance(value, list):
        for one in value:
            yield from _named(one)
