"""Becoming root by sudo, bounded and marked.

Every remote command of a play runs in ``timeout``, since Ansible's own ``timeout:`` leaves the remote command behind,
and carries the play's mark in its environment, by which it is found when the play has to end.
"""

from __future__ import annotations

from typing import Any

from ansible.plugins.become import BecomeBase

DOCUMENTATION = """
name: tenure_sudo
short_description: sudo, bounded in time and marked as a play's
description:
  - Runs commands by sudo without a password, as the hosts' administrator may, in a command that bounds and marks them.
author: Tenure
options:
  become_user:
    description: Whom to become.
    default: root
    keyword:
      - name: become_user
    vars:
      - name: ansible_become_user
  bound:
    description: The command, with its arguments, that every command is an argument of.
    required: true
    env:
      - name: TENURE_BOUND
"""


class BecomeModule(BecomeBase):  # type: ignore[misc]  # Ansible has no types
    """What Ansible asks for."""

    name = "tenure_sudo"

    def build_become_command(self, cmd: str, shell: Any) -> str:  # noqa: ANN401  Ansible has no types
        """Give the command that runs another one as root."""
        super().build_become_command(cmd, shell)
        if not cmd:
            return cmd
        inner = self._build_success_command(cmd, shell)
        return f"sudo -H -S -n -u {self.get_option('become_user')} {self.get_option('bound')} {inner}"
