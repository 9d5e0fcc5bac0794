"""Drills and restores on real hosts: a real cloud, a real object store, restic, and the whole workflow between them."""
