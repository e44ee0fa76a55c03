"""Labels as they are printed: what stands on them and where, as SVG, PNG, PDF and ZPL (docs/labels.md).

A label is set once, in millimetres, as a few shapes (`layout`); each format draws the same shapes. Nothing
here reads the ledger or a clock, and the same label is the same bytes each time.
"""
