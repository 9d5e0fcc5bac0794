"""Environments in real git repositories."""
