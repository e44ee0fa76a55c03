"""Clients as others would write them, from docs/formats.md alone; none imports this project's code."""
