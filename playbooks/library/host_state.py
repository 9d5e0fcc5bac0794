#!/usr/bin/python
"""Ansible module: bring a host to a state that is declared in parts."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.tenure_host.facts import host_facts
from ansible.module_utils.tenure_host.machine import HostError, Machine
from ansible.module_utils.tenure_host.state import Bringer, Change, part_from

DOCUMENTATION = """
module: host_state
short_description: Brings a host to a state that is declared in parts
description:
  - Files, accounts, units and packages of all parts in one visit; what is right already is left alone.
options:
  parts:
    description: The parts, in order; playbooks/module_utils/tenure_host/state.py says what a part may have.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = """
- name: Keep the journal
  host_state:
    parts:
      - name: journal
        files:
          - path: /etc/systemd/journald.conf.d/zz-tenure.conf
            content: "[Journal]\\nStorage=persistent\\n"
        after: [[systemctl, restart, systemd-journald.service]]
"""

RETURN = """
changes:
  description: What was changed, a line each, headed by the part.
  type: list
parts:
  description: Names of the parts that changed.
  type: list
left_out:
  description: Parts whose services mean nothing on this host.
  type: list
facts:
  description: What reports need to know of the host.
  type: dict
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={"parts": {"type": "list", "elements": "dict", "required": True}}, supports_check_mode=True
    )
    machine = Machine()
    bringer = Bringer(machine, rehearsal=module.check_mode)
    try:
        bringer.bring([part_from(part) for part in module.params["parts"]])
    except HostError as error:
        module.fail_json(msg=str(error), changes=_lines(bringer.changes))
    module.exit_json(
        changed=bool(bringer.changes),
        changes=_lines(bringer.changes),
        parts=sorted({change.part for change in bringer.changes}),
        left_out=bringer.left_out,
        facts=host_facts(machine),
        diff=[_diff(change) for change in bringer.changes if change.after or change.before],
    )


def _lines(changes: list[Change]) -> list[str]:
    return [f"{change.part}: {change.what}" for change in changes]


def _diff(change: Change) -> dict[str, str]:
    return {"before": change.before, "after": change.after, "before_header": change.what, "after_header": change.what}


if __name__ == "__main__":
    main()
