"""``make bench ARGS=PART``: measures Tenure against something real, side by side in one run (docs/performance.md)."""
