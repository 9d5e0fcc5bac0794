"""Tests of the loader of documents that people write."""
