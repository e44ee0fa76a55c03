"""Whole lives told over the HTTP API: who does what, with which key, what is refused, what the page says."""
