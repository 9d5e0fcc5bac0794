"""Part ``life``: lists, sweep and audit log of an installation that has been at work for years, on both databases."""
