"""Backups by restic on real hosts, into a real object store."""
