"""Ansible: playbooks run over the hosts of an environment (DESIGN.md decision 6).

Nothing is imported here: the child process of a play imports this package, and every import costs it time.
"""
