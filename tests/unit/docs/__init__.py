"""Documents that tests keep true."""
