"""Plays, without a host."""
