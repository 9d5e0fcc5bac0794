"""A repository of 2,000 environments: only what changed is read, whatever else stands there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from orchestrator.domain.declaration import Declaration
from orchestrator.domain.git_plan import Depth, Standing
from orchestrator.ports.repository import DeclarationReader
from orchestrator.ports.repository import Written as WrittenFile
from orchestrator.workflows.git_plan import GitCheck, plan_range
from tests.git import Written, a_file
from tests.jobs import Control

COUNT = 2000


@dataclass
class Counting:
    """Implements :class:`orchestrator.ports.repository.DeclarationReader`, and keeps what was read."""

    reader: DeclarationReader
    read_paths: list[str] = field(default_factory=list)

    def read(self, text: str, path: str) -> WrittenFile:
        """Read one."""
        self.read_paths.append(path)
        return self.reader.read(text, path)

    def write(self, declaration: Declaration) -> str:
        """Write one."""
        return self.reader.write(declaration)


def test_only_the_file_that_changed_is_parsed(written: Written, check: GitCheck) -> None:
    """And a broken neighbour is not this pull request's fault."""
    name = "environments/unit777/unit777-system-test.yaml"
    files = {f"environments/unit{n}/unit{n}-system-test.yaml": a_file(f"unit{n}", "system") for n in range(100, 2100)}
    files["environments/unit888/unit888-system-test.yaml"] = "broken: ["
    base = written.commit(files)
    head = written.commit({**files, name: files[name] + "# seen\n"}, base)
    counting = Counting(check.reader)
    plan = plan_range(replace(check, reader=counting), base, head, Depth.VALIDATE, Control())
    assert len(files) == COUNT
    assert counting.read_paths == [name]
    assert [(one.path, one.standing) for one in plan.environments] == [(name, Standing.VALID)]
