"""Tables in: rows of a spreadsheet as events, and every problem at its row and column (docs/import.md).

    csvtable xlsxtable    bytes -> Table; formulas are seen and never evaluated, sizes are bounded
    forms targets         what a column may tell, derived from the claims classes
    mapping headers       which column tells what: the file, and a draft of it from the headers
    values                one cell -> one claim, exactly or refused
    plan statements       rows -> unsigned events
    placing trial         what the ledger's rules say of those events, at the cell that is meant
    problems              what is wrong, in words; the texts are beside it

All of it is pure: no I/O, no clock, no randomness. `packtrace import` and the desk send what it makes.
"""
