"""Tests that start the real command in processes of its own."""
