"""Tests of the records on SQLite."""
