"""What is measured of environments whose desired state is written down: comments on it, drift of the fleet."""
