"""The only importers of Pulumi, Ansible, OpenStack, SQLAlchemy and the like."""
