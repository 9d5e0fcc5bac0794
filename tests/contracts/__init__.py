"""What every implementation of a port must do; each test class is run once for each implementation."""
