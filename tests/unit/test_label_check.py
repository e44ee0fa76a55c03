"""What is said of a label: genuine, replaced, forged or unknown, never more than is known."""

from dataclasses import replace

import pytest

from crypto.encoding import b64url_encode
from crypto.keys import PrivateKey
from ledger.label import Label, sign_label
from ledger.label_check import LabelVerdict, check_label
from ledger.label_url import LabelUrl
from ledger.state import Item, LabelUse, RegisteredKey
from ledger.vocabulary import Kind, LabelGround, Phase, Purpose
from tests.consortium import MAKER, pack
from tests.labels import FACTS, OTHER

KEY = MAKER.key()
URL = LabelUrl.of("https://packs.example", pack(1))


def _registered(key: PrivateKey) -> RegisteredKey:
    verifier = key.verifier
    return RegisteredKey(kid=verifier.thumbprint(), org=MAKER.id, jwk=verifier, purpose=Purpose.LINE, added=1)


def _item(token: str | None) -> Item:
    digest = None if token is None else b64url_encode(Label.parse(token).sha256())
    return Item(
        id=pack(1),
        kind=Kind.PACK,
        phase=Phase.STOCK,
        custodian=MAKER.id,
        owner=MAKER.id,
        operator=MAKER.id,
        maker=MAKER.id,
        label_sha256=digest,
    )


TOKEN = sign_label(FACTS, URL.prefix, KEY)
LABELLED = LabelUrl(URL.origin, URL.item, TOKEN)
KEYS = [_registered(KEY)]


def test_the_label_that_the_ledger_names_is_genuine() -> None:
    check = check_label(LABELLED, _item(TOKEN), KEYS)
    assert (check.verdict, check.facts, check.key) == (LabelVerdict.GENUINE, FACTS, KEYS[0])


def test_another_label_of_the_maker_is_not_the_one_it_wears() -> None:
    newer = sign_label(replace(FACTS, number=2), URL.prefix, KEY)
    assert check_label(LABELLED, _item(newer), KEYS).verdict is LabelVerdict.REPLACED


def test_the_label_it_wears_may_have_been_taken_out_of_use() -> None:
    void = LabelUse(number=1, voided=LabelGround.STOLEN)
    worn = replace(_item(TOKEN), label_number=1, label_use=void)
    assert check_label(LABELLED, worn, KEYS).verdict is LabelVerdict.VOIDED
    left_over = replace(worn, label_use=replace(void, number=2))
    assert check_label(LABELLED, left_over, KEYS).verdict is LabelVerdict.GENUINE


def test_a_label_of_an_item_whose_maker_claimed_none_is_unknown() -> None:
    check = check_label(LABELLED, _item(None), KEYS)
    assert (check.verdict, check.facts) == (LabelVerdict.UNKNOWN, FACTS)


def test_a_label_of_an_unknown_item_or_key_is_unknown() -> None:
    assert check_label(LABELLED, None, KEYS).verdict is LabelVerdict.UNKNOWN
    check = check_label(LABELLED, _item(TOKEN), [_registered(OTHER)])
    assert (check.verdict, check.facts, check.key) == (LabelVerdict.UNKNOWN, None, None)


@pytest.mark.parametrize("token", [None, "", "RUBBISH", TOKEN[:-1]])
def test_what_is_no_token_is_forged(token: str | None) -> None:
    url = LabelUrl(URL.origin, URL.item, token)
    assert check_label(url, _item(TOKEN), KEYS).verdict is LabelVerdict.FORGED


def test_a_token_under_another_host_is_forged() -> None:
    elsewhere = LabelUrl("HTTPS://EVIL.EXAMPLE", URL.item, TOKEN)
    assert check_label(elsewhere, _item(TOKEN), KEYS).verdict is LabelVerdict.FORGED
