"""Plays on real hosts."""
