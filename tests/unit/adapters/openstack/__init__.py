"""The cloud adapter against an answering machine."""
