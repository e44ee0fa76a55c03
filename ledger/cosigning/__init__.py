"""The log's side of witnessing: it asks its witnesses outside every request and publishes what they cosigned.

`asking` speaks to one witness, `contradiction` holds what one has seen against this log's own tree, `folder`
keeps what was cosigned beside the log key, `rounds` does it all in threads of its own.
"""
