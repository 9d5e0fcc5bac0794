"""Plugins that Ansible loads by their files, in the processes of a play."""
