"""Unit tests of the Pulumi adapter."""
