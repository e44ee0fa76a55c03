"""`packtrace import`: a table in, one signed event for each row or group of rows (docs/import.md).

    csvtable xlsxtable    bytes -> Table; formulas are seen and never evaluated, sizes are bounded
    forms targets         what a column may tell, derived from the claims classes
    mapping headers       which column tells what: the file, and a draft of it from the headers
    values                one cell -> one claim, exactly or refused
    statements            rows -> unsigned events, and every problem at its row and column
    chain                 tips, `prev` within the file, signatures
    checking sending      the same bytes to the ledger: as a dry run, then for good
    journal               signed bytes on disk before they are sent
    report command        what is told, and the command itself

All down to `statements` is pure: no I/O, no clock, no randomness.
"""
