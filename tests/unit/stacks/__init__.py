"""Unit tests of the Pulumi programs."""
