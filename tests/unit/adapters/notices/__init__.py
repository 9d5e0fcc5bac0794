"""Channels to people, without people."""
