"""Servers and their data volumes, copied from outside and led back, when nobody can enter a host any more."""

from __future__ import annotations

from typing import Protocol

from orchestrator.domain.records import Environment
from orchestrator.ports.work import Job


class Rewind(Protocol):
    """Snapshots of servers and volumes around work that may break hosts (Art. 30, 32).

    Every method may be repeated. A mark names the work, for instance the operation; what an earlier attempt of the
    same work copied stays as it is, since the server may have changed meanwhile. Errors: OperationFailedError names the
    server or volume and what the cloud said; CancelledError and ConflictError as everywhere.
    """

    def copy(self, environment: Environment, hosts: tuple[str, ...], mark: str, job: Job) -> int:
        """Copy these hosts' servers and data volumes; gives how many copies there are now."""
        ...

    def rewind_server(self, environment: Environment, host: str, mark: str, job: Job) -> None:
        """Make a server again from its copy, with its addresses; its data volumes stay as they are.

        OperationFailedError when there is no copy of that mark.
        """
        ...

    def rewind_volumes(self, environment: Environment, host: str, mark: str, job: Job) -> int:
        """Lead a host's data volumes back to their copies, with the server stopped meanwhile; gives how many.

        What was written to them since the copy is lost.
        """
        ...

    def forget(self, environment: str, mark: str, job: Job) -> int:
        """Remove the copies of a mark, or of every mark when it is empty; gives how many."""
        ...
