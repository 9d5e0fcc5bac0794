"""The ground and the page of drills."""
