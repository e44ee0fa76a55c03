"""A replaced label: the new one is printed for who put it on and opens as genuine, the old one does not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from crypto.encoding import b64url_encode
from ledger.events import labels, production
from ledger.identifiers import ItemId
from ledger.label import Label, sign_label
from ledger.label_url import LabelUrl
from ledger.vocabulary import LabelGround
from tests.lives import opening
from tests.scenario import MAKER, VEHICLE_MAKER, Party, pack
from tests.site import BASE_URL, LABEL, Site, bearer

PACK = pack(1)


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    started = Site(tmp_path, database_url)
    yield started
    started.close()


def _relabel(site: Site) -> str:
    """Put label 2 on, signed by the vehicle maker, which has the pack by now; return its token."""
    url = LabelUrl.of(BASE_URL, PACK)
    token = sign_label(replace(LABEL, number=2), url.prefix, VEHICLE_MAKER.key())
    claim = production.LabelClaim(number=2, sha256=b64url_encode(Label.parse(token).sha256()))
    claims = labels.LabelReplaced(place=VEHICLE_MAKER.place, label=claim, voided=LABEL.number)
    site.submit([site.story.tell(VEHICLE_MAKER, claims, PACK, restricted={"label_token": token})])
    return token


def test_the_new_label_is_genuine_and_the_old_one_replaced(site: Site, tmp_path: Path) -> None:
    founding = opening(site.story)
    made, first = site.labelled_pack(PACK, [])
    site.submit([*founding, made])
    site.submit(site.story.transfer(MAKER, VEHICLE_MAKER, PACK))
    second = _relabel(site)
    page = site.client.get(f"/P/{PACK.code}/{second}?lang=en").get_data(as_text=True)
    old = site.client.get(f"/P/{PACK.code}/{first}?lang=en").get_data(as_text=True)
    assert "This label is genuine" in page
    assert "Signed by Vehicle Maker" in page
    assert "This label is genuine" not in old
    assert _scanned(site, tmp_path, PACK).endswith(f"/{second}")


def test_a_void_label_opens_as_such_and_is_not_printed_again(site: Site) -> None:
    founding = opening(site.story)
    made, token = site.labelled_pack(PACK, [])
    sha256 = b64url_encode(Label.parse(token).sha256())
    claim = production.LabelClaim(number=LABEL.number, sha256=sha256)
    printed = labels.LabelPrinted(place=MAKER.place, label=claim, copies=2)
    void = labels.LabelVoided(place=MAKER.place, number=LABEL.number, why=LabelGround.STOLEN)
    site.submit([*founding, made, *(site.story.tell(MAKER, one, PACK) for one in (printed, void))])
    page = site.client.get(f"/P/{PACK.code}/{token}?lang=en").get_data(as_text=True)
    assert "A label that was taken out of use" in page
    assert "the label that led here was taken out of use" in page
    answer = site.client.post("/v1/items/lookup", json={"items": [f"{BASE_URL}/P/{PACK.code}/{token}"]})
    assert answer.get_json()["items"][0]["label"] == {
        "number": 1,
        "sha256": sha256,
        "copies": 2,
        "attached": None,
        "voided": "stolen",
        "scanned": "voided",
    }
    path = f"/label/{PACK.code}.pdf"
    refused = site.client.get(path, headers={"Authorization": bearer(MAKER, path)})
    assert (refused.status_code, refused.get_json()["rule"]) == (422, "label.void")


def test_a_label_with_a_further_code_is_printed_and_opens_under_that_code(site: Site, tmp_path: Path) -> None:
    founding = opening(site.story)
    made, _ = site.labelled_pack(PACK, [])
    further = ItemId.parse(f"local:{MAKER.id.value}:WORKS-7")
    token = sign_label(replace(LABEL, number=2), LabelUrl.of(BASE_URL, further).prefix, MAKER.key())
    claim = production.LabelClaim(number=2, sha256=b64url_encode(Label.parse(token).sha256()))
    claims = labels.LabelReplaced(place=MAKER.place, label=claim, voided=1, code=str(further))
    site.submit([*founding, made, site.story.tell(MAKER, claims, PACK, restricted={"label_token": token})])
    text = _scanned(site, tmp_path, PACK, MAKER)
    assert text == str(LabelUrl(LabelUrl.of(BASE_URL, further).origin, further, token))
    page = site.client.get(f"{text.removeprefix(BASE_URL.upper())}?lang=en").get_data(as_text=True)
    assert "This label is genuine" in page
    assert PACK.code in page
    under_its_own = site.client.get(f"/P/{PACK.code}/{token}?lang=en").get_data(as_text=True)
    assert "This label does not match" in under_its_own


def _scanned(site: Site, folder: Path, item: ItemId, by: Party = VEHICLE_MAKER) -> str:
    """Return what a scanner reads off the label that a firm prints for an item."""
    path = f"/label/{item.code}.png"
    drawn = site.client.get(path, headers={"Authorization": bearer(by, path)})
    picture = folder / "label.png"
    picture.write_bytes(drawn.data)
    with Image.open(picture) as image:
        [found] = zxingcpp.read_barcodes(image)
    return str(found.text)
