"""The words of forms: what fields are called, with units, and what may be filled in."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from api.claims_text import code_list
from api.texts import Texts
from ledger.events import REGISTRY
from ledger.lifecycle.authority import CONSENTED
from ledger.wording import UnknownTextError, translate

CONSENTS: Final = CONSENTED | {"state.rectified"}
"""The acts that another firm's consent may be asked for."""
_FREE: Final = "minLength"
"""What only the schema of prose has, of which there is nothing to say but that it is short."""
_UNITS: Final = {
    "_g_per_kwh": "g/kWh",
    "_ohm_per_v": "Ω/V",
    "_ppm": "ppm",
    "_mah": "mAh",
    "_wh": "Wh",
    "_mv": "mV",
    "_g": "g",
    "_w": "W",
}
"""The units that names of claims end in, the longer first."""


def label_of(name: str, texts: Texts, event: str = "", group: str = "") -> str:
    """Return a claim's name with its unit, in other words where a form asks what a page would tell."""
    last = name.rpartition(".")[2]
    desk = Texts(texts.lang, "desk")
    path = name.replace(".", "_")
    exact = _first_text(desk, (f"{event.replace('.', '_')}_{path}", path) if path != last or event else ())
    if exact is not None:
        return exact
    told = _first_text(desk, (last,)) or texts.word("claim", last)
    unit = next((unit for suffix, unit in _UNITS.items() if last.endswith(suffix)), None)
    told = f"{group} · {told}" if group else told
    return (
        told if unit is None or (len(unit) > 1 and unit in told) else desk("form.unit", name=told, unit=unit)
    )


def _first_text(desk: Texts, names: Sequence[str]) -> str | None:
    for name in names:
        try:
            return desk(f"label.{name}")
        except UnknownTextError:
            continue
    return None


def hint_of(schema: Mapping[str, Any], takes: str, texts: Texts) -> str:
    """Return what a text must be: an id that is taken, or what its codec says of itself."""
    if _FREE in schema:
        return ""
    return hint(takes, texts) if takes else translate(str(schema.get("description", "")), texts.lang)


def hint(name: str, texts: Texts) -> str:
    """Return what may be filled in, in few words."""
    return Texts(texts.lang, "desk")(f"hint.{name}")


def words(kind: type[StrEnum], texts: Texts) -> list[tuple[str, str]]:
    """Return the codes of a list, each with its word."""
    return [(code.value, texts.word(code_list(kind), code)) for code in kind]


def event_types(event: str, texts: Texts) -> list[tuple[str, str]]:
    """Return the event types that a claim may name: those a consent, or a delegation, can be about."""
    if event == "consent.given":
        names: Collection[str] = CONSENTS
    else:
        names = [name for name, kind in REGISTRY.items() if kind.row.delegable]
    return sorted(((name, texts.word("event", name)) for name in names), key=lambda one: one[1])
