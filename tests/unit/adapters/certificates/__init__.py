"""Certificates outside the database."""
