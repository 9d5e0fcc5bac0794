"""Backups by restic, without hosts."""
