"""The child of a play, without a play."""

from __future__ import annotations

import subprocess
import sys


def test_a_child_outside_of_its_namespaces_refuses_to_work() -> None:
    """It ends by killing every process that it sees: started by hand it would be everybody's."""
    child = (sys.executable, "-m", "orchestrator.adapters.ansible.child")
    done = subprocess.run(child, input="{}\n", capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "first one of a namespace only" in done.stderr
