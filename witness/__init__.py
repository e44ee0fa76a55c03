"""HTTP over a witness: a program of its own, apart from the ledger's. `ledger.witness` has its rules."""
