"""The cloud adapter on a real OpenStack."""
