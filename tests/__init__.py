"""Tests: unit/ mirrors the source, integration/ uses real parts, e2e/ lives a whole life."""
