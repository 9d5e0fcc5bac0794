"""Pulumi programs: what an environment is made of, as a function of one validated specification."""
