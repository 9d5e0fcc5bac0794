"""Baseline and survey on real hosts."""
