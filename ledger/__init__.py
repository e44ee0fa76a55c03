"""The domain: events of batteries, the log that holds them, and the rules they obey."""
