"""`packtrace import`: a table in, one signed event for each row or group of rows (docs/import.md).

source                the table and its mapping, or a draft of it (`ledger.importing` reads them)
chain                 tips, `prev` within the file, signatures
checking sending      the same bytes to the ledger: as a dry run, then for good
journal               signed bytes on disk before they are sent
report command        what is told, and the command itself

No rule of tables is here: those are `ledger.importing`, which the desk uses as well.
"""
