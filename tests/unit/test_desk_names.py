"""The desk in another's name, cells listed on a form, and what a correction begins with."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask.testing import FlaskClient

from ledger.delegations import delegations_to
from ledger.events.correction import EventCorrected
from ledger.events.standing import DelegationGranted, DelegationRevoked
from ledger.identifiers import ItemId
from ledger.vocabulary import Ground, Purpose
from tests.consortium import cell
from tests.scenario import MAKER, RECYCLER, SECOND_LIFE, VEHICLE_MAKER, Party, module, pack, vehicle
from tests.site import Site, problem
from tests.unit.test_desk import prepared
from tests.unit.test_sessions import at_desk, csrf_of

DELEGATED = ("module.manufactured", "pack.removed", "transfer.offered")
EN = {"Accept-Language": "en"}
CODES = [cell(number).value for number in range(1, 4)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A ledger in which the vehicle maker lets the second-life firm act for it, and has a pack in a car."""
    found = Site(tmp_path_factory.mktemp("site"))
    found.found()
    story = found.story
    found.submit([story.site_set(MAKER, "HALL-2", "Second hall"), story.pack_manufactured(pack(1))])
    found.submit([*story.transfer(MAKER, VEHICLE_MAKER, pack(1)), story.pack_fitted(pack(1), vehicle(1))])
    for by in (VEHICLE_MAKER, MAKER):
        grant(found, by)
    yield found
    found.close()


def grant(site: Site, by: Party, *, revoke: bool = False) -> None:
    """Have a firm let the second-life firm act for it, or not any more."""
    granted = DelegationGranted(delegate=SECOND_LIFE.id, events=DELEGATED)
    claims = DelegationRevoked(delegate=SECOND_LIFE.id) if revoke else granted
    site.submit([site.story.tell(by, claims, by.id, key=by.key(Purpose.ADMIN))])


def form_of(client: FlaskClient, path: str) -> str:
    """Return a form as English text."""
    answer = client.get(path, headers=EN)
    assert answer.status_code == 200
    return unescape(answer.text)


def names_in(form: str) -> list[str]:
    """Return the organisations in whose name a form can be stated; the firm's own is empty."""
    found = re.search(r'data-field="on_behalf_of".*?</select>', form, re.DOTALL)
    return [] if found is None else re.findall(r'<option value="([^"]*)"', found[0])


def test_a_form_offers_the_names_in_which_the_ledger_lets_the_firm_state_it(site: Site) -> None:
    client = at_desk(site, SECOND_LIFE)
    path = f"/desk/item/{pack(1).code}/pack.removed?for={VEHICLE_MAKER.id}"
    form = form_of(client, path)
    assert names_in(form) == ["", str(VEHICLE_MAKER.id)]
    assert f'value="{VEHICLE_MAKER.id}" selected' in form
    assert names_in(form_of(client, f"/desk/item/{pack(1).code}/item.retired")) == []
    assert names_in(form_of(at_desk(site, RECYCLER), path)) == []
    filled = {"place.district": ["110101"], "reason": ["repair"], "on_behalf_of": [str(VEHICLE_MAKER.id)]}
    told = prepared(
        client, "/desk/prepare", {"event": "pack.removed", "items": [str(pack(1))], "filled": filled}
    )
    assert told["event"]["data"]["on_behalf_of"] == str(VEHICLE_MAKER.id)
    assert any(VEHICLE_MAKER.name in text for _, text in told["told"])


def test_pages_say_what_may_be_stated_in_the_name_of_others(site: Site) -> None:
    client = at_desk(site, SECOND_LIFE)
    page = form_of(client, f"/desk/item/{pack(1).code}")
    assert f"In the name of {VEHICLE_MAKER.name}" in page
    assert f"/desk/item/{pack(1).code}/pack.removed?for={VEHICLE_MAKER.id}" in page
    state = form_of(client, "/desk/state")
    assert f"/desk/state/module.manufactured?for={MAKER.id}" in state
    assert f"module.manufactured?for={VEHICLE_MAKER.id}" not in state
    assert "In the name of" not in form_of(at_desk(site, RECYCLER), f"/desk/item/{pack(1).code}")


def test_what_is_revoked_is_offered_no_more(site: Site) -> None:
    grant(site, MAKER, revoke=True)
    with site.service.snapshot() as snapshot:
        assert [one.principal for one in delegations_to(snapshot, SECOND_LIFE.id)] == [VEHICLE_MAKER.id]
    assert names_in(form_of(at_desk(site, SECOND_LIFE), "/desk/state/module.manufactured")) == []
    grant(site, MAKER)


def test_listed_cells_become_the_commitment_that_the_door_takes(site: Site) -> None:
    client, filled = at_desk(site, MAKER), {"place.district": ["110101"], "cell_codes": ["\n".join(CODES)]}
    filled |= {"model": [MAKER.model("MODULE")], "mass_g": ["20000"], "manufactured_on": ["2026-03-01"]}
    body = {"event": "module.manufactured", "items": [module(77).code], "filled": filled}
    told = prepared(client, "/desk/prepare", body)
    assert told["event"]["data"]["cell_count"] == 3
    assert told["restricted"]["cell_codes"]["codes"] == {str(module(77)): CODES}
    assert ["Cell codes", f"{module(77).code}: 3"] in told["told"]
    again = prepared(client, "/desk/prepare", body)
    assert again["event"]["data"]["cells_root"] != told["event"]["data"]["cells_root"]
    filled["cell_codes"] = ["\n".join([CODES[0], "", pack(1).value])]
    answer = client.post("/desk/prepare", json=body, headers={"X-CSRF-Token": csrf_of(client), **EN})
    assert problem(answer)["facts"]["path"] == "cell_codes[2]"
    assert "line 3" in problem(answer)["detail"]


def test_a_correction_begins_with_what_stands_and_states_what_differs(site: Site) -> None:
    client = at_desk(site, MAKER)
    page = client.get(f"/desk/item/{pack(1).code}", headers=EN).text
    made = re.findall(r'href="/desk/event/([\w-]{43})/event.corrected"', page)[-1]
    path = f"/desk/event/{made}/event.corrected"
    form = form_of(client, path)
    assert f'data-field="claims.place.district" value="{MAKER.place.district}"' in form
    assert '<option value="HALL-2" data-district=' in form
    assert f'<option value="{MAKER.model("MODULE")}">' in form_of(client, "/desk/state/module.manufactured")
    filled = {"event": [made], "ground": ["typing_error"], "claims.place.site": ["HALL-2"]}
    filled |= {"claims.place.district": [MAKER.place.district]}
    [day] = re.findall(r'data-field="claims.manufactured_on" value="([^"]+)"', form)
    filled |= {"claims.manufactured_on": [day]}
    body = {"event": "event.corrected", "items": [], "filled": filled}
    told = prepared(client, "/desk/prepare", body)["event"]
    claims = told["data"]["claims"]
    assert claims == {"place": {"district": MAKER.place.district, "site": "HALL-2"}}
    corrected = EventCorrected(place=MAKER.place, event=made, ground=Ground.TYPING_ERROR, claims=claims)
    site.submit([site.story.tell(MAKER, corrected, *map(ItemId.parse, told["prev"]))])
    assert 'data-field="claims.place.site" value="HALL-2"' in form_of(client, path)
    assert prepared(client, "/desk/prepare", body)["event"]["data"]["claims"] == {}
