"""What the modules of playbooks/ do on a host, on a host that is a folder."""
