"""Entering real hosts."""
