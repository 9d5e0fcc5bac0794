"""Drift on real parts: an environment made by Pulumi, changed by hand, found, and mended."""
