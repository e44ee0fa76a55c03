"""What the ledger refuses of a table's event, as a problem at the cell that it most likely speaks of."""

from collections.abc import Mapping
from typing import Final

from ledger.importing.problems import Problem
from ledger.importing.statements import Checked, Place, Statement
from ledger.wording import Wording

CLAIMS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "balance": ("mass_g", "losses_g"),
    "clock": ("at",),
    "content": ("lots[].mass_g", "post_consumer_g"),
    "declared.clone": ("clone_of",),
    "declared.mass": ("mass_g",),
    "declared.phase": ("phase",),
    "flag.day": ("on",),
    "health.permille": ("restricted.soh_permille",),
    "label": ("label.number",),
    "label.voided": ("voided",),
    "model": ("model",),
    "pool.phase": ("phase",),
    "transfer.count": ("count",),
    "transfer.none": ("consignment",),
    "transfer.receiver": ("to",),
    "transfer.right": ("rights",),
    "transfer.rights_twice": ("rights",),
    "transfer.self": ("to",),
    "transfer.waste_receiver": ("to",),
    "vehicle": ("vehicle", "max_packs"),
}
"""The columns that a rule, or else the rules of its area, most likely speak of."""


def place_refusal(
    checked: Checked,
    statement: Statement,
    rule: str,
    words: Wording,
    *,
    item: str,
    facts: Mapping[str, object],
) -> Problem:
    """Return the refusal of an event as a problem of the table.

    Args:
        checked: the table.
        statement: the event.
        rule: what refused it.
        words: the ledger's own, in the language of who asks.
        item: the item that the refusal names; empty for none.
        facts: those of the refusal.
    """
    return checked.plan.problem(_place(checked, statement, rule, item, facts), rule).saying(words)


def _place(
    checked: Checked, statement: Statement, rule: str, item: str, facts: Mapping[str, object]
) -> Place:
    path = str(facts.get("path") or "").removeprefix("data.")
    if path in statement.places:
        return statement.places[path]
    wanted = CLAIMS_OF.get(rule) or CLAIMS_OF.get(rule.partition(".")[0], ())
    for claim in (*wanted, item):
        if claim in statement.places:
            return statement.places[claim]
    return checked.plan.place_of("item", statement.rows[0])
