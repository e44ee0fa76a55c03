"""The door: restricted claims are typed and cross-checked once, when they are submitted.

Their values never reach a state: a replay of public entries gives the same ones (docs/formats.md section 3).
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from crypto.encoding import b64url_encode
from crypto.errors import CryptoError
from crypto.strictjson import Json
from ledger.cells import cells_root
from ledger.claims import MalformedClaimError
from ledger.errors import MalformedError, RuleRefusal
from ledger.events import REGISTRY
from ledger.events.correction import EventCorrected
from ledger.events.envelope import Event
from ledger.events.labels import LabelReplaced
from ledger.events.production import ModuleManufactured, PackManufactured, ProductionAdded
from ledger.events.service import HealthMeasured
from ledger.identifiers import ItemId
from ledger.label import Label
from ledger.state import LoggedEvent, States, event_fact

Values = Mapping[str, Any]
# What a state of health is made of; none of these can be restated without the others.
_FIGURES: Final = frozenset({"quantity", "base", "measured", "soh_permille"})


def check_restricted(states: States, event: Event, disclosed: Mapping[str, Json]) -> dict[str, object]:
    """Return the restricted claims of an event, decoded.

    Raises:
        RuleRefusal: `restricted.name`, `restricted.form`, `restricted.missing`, `correction.bound`, or the
            rule of a cross-check.
    """
    corrected = _corrected(states, event)
    rows = (event.claims if corrected is None else REGISTRY[corrected.type]).row.restricted
    values: dict[str, object] = {}
    for name, value in disclosed.items():
        if name not in rows:
            raise RuleRefusal("restricted.name", event.id, claim=name, allowed=sorted(rows))
        try:
            values[name] = rows[name].codec.decode(value)
        except MalformedClaimError as error:
            path = error.under(name).path
            raise RuleRefusal("restricted.form", event.id, path=path, reason=error.reason) from error
    if corrected is not None:
        _check_correction(event, corrected, values)
        return values
    for name, row in rows.items():
        if row.required and name not in values:
            raise RuleRefusal("restricted.missing", event.id, claim=name)
    check = _CHECKS.get(type(event.claims))
    if check is not None:
        check(event, values)
    return values


def _corrected(states: States, event: Event) -> LoggedEvent | None:
    """Return the event that a correction names, None where it is no correction."""
    if not isinstance(event.claims, EventCorrected):
        return None
    named = states.get(event_fact(event.claims.event))
    if not isinstance(named, LoggedEvent):
        raise RuleRefusal("correction.unknown", event.claims.event)
    return named


def _check_correction(event: Event, corrected: LoggedEvent, values: Values) -> None:
    kind = REGISTRY[corrected.type]
    for name in values:
        if kind.row.restricted[name].bound:
            raise RuleRefusal("correction.bound", corrected.id, claim=name)
    if kind is HealthMeasured and _FIGURES & values.keys():
        for name in sorted(_FIGURES - {"quantity"}):
            if name not in values:
                raise RuleRefusal("restricted.missing", event.id, claim=name)
        _check_health(event, values)


def _check_made(event: Event, values: Values) -> None:
    if "cell_codes" in values:
        _check_cell_codes(event, values)
    if "label_token" in values:
        _check_label(event, values["label_token"])


def _check_cell_codes(event: Event, values: Values) -> None:
    made = values["cell_codes"]
    roots = _roots(event)
    if set(made.codes) != set(roots):
        raise RuleRefusal("cells.units", event.id, units=sorted(map(str, roots)))
    for item, (count, root) in roots.items():
        codes = made.codes[item]
        if len(set(codes)) != len(codes) or len(codes) != count or cells_root(made.key, codes) != root:
            raise RuleRefusal("cells.root", item, expected=root)


def _roots(event: Event) -> dict[ItemId, tuple[int | None, str]]:
    claims = event.claims
    found: dict[ItemId, tuple[int | None, str]] = {}
    if isinstance(claims, _ONE_UNIT) and claims.cells_root is not None:
        found[event.subjects[0]] = (claims.cell_count, claims.cells_root)
    if isinstance(claims, PackManufactured):
        for module in claims.modules:
            if module.cells_root is not None:
                found[module.id] = (module.cell_count, module.cells_root)
    return found


def _check_label(event: Event, token: str) -> None:
    claims = event.claims
    label = claims.label if isinstance(claims, _LABELLED) else None
    try:
        digest = Label.parse(token).sha256()
    except (MalformedError, CryptoError) as error:
        raise RuleRefusal("label.token", event.id, reason=error) from error
    if label is None or b64url_encode(digest) != label.sha256:
        raise RuleRefusal("label.token", event.id, reason="not the token whose hash is claimed")


def _check_health(event: Event, values: Values) -> None:
    # Rounded down, so that no battery is better than it was measured to be.
    permille = values["measured"] * 1000 // values["base"]
    if values["soh_permille"] != permille:
        raise RuleRefusal("health.permille", event.id, found=values["soh_permille"], expected=permille)


_ONE_UNIT: Final = (PackManufactured, ModuleManufactured, ProductionAdded)
_LABELLED: Final = (PackManufactured, ModuleManufactured, LabelReplaced)
_CHECKS: Final[Mapping[type, Callable[[Event, Values], None]]] = {
    PackManufactured: _check_made,
    ModuleManufactured: _check_made,
    ProductionAdded: _check_made,
    LabelReplaced: _check_made,
    HealthMeasured: _check_health,
}
