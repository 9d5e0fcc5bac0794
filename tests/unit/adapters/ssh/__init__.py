"""Entering hosts, without hosts."""
