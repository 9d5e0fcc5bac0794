"""Forges for tests: a real Gitea, and small servers that answer as GitHub and GitLab document it."""
