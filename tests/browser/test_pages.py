"""Every page for people, in a browser: whole on each screen and in each language, and open to everybody."""

import json
import re
from html import unescape
from typing import Final
from urllib.request import urlopen

import pytest

from api.openapi import OPERATIONS
from tests.browser.visit import Device, Visits
from tests.demonstration import Demonstration

_PACK: Final = "/p/{taxi}"
_EVENT: Final = "/e/{event}"
_ORG: Final = "/o/{org}"
PAGES: Final = {
    "pages.home": ["/"],
    "pages.find": ["/find?q=ZZZPB01DEMO0?0", "/find?q=nothing+at+all"],
    "pages.show": [
        _PACK,
        "/p/{recycled}",
        "/p/{stolen}",
        "/p/{clone}",
        "/p/{claimed}",
        "/p/ZZZPB01DEMO000DAL9999999",
    ],
    "pages.label": [_PACK + "/NOLABEL"],
    "pages.problem": ["/problems/lifecycle.ended", "/problems/no.such"],
    "ledger_pages.org": [_ORG, "/o/org:91999999DEM000014G"],
    "ledger_pages.event": [_EVENT, "/e/nothing"],
    "openapi.docs": ["/docs"],
    "desk.sign_in": ["/desk/sign-in"],
    "gate.scan": ["/scan"],
    "audit.audit": ["/audit"],
    "dashboard.dashboard": ["/dashboard"],
    "dashboard.events": ["{figure}"],
    "dashboard.flow": ["{flow}"],
    "dashboard.packs": ["{way}"],
}
"""Addresses for each route that gives HTML to whoever asks, also where it gives a problem."""
BEHIND_SIGN_IN: Final = frozenset(
    {
        "desk.desk",
        "desk.find",
        "desk.item",
        "desk.sign_out",
        "desk_consent.answer",
        "desk_consent.ask",
        "desk_forms.about_event",
        "desk_forms.alone",
        "desk_forms.finding",
        "desk_forms.form",
        "desk_forms.load",
        "desk_forms.recall",
        "desk_forms.state",
        "desk_keys.confirm",
        "desk_keys.keys",
        "desk_keys.revoke",
        "desk_shares.sharing",
        "importing.columns",
        "importing.start",
    }
)
"""Pages of the desk, which test_desk.py, test_desk_forms.py and test_import.py go through."""


def addresses(demonstration: Demonstration) -> list[str]:
    """Return the addresses of all pages, of items, an event and a firm of the demonstration."""
    names = {name: demonstration.code(name) for name in ("taxi", "recycled", "stolen")}
    names |= {name: demonstration.plan.samples[name] for name in ("clone", "claimed")}
    events = json.loads(read(demonstration, f"/v1/items/{demonstration.plan.samples['taxi']}/events"))
    names |= {"event": events["events"][-1]["id"], "org": events["events"][-1]["iss"]}
    dashboard = read(demonstration, "/dashboard")
    starts = (("figure", "/dashboard/events"), ("flow", "/dashboard/flow"), ("way", "/dashboard/packs"))
    for name, start in starts:
        names[name] = unescape(re.findall(rf'href="({start}[^"]+)"', dashboard)[0])
    return [address.format(**names) for listed in PAGES.values() for address in listed]


def read(demonstration: Demonstration, path: str) -> str:
    """Return what an address of the served demonstration answers."""
    with urlopen(demonstration.url + path) as answer:  # noqa: S310  the demonstration on loopback
        return str(answer.read().decode())


def test_every_route_that_gives_html_is_looked_at() -> None:
    html = {name for name, one in OPERATIONS.items() if "text/html" in one.gives}
    assert html == set(PAGES) | BEHIND_SIGN_IN


@pytest.mark.parametrize(("lang", "dark"), [("zh-CN", False), ("en", True)], ids=["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page_and_none_scrolls_sideways_at_320_pixels(
    visit: Visits, demonstration: Demonstration, lang: str, *, dark: bool
) -> None:
    there = visit(device=Device.SMALL_PHONE, lang=lang, dark=dark)
    there.allowed.append("the server responded with a status of 404")
    found, wide = {}, {}
    for address in addresses(demonstration):
        there.go(address)
        found[address], wide[address] = there.hurdles(), there.overflow()
    assert {address: hurdles for address, hurdles in found.items() if hurdles} == {}
    assert {address: by for address, by in wide.items() if by} == {}
