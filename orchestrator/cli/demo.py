"""``tenure demo``: the whole thread on real parts."""


def demo() -> None:
    """Show it."""
