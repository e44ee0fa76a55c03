"""Submissions that the ledger must refuse, each with its status and rule: the source of docs/refusals.md."""
