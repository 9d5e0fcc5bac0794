#!/usr/bin/python
"""Signs of health of one host: units that are active, ports that take connections, addresses that answer."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: tenure_health
short_description: Wait until a host shows every sign of health
options:
  signs: {type: list, elements: dict, required: true, description: "each with one of unit, port and url"}
  seconds: {type: int, default: 60, description: how long they may take in all}
"""

POLL_SECONDS = 1.0
ANSWER_SECONDS = 5.0
BAD_STATUS = 400


def missing(sign: dict[str, object]) -> str:
    """Give what is wrong with a sign; empty when it is there."""
    if sign.get("unit"):
        return _unit(str(sign["unit"]))
    return _port(int(str(sign["port"]))) if sign.get("port") else _url(str(sign["url"]))


def _unit(unit: str) -> str:
    asked = subprocess.run(
        ["systemctl", "is-active", "--", unit], capture_output=True, text=True, timeout=30, check=False
    )
    return "" if asked.returncode == 0 else f"unit {unit} is {asked.stdout.strip() or 'unknown'}"


def _port(port: int) -> str:
    try:
        with socket.create_connection(("localhost", port), ANSWER_SECONDS):
            return ""
    except OSError as error:
        return f"port {port} takes no connection: {error.strerror or error}"


def _url(url: str) -> str:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=ANSWER_SECONDS):
            return ""
    except urllib.error.HTTPError as answer:
        return "" if answer.code < BAD_STATUS else f"{url} answers {answer.code}"
    except OSError as error:
        return f"{url} does not answer: {error}"


def main() -> None:
    """Look until all is well or the time is over."""
    module = AnsibleModule(
        argument_spec={
            "signs": {"type": "list", "elements": "dict", "required": True},
            "seconds": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    ends = time.monotonic() + module.params["seconds"]
    while True:
        wrong = [found for found in map(missing, module.params["signs"]) if found]
        if not wrong:
            module.exit_json(changed=False)
        if time.monotonic() > ends:
            module.fail_json(msg="; ".join(wrong), wrong=wrong)
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    main()
