"""The toolchain's order of ways, its store and its keys."""
