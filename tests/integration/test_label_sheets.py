"""Labels over HTTP: whole ones for the firm that put them on, in every format; nobody else sees a token."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
import pytest
import zxingcpp
from PIL import Image

from api.schemas.labels import MAX_LABELS
from crypto.strictjson import Json
from ledger.audit import Trust, audit
from ledger.printing.typeface import own_typeface
from tests.ledgers import StoreSource
from tests.lives import opening
from tests.scenario import MAKER, RECYCLER, VEHICLE_MAKER, Party, pack
from tests.site import Site, bearer, problem, signed_post
from tests.unit.test_sessions import at_desk
from tests.zpl import printed

PACKS = [pack(number) for number in range(1, 4)]


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, dict[str, str]]]:
    site = Site(tmp_path_factory.mktemp("site"))
    founding = opening(site.story)
    made = [site.labelled_pack(one, []) for one in PACKS]
    site.submit([*founding, *(event for event, _ in made)])
    yield site, {one.code: token for one, (_, token) in zip(PACKS, made, strict=True)}
    close(site)


def close(site: Site) -> None:
    """Close a site whose log an audit finds in order."""
    service = site.service
    with service.snapshot() as snapshot:
        root = snapshot.entry_rows(0, 1)[0].event_id
    report = audit(StoreSource(service.store, service.sequencer), Trust(service.vkey, root))
    site.close()
    assert report.ok, report.findings


def texts(picture: Image.Image) -> set[str]:
    return {one.text for one in zxingcpp.read_barcodes(picture)}


def pictures(data: bytes, media_type: str) -> list[Image.Image]:
    if media_type == "application/pdf":
        return [page.render(scale=300 / 72).to_pil() for page in pypdfium2.PdfDocument(data)]
    if media_type == "application/zpl":
        return printed(data.decode())
    return [Image.open(io.BytesIO(data))]


def ask(site: Site, by: Party, path: str, query: str = "") -> Any:  # noqa: ANN401  werkzeug's answer
    return site.get(path + query, Authorization=bearer(by, path))


@pytest.mark.parametrize("end", ["pdf", "zpl", "png"])
def test_who_put_a_label_on_prints_it_whole(labelled: tuple[Site, dict[str, str]], end: str) -> None:
    site, tokens = labelled
    code = PACKS[0].code
    drawn = ask(site, MAKER, f"/label/{code}.{end}", "?sheet=70x40&dpi=203")
    assert drawn.status_code == 200
    assert drawn.headers["Cache-Control"] == "private, no-store"
    (picture,) = pictures(drawn.data, drawn.content_type)
    assert texts(picture) == {code, f"HTTPS://PACKS.EXAMPLE/P/{code}/{tokens[code]}"}


def test_the_svg_of_a_whole_label_names_maker_and_model(labelled: tuple[Site, dict[str, str]]) -> None:
    site, _ = labelled
    drawn = ask(site, MAKER, f"/label/{PACKS[0].code}.svg", "?sheet=100x60")
    assert MAKER.model().rpartition("/")[2] in drawn.text


def test_a_sheet_has_all_its_labels_and_each_reading_of_a_token_is_kept(
    labelled: tuple[Site, dict[str, str]],
) -> None:
    site, tokens = labelled
    body: Json = {"items": [one.code for one in PACKS], "sheet": "a4"}
    drawn = site.client.post("/v1/labels", **signed_post(MAKER, "/v1/labels", body))
    assert (drawn.status_code, drawn.content_type) == (200, "application/pdf")
    (sheet,) = pictures(drawn.data, drawn.content_type)
    assert texts(sheet) >= {f"HTTPS://PACKS.EXAMPLE/P/{code}/{token}" for code, token in tokens.items()}
    path = f"/v1/items/{PACKS[2]}/reads"
    reads = ask(site, MAKER, path).get_json()["reads"]
    assert [one["claims"] for one in reads] == [["label_token"]]


def test_nobody_else_prints_a_label_that_passes_as_genuine(labelled: tuple[Site, dict[str, str]]) -> None:
    site, _ = labelled
    code = PACKS[0].code
    for end in ("pdf", "zpl", "svg", "png"):
        path = f"/label/{code}.{end}"
        assert site.get(f"{path}?sheet=100x60").get_json()["rule"] == "token.missing"
        refused = ask(site, VEHICLE_MAKER, path, "?sheet=100x60")
        assert (refused.status_code, refused.get_json()["rule"]) == (403, "label.own")
    mixed: Json = {"items": [code]}
    refused = site.client.post("/v1/labels", **signed_post(VEHICLE_MAKER, "/v1/labels", mixed))
    assert refused.get_json()["rule"] == "label.own"
    assert site.client.post("/v1/labels", json=mixed).status_code == 401


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ({"items": []}, "http.malformed"),
        ({"items": ["x"] * (MAX_LABELS + 1)}, "http.too_many"),
        ({"items": ["?"]}, "item.malformed"),
        ({"items": [PACKS[0].code], "sheet": "a3"}, "http.malformed"),
        ({"items": [PACKS[0].code], "format": "gif"}, "http.malformed"),
        ({"items": [PACKS[0].code], "dpi": 9600}, "http.malformed"),
        ({"items": [PACKS[0].code], "format": "zpl", "sheet": "a4"}, "http.malformed"),
        ({"items": [PACKS[0].code, PACKS[1].code], "format": "png"}, "http.malformed"),
        ({"items": [str(pack(99))]}, "item.unknown"),
    ],
)
def test_what_cannot_be_printed_is_refused(
    labelled: tuple[Site, dict[str, str]], body: dict[str, Any], rule: str
) -> None:
    site, _ = labelled
    answer = site.client.post("/v1/labels", **signed_post(MAKER, "/v1/labels", body))
    assert answer.get_json()["rule"] == rule
    assert answer.status_code in {400, 404, 413}


def test_a_label_on_a_sheet_that_is_none_is_refused(labelled: tuple[Site, dict[str, str]]) -> None:
    site, _ = labelled
    assert ask(site, MAKER, f"/label/{PACKS[0].code}.pdf", "?sheet=a3").status_code == 400


def test_a_server_sets_labels_in_the_font_that_it_is_told(tmp_path: Path) -> None:
    font = tmp_path / "firm.ttf"
    font.write_bytes(own_typeface().path.read_bytes())
    site = Site(tmp_path, label_font=font)
    try:
        made, _ = site.labelled_pack(PACKS[0], [])
        site.submit([*opening(site.story), made])
        assert ask(site, MAKER, f"/label/{PACKS[0].code}.pdf").data.startswith(b"%PDF-")
    finally:
        close(site)


def test_the_desk_gives_a_label_to_who_put_it_on_and_keeps_that_it_did(
    labelled: tuple[Site, dict[str, str]],
) -> None:
    site, _ = labelled
    page = f"/desk/item/{PACKS[1].code}"
    maker, stranger = at_desk(site, MAKER), at_desk(site, RECYCLER)
    assert f'action="{page}/label"' in maker.get(page).text
    assert f'action="{page}/label"' not in stranger.get(page).text
    path = f"/v1/items/{PACKS[1]}/reads"
    before = ask(site, MAKER, path).get_json()["reads"]
    drawn = maker.get(f"{page}/label?format=pdf&sheet=a4")
    assert (drawn.status_code, drawn.content_type) == (200, "application/pdf")
    assert drawn.headers["Content-Disposition"] == f'attachment; filename="label-{PACKS[1].code}.pdf"'
    assert drawn.headers["Cache-Control"] == "private, no-store"
    reads = ask(site, MAKER, path).get_json()["reads"]
    assert len(reads) == len(before) + 1
    assert all(one["claims"] == ["label_token"] for one in reads)
    refused = stranger.get(f"{page}/label", headers={"Accept": "application/json"})
    assert problem(refused)["rule"] == "label.own"
    assert site.client.get(f"{page}/label").status_code == 303
