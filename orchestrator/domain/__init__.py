"""Facts and rules: no I/O, no clock, no randomness, no vendor package but pydantic."""
