"""A witness (C2SP tlog-witness): it cosigns a log's checkpoint once it extends the last one that it cosigned.

`request` is what a log sends, `judge` decides with no I/O, `storage` keeps the latest checkpoint of each log
and the evidence against those that forked, `service` does the three in one step.
"""
