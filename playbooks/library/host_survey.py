#!/usr/bin/python
"""Ansible module: say what is installed, what runs and what listens on a host; changes nothing."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.tenure_host.machine import HostError, Machine
from ansible.module_utils.tenure_host.ports import listening_ports, processes
from ansible.module_utils.tenure_host.software import installed_packages, jobs_packages, units

DOCUMENTATION = """
module: host_survey
short_description: Says what is installed, what runs and what listens on a host
description:
  - It only looks. What jobs installed is told by the logs of sshd and of the package manager.
options: {}
"""

EXAMPLES = """
- name: Look over the software
  host_survey:
  register: looked
"""

RETURN = """
survey:
  description: Packages with versions, what jobs installed, units with states, programs that run, listening ports.
  type: dict
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    machine = Machine()
    try:
        running = processes(machine)
        packages = installed_packages(machine)
        survey = {
            "family": machine.family,
            "packages": packages,
            "installed_by_jobs": jobs_packages(machine, packages),
            "units": units(machine),
            "programs": sorted({process.program for process in running}),
            "ports": listening_ports(machine, running),
        }
    except HostError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, survey=survey)


if __name__ == "__main__":
    main()
