"""A hostile dossier costs no more than its length: many items, many entries, many confirmations."""

import json
import time

from crypto.strictjson import Json
from ledger.dossier import form
from ledger.dossier.statement import read
from ledger.dossier.verify import DossierCheck, verify_dossier
from tests.dossiers import form_of
from tests.vectors.dossiers import KEYS, Log, jwk, robbed
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


def test_an_act_that_draws_from_thousands_of_lots_costs_its_length() -> None:
    log = Log()
    lots: list[Json] = [{"lot": f"lot:x:{number}"} for number in range(2_000)]
    log.tell(CUSTOMER, "customer office", "batch.processed", [f"lot:y:{n}" for n in range(200)], lots=lots)
    one = read(log.entries()[-1], 8)
    began = time.monotonic()
    for _ in range(1_000):
        assert len(one.touched) == len(one.prev)
    assert time.monotonic() - began < SECONDS / 4
