"""A hostile dossier costs no more than its length: many items, many entries, many confirmations."""

import json
import time

from ledger.dossier import form
from ledger.dossier.verify import DossierCheck, verify_dossier
from tests.dossiers import form_of
from tests.vectors.dossiers import KEYS, jwk, robbed
from tests.vectors.story import CUSTOMER

ENTRIES = 1_500
ITEMS = 4_000
SECONDS = 20.0


def test_many_items_over_many_entries_are_verified_in_one_pass() -> None:
    told = json.loads(robbed().dossier().format())
    last = told["entries"][-2]
    told["entries"] += [{**last, "index": 1_000 + number} for number in range(ENTRIES)]
    told["items"] += [f"gbt34014:ZZYPB01TEST000GB1{number:07d}" for number in range(ITEMS)]
    began = time.monotonic()
    found = verify_dossier(form.parse(form_of(told)), None)
    assert found.failed
    assert time.monotonic() - began < SECONDS


def test_a_firm_stands_by_a_key_a_hundred_times_at_most() -> None:
    log = robbed()
    kid = KEYS["customer office"].verifier.thumbprint()
    stranger = jwk("stranger")
    log.tell(CUSTOMER, "customer admin", "key.added", (CUSTOMER,), jwk=stranger, purpose="office")
    for _ in range(101):
        log.tell(CUSTOMER, "stranger", "event.confirmed", (CUSTOMER,), kid=kid, first=0, last=0, count=1)
    signed = verify_dossier(log.dossier(), None).checks[DossierCheck.SIGNED]
    assert (signed.verdict, signed.reason, signed.facts["index"]) == ("failed", "authority", 114)
