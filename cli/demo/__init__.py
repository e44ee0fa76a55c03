"""The demonstration: a consortium that does not exist, and the whole lives of its batteries."""
