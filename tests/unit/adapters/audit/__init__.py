"""Copies of the audit log."""
