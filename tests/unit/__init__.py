"""Tests without I/O beyond temporary folders; they mirror the source."""
