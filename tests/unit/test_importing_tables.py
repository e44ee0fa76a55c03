"""Ten tables of 10,000 rows with planted errors: each is told at its row and column, none is invented."""

import dataclasses
import time
from collections import Counter
from typing import Final

import pytest

from ledger.events.envelope import build
from ledger.importing.csvtable import read_csv
from ledger.importing.headers import draft
from ledger.importing.mapping import Mapping, format_mapping, parse
from ledger.importing.statements import Checked, check
from ledger.importing.table import Table
from ledger.importing.xlsxtable import read_xlsx
from ledger.wording import Language
from tests.consortium import ORIGIN, START, uuid7
from tests.tables import KINDS, Kind, plant

ROWS: Final = 10_000
NOW_MS: Final = START.ms + 365 * 86_400_000
IDS: Final = [kind.name for kind in KINDS]


def table_of(kind: Kind, data: bytes) -> Table:
    """Return the table in a file of this kind."""
    return read_xlsx(data) if kind.form == "xlsx" else read_csv(data)


def mapping_of(kind: Kind, table: Table) -> Mapping:
    """Return the drafted mapping, completed as its owner would, and read back from its file."""
    guess = draft(kind.event, table.header)
    assert not guess.unsure
    assert set(guess.missing) == set(kind.constants)
    whole = dataclasses.replace(guess.mapping, constants=kind.constants, group=kind.group)
    return parse(format_mapping(whole, {}, "a test").encode())


def checked(kind: Kind, data: bytes) -> Checked:
    """Return what a file of this kind says."""
    table = table_of(kind, data)
    return check(table, mapping_of(kind, table), issuer=kind.by.id, now_ms=NOW_MS)


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_every_planted_error_is_told_where_it_is_and_none_is_invented(kind: Kind) -> None:
    spoiled, told, merged = plant(kind, kind.rows(ROWS))
    assert len(told) >= 20
    found = checked(kind, kind.write(spoiled, merged))
    assert Counter((one.row, one.header, one.rule) for one in found.problems) == Counter(told)
    assert found.rows >= ROWS
    for one in found.problems:
        for lang in Language:
            words = one.wording(lang)
            assert words.detail
            assert words.remedy
        if one.header:
            assert kind.header[ord(one.column) - ord("A")] == one.header


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_a_good_table_becomes_events_of_the_right_form(kind: Kind) -> None:
    found = checked(kind, kind.write(kind.rows(200)))
    assert found.problems == ()
    assert len(found.statements) == 200 // kind.groups
    for number, one in enumerate(found.statements):
        prev = dict.fromkeys((*one.subjects, *one.claims.named()))
        build(
            one.claims,
            aud=ORIGIN,
            iss=kind.by.id,
            jti=uuid7(START, str(number)),
            iat=START.ms // 1000,
            at=one.at or START,
            prev=prev,
        )


def test_a_table_of_ten_thousand_rows_is_checked_in_seconds() -> None:
    kind = KINDS[7]
    data = kind.write(kind.rows(ROWS))
    began = time.process_time()
    assert len(checked(kind, data).statements) == ROWS
    assert time.process_time() - began < 10
