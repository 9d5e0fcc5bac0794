"""Forges: a real Gitea."""
