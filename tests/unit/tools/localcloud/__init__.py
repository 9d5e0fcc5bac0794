"""Tests of the local cloud that need no cloud."""
