"""Workflows over fakes."""
