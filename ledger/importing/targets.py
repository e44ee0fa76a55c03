"""What the columns of an event type may tell, derived from its claims class: a new type needs no code here.

A target is named by its path: `mass_g`, `place.district`, `modules[].id`, `restricted.vin`; beside the
claims there are `item` (what the event is about), `vehicle`, `organisation` and `at` (when it happened).
"""

import dataclasses
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

from ledger.claims import Codec, codec_of
from ledger.events import REGISTRY, About, Claims
from ledger.fields import ITEM_ID, AnyOrg, MgPerKg, Moment, integer
from ledger.importing.forms import Form, form_of
from ledger.vocabulary import Element

ITEM: Final = "item"
VEHICLE: Final = "vehicle"
ORGANISATION: Final = "organisation"
AT: Final = "at"
RESTRICTED: Final = "restricted."
_NUMBER: Final = re.compile(r"\[[1-9][0-9]{0,2}\]")
_MEASURED: Final = codec_of(MgPerKg)
_MG_PER_KG: Final = integer(0, 10**6)


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that a column may tell.

    Attributes:
        path: its name.
        form: how it stands in a cell.
        required: whether each event needs it.
        needed: whether the object or list member that it belongs to needs it, once there is one.
    """

    path: str
    form: Form
    required: bool = False
    needed: bool = False


@cache
def targets_of(event: str) -> Mapping[str, Target]:
    """Return what the columns of an event type may tell, by path. Raises KeyError for an unknown type."""
    kind = REGISTRY[event]
    found = [*_subjects(kind), *_walk(kind, "", required=True), *_restricted(kind)]
    placed = kind.row.about is About.ITEMS  # a place goes with batteries only
    return {one.path: one for one in found if placed or not one.path.startswith("place.")}


def importable(event: str) -> bool:
    """Say whether rows can tell this event type: every claim that it must have fits into a cell."""
    kind = REGISTRY[event]
    return kind.row.about is not About.EVENT and not any(_hidden(kind))


def target(event: str, path: str) -> Target | None:
    """Return the target of a path; the numbered member `modules[3].id` is told as `modules[].id` is."""
    found = targets_of(event)
    if path in found:
        return found[path]
    general = _NUMBER.sub("[]", path, count=1)
    if general == path or general not in found:
        return None
    return dataclasses.replace(found[general], path=path, required=False)


def _subjects(kind: type[Claims]) -> Iterator[Target]:
    row = kind.row
    item = _form("item", ITEM_ID)
    yield Target(AT, _form("at", codec_of(Moment)))
    if row.about is About.ORGANISATION:
        yield Target(ORGANISATION, _form("organisation", codec_of(AnyOrg)), required=True)
    elif row.about is About.ITEMS and row.subjects[1] > 0:
        yield Target(ITEM, item, required=row.subjects[0] > 0)
    if row.vehicle or row.vehicle_optional:
        yield Target(VEHICLE, item, required=row.vehicle)


def _form(name: str, codec: Codec[Any]) -> Form:
    found = form_of(name, codec)
    if found is None:
        raise TypeError(f"{name} has no form")
    return found


def _restricted(kind: type[Claims]) -> Iterator[Target]:
    for name, row in kind.row.restricted.items():
        form = form_of(name, row.codec)
        if form is not None:
            yield Target(f"{RESTRICTED}{name}", form, required=row.required)


def _walk(kind: type, prefix: str, *, required: bool) -> Iterator[Target]:
    hints = get_type_hints(kind, include_extras=True)
    for field in dataclasses.fields(kind):
        needed = field.default is dataclasses.MISSING
        for one in _member(prefix + field.name.rstrip("_"), hints[field.name], required=required and needed):
            own = one.path.removeprefix(prefix).isidentifier()
            yield dataclasses.replace(one, needed=needed) if own else one


def _member(path: str, annotation: Any, *, required: bool) -> Iterator[Target]:  # noqa: ANN401  an annotation
    inner = _bare(annotation)
    if inner is _MEASURED:
        for element in Element:
            share = dataclasses.replace(_form("", _MG_PER_KG), unit="mg_per_kg")
            yield Target(f"{path}.{element}", share)
    elif isinstance(inner, tuple):
        yield from _many(path, inner[0], annotation, required=required)
    elif isinstance(inner, type) and dataclasses.is_dataclass(inner):
        yield from _walk(inner, f"{path}.", required=required)
    else:
        form = form_of(path, inner if isinstance(inner, Codec) else codec_of(inner))
        if form is not None:
            yield Target(path, form, required)


def _many(path: str, member: Any, annotation: Any, *, required: bool) -> Iterator[Target]:  # noqa: ANN401
    if isinstance(member, type) and dataclasses.is_dataclass(member):
        if "[]" not in path:  # a list within a list has no place in a row
            yield from _walk(member, f"{path}[].", required=False)
        return
    form = form_of(path, codec_of(annotation))
    if form is not None:
        yield Target(path, form, required)


def _bare(annotation: Any) -> Any:  # noqa: ANN401  an annotation
    """Return a codec, a class, or the member's annotation of a list in a tuple of one."""
    origin = get_origin(annotation)
    if origin is Annotated:
        base, *notes = get_args(annotation)
        return next((note for note in notes if isinstance(note, Codec)), None) or _bare(base)
    if origin in (Union, types.UnionType):
        return _bare(next(arm for arm in get_args(annotation) if arm is not types.NoneType))
    if origin is tuple:
        return (get_args(annotation)[0],)
    return annotation


def _hidden(kind: type) -> Iterator[str]:
    """Yield the claims that every event needs and no cell can tell."""
    told = {re.split(r"[.\[]", one.path)[0] for one in _walk(kind, "", required=True)}
    for field in dataclasses.fields(kind):
        name = field.name.rstrip("_")
        if field.default is dataclasses.MISSING and name not in told:
            yield name
