"""Statements about all inputs, tried on many."""
