"""What holds for every test: the cloud of the tests on real parts, and errors that tell all they know."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from orchestrator.domain.errors import TenureError

pytest_plugins = ["tests.cloud"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the details of an error of ours, not its summary alone: what a host said stands there."""
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, TenureError):
        for one in error.diagnostics:
            error.add_note(one.model_dump_json(exclude_defaults=True))
    return (yield)
