"""The Pulumi adapter with its real parts: CLI, provider and an OpenStack."""
