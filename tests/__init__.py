"""Tests of Packtrace."""
