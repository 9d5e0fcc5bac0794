"""Fakes: one for each port that the workflows use. They implement ports; nothing of ours is patched."""
