"""Forges, apart from a real one."""
