"""Tests of the web door that need no server."""
