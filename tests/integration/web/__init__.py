"""Tests of the web door on a real server and a real database."""
