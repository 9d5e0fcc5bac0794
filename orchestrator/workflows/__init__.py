"""The durable steps, as plain functions of ports."""
