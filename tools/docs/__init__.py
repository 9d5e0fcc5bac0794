"""Parts of the documentation that are written from the code, so that they can't go stale unseen."""
