"""The bench's own arithmetic and format."""
