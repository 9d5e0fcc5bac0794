"""Patching of real hosts from a signed repository of the tests' own."""
