"""Forms from the classes of claims: every event type has one, and what is filled in becomes its claims."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.desk_acts import has_form
from api.filled import read_form
from api.form_field import Field, NoFormError
from api.forms import corrected_fields, fields_of, first_item
from api.texts import Texts
from crypto.keys import Algorithm, PrivateKey
from crypto.strictjson import Json
from ledger.claims import MalformedClaimError, decode
from ledger.device import format_code
from ledger.events import REGISTRY
from ledger.events.correction import EventConfirmed, EventCorrected
from ledger.events.custody import TransferAccepted
from ledger.events.recycling import BatchProcessed, LotDeclared
from ledger.events.registry import CodingFiled, KeyAdded, OrgEnrolled
from ledger.events.second_life import ItemGraded
from ledger.events.service import HealthMeasured
from ledger.wording import Language
from tests.scenario import RECYCLER, module

EN: Final = Texts(Language.EN)
WITHOUT: Final[Mapping[str, str]] = {}
"""The event types that no page can state, each with the reason."""
LOT: Final = RECYCLER.lot("BM-1")


def every(found: Sequence[Field]) -> Iterator[Field]:
    """Yield fields with those of their rows."""
    for one in found:
        yield one
        yield from every(one.members)


def test_every_event_type_has_a_form_or_a_reason() -> None:
    assert {name for name in REGISTRY if not has_form(name, EN)} == set(WITHOUT)


@pytest.mark.parametrize("lang", list(Language), ids=str)
@pytest.mark.parametrize("event", sorted(REGISTRY))
def test_every_field_has_a_name_in_words(event: str, lang: Language) -> None:
    found = fields_of(REGISTRY[event], Texts(lang), {})
    assert len({one.name for one in found}) == len(found)
    for one in every(found):
        assert one.label not in {one.name, one.name.rpartition(".")[2]}, one.name
        assert all(word for _, word in one.options)


def test_what_a_list_must_have_is_there_at_first() -> None:
    found = {one.name: one for one in fields_of(BatchProcessed, EN, {})}
    assert (found["outputs"].kind, found["outputs"].bounds) == ("rows", (1, 50))
    assert len(found["outputs"].rows) == 1
    assert found["lots"].rows == []


def test_a_row_holds_what_is_known_already() -> None:
    place = first_item(fields_of(ItemGraded, EN, {}))
    assert place == "grades.0.item"
    found = {one.name: one for one in fields_of(ItemGraded, EN, {place: str(module(1))})}
    [row] = found["grades"].rows
    assert row[0].value == str(module(1))
    assert not found["grades"].members[0].value


def test_rows_become_a_list_and_empty_ones_are_none() -> None:
    filled = {
        "step": ["shredding"],
        "outputs.0.lot": [""],
        "outputs.0.counts_as_recycled": ["false"],
        "outputs.2.lot": [str(LOT)],
        "outputs.2.mass_g": ["80"],
        "outputs.2.assay.mg_per_kg.0.key": ["Ni"],
        "outputs.2.assay.mg_per_kg.0.value": ["12"],
        "outputs.2.assay.mg_per_kg.1.key": ["Co"],
        "outputs.2.assay.mg_per_kg.1.value": ["3"],
        "reagents": ["acid\nlime"],
    }
    public, restricted = read_form(BatchProcessed, filled)
    made = {"lot": str(LOT), "mass_g": 80, "assay": {"mg_per_kg": {"Ni": 12, "Co": 3}}}
    assert public == {"step": "shredding", "outputs": [made]}
    assert restricted == {"reagents": ["acid", "lime"]}


def test_a_bare_code_and_a_bare_number_are_ids() -> None:
    read = read_form(ItemGraded, {"grades.0.item": [module(1).code]})[0]
    assert read == {"grades": [{"item": str(module(1))}]}
    assert read_form(LotDeclared, {"assay.lab": [RECYCLER.id.value]})[0] == {
        "assay": {"lab": str(RECYCLER.id)}
    }


def test_an_element_that_stands_twice_is_named() -> None:
    filled = {
        "assay.mg_per_kg.0.key": ["Ni"],
        "assay.mg_per_kg.0.value": ["1"],
        "assay.mg_per_kg.1.key": ["Ni"],
        "assay.mg_per_kg.1.value": ["2"],
    }
    with pytest.raises(MalformedClaimError) as caught:
        read_form(LotDeclared, filled)
    assert caught.value.path == "assay.mg_per_kg.Ni"


@pytest.mark.parametrize("event", ["coding.filed", "lot.divided", "content.claimed", "intake.recorded"])
def test_one_row_filled_in_is_one_group(event: str) -> None:
    rows = next(one for one in fields_of(REGISTRY[event], EN, {}) if one.kind == "rows")
    first = rows.members[0].name
    public, _ = read_form(REGISTRY[event], {f"{rows.name}.0.{first}": ["x"]})
    assert public == {rows.name: [{first: "x"}]}


@pytest.mark.parametrize(
    "name", ["outputs.0.colour", "outputs", "outputs.0", "step.0.lot", "outputs.9999.lot", "restricted"]
)
def test_what_is_no_field_of_the_form_is_refused(name: str) -> None:
    with pytest.raises(NoFormError):
        read_form(BatchProcessed, {name: ["1"]})


NAMES: Final = st.one_of(
    st.text(max_size=30),
    st.lists(
        st.sampled_from(["outputs", "lots", "0", "7", "lot", "assay", "mg_per_kg", "key", "period", "from"])
    ).map(".".join),
)


@given(st.dictionaries(NAMES, st.lists(st.text(max_size=20), max_size=3), max_size=6))
def test_whatever_is_filled_in_is_read_or_refused(filled: dict[str, list[str]]) -> None:
    try:
        public, _ = read_form(BatchProcessed, filled)
        decode(BatchProcessed, public)
    except (NoFormError, MalformedClaimError):
        return


def test_a_key_is_given_as_a_code_or_as_a_jwk() -> None:
    verifier = PrivateKey.generate(Algorithm.ES256).verifier
    for text in (format_code(verifier).lower(), '{"kty":"OKP","crv":"Ed25519","x":"AA"}'):
        public, _ = read_form(KeyAdded, {"jwk": [text]})
        assert isinstance(public["jwk"], dict)
    assert read_form(KeyAdded, {"jwk": [format_code(verifier)]})[0]["jwk"] == verifier.jwk()
    for text in ("PTD1-AAAA", "{", "x"):
        with pytest.raises(MalformedClaimError) as caught:
            read_form(KeyAdded, {"jwk": [text]})
        assert caught.value.path == "jwk"


def test_a_firm_is_enrolled_with_the_code_of_its_first_browser() -> None:
    names = [one.name for one in fields_of(OrgEnrolled, EN, {})]
    assert "admin" in names
    assert not {"rules", "recovery", "place.district"} & set(names)


def test_exceptions_of_a_range_are_numbers() -> None:
    public, _ = read_form(EventConfirmed, {"exceptions": ["3\n5"], "count": ["2"]})
    assert public == {"exceptions": [3, 5], "count": 2}


def test_a_correction_asks_for_what_may_be_corrected_and_requires_none_of_it() -> None:
    found = corrected_fields(HealthMeasured, EN, {})
    assert {one.name for one in found} >= {"claims.place.district", "claims.method", "soh_permille"}
    assert not any(one.required for one in every(found))
    filled = {"event": ["A" * 43], "claims.method": ["capacity_test"], "soh_permille": ["901"]}
    public, restricted = read_form(EventCorrected, filled, HealthMeasured)
    assert public == {"event": "A" * 43, "claims": {"method": "capacity_test"}}
    assert restricted == {"soh_permille": 901}
    with pytest.raises(NoFormError):
        read_form(EventCorrected, {"claims.consignment": ["x"]}, TransferAccepted)


def test_what_a_form_of_rows_says_is_what_the_claims_take() -> None:
    filled = {"vendor": ["08B"], "specs.0.spec": ["12"], "specs.0.chemistry": ["lfp"], "specs.1.spec": ["13"]}
    public, _ = read_form(CodingFiled, {**filled, "specs.1.chemistry": ["nmc"]})
    specs: Json = public["specs"]
    assert specs == [{"spec": "12", "chemistry": "lfp"}, {"spec": "13", "chemistry": "nmc"}]
    assert len(decode(CodingFiled, public).specs) == 2
