"""Fixtures of every test: the cloud of the tests on real parts."""

pytest_plugins = ["tests.cloud"]
