"""The repository of desired state: its trees and blobs are read, nothing is ever checked out."""

from __future__ import annotations

from typing import Protocol

from orchestrator.domain.declaration import Declaration
from orchestrator.domain.errors import TenureError
from orchestrator.domain.file_fields import FileField
from orchestrator.domain.plan import Plan
from orchestrator.domain.tree import TreeChange
from orchestrator.ports.work import Job


class Repository(Protocol):
    """A git repository as a store of objects; :mod:`orchestrator.domain.tree` judges what stands in it."""

    def commit(self, revision: str) -> str:
        """Give the full id of the commit that a revision names; BadInputError when there is none."""
        ...

    def fork_point(self, base: str, head: str) -> str:
        """Give the newest commit that two have in common; BadInputError when they have none."""
        ...

    def changes(self, before: str, after: str) -> tuple[TreeChange, ...]:
        """Give every path below the folder of environments that differs between two commits, by path."""
        ...

    def removals(self, before: str, after: str) -> tuple[TreeChange, ...]:
        """Give every removal below the folder on the way from one commit to a later one, the newest first.

        The way is that of first parents: what a branch did before its merge is not told.
        """
        ...

    def paths(self, commit: str) -> tuple[str, ...]:
        """Give every path below the folder of environments, without reading any file."""
        ...

    def read(self, blob: str) -> str:
        """Give a file's text; BadInputError when it is too large or no UTF-8. Nothing of a large one is read."""
        ...

    def fetch(self, refs: tuple[str, ...]) -> None:
        """Bring these refs from where the repository came from; harmless when nothing is new.

        BusyError when the origin does not answer just now; OperationFailedError when it takes too long, or sends what
        git's own checks refuse.
        """
        ...


class Written(Protocol):
    """An environment's file that was read: what it declares, and where each part of it stands."""

    @property
    def declaration(self) -> Declaration:
        """What the file declares."""
        ...

    def amended(self, fields: tuple[FileField, ...]) -> str:
        """Give the file's text with these fields changed and nothing else: comments and order stay.

        OperationFailedError when no such text could be written.
        """
        ...

    def locate[E: TenureError](self, error: E) -> E:
        """Give the same error with file, line, column and snippet for each finding that names a field."""
        ...


class DeclarationReader(Protocol):
    """Reads environments' files."""

    def read(self, text: str, path: str) -> Written:
        """Read one; BadInputError with every fault of form, each with its place."""
        ...

    def write(self, declaration: Declaration) -> str:
        """Give the text of a declaration, in the normal form of files; what is as by default is left out."""
        ...


class Previewer(Protocol):
    """Says what would happen in the cloud, and leaves nothing behind."""

    def preview(self, job: Job) -> Plan:
        """Give the plan of an environment that exists; its state is read, never written."""
        ...

    def preview_new(self, job: Job) -> Plan:
        """Give the plan of an environment that does not exist, on a state that is thrown away."""
        ...
