"""An environment's file: what it must say, what it stands for, and what editors know of it."""

from __future__ import annotations

import json

import pytest

from orchestrator.adapters.documents.environments import EnvironmentFiles
from orchestrator.domain.declaration import Declaration
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.names import ManagedBy
from orchestrator.domain.records import Kind
from orchestrator.domain.schemas import SchemaName, schema_file, schema_text
from tests.git import a_file
from tools.docs.pages import ROOT


def read(text: str) -> Declaration:
    """Read a file."""
    return EnvironmentFiles().read(text, "x.yaml").declaration


def test_a_common_file_has_ten_lines() -> None:
    """Everything else stays as the blueprint has it."""
    assert len(a_file().splitlines()) == 10
    declaration = read(a_file())
    assert declaration.environment_name == "archives-catalogue-test"
    assert declaration.managed_by is ManagedBy.GIT


@pytest.mark.parametrize("kind", [Kind.TEST, Kind.CHANGE, Kind.TERMINATE])
def test_a_file_stands_for_a_request_of_each_kind(kind: Kind) -> None:
    """The same request as from every other door, so that it has the same digest."""
    submission = read(a_file()).submission(kind)
    assert (submission.kind, submission.environment_name) == (kind, "archives-catalogue-test")
    assert (submission.environment is None) == (kind is Kind.TERMINATE)


@pytest.mark.parametrize(
    ("old", "new", "field", "line"),
    [
        ("stage: test\n", "stage: drill\n", "stage", 4),
        ("classified: false\n", "", "classified", 1),
        ("mlps: 2\n", "mlps: 7\n", "mlps", 6),
        ("unit: archives", "kind: test\nunit: archives", "kind", 1),
        ("10.20.0.0/24", "10.20.0.0/40", "environment.network.cidr", 9),
        ("reason:", "managed_by: person\nreason:", "managed_by", 3),
    ],
)
def test_a_fault_is_told_with_its_field_and_place(old: str, new: str, field: str, line: int) -> None:
    """File, line, column and snippet, as compilers do."""
    with pytest.raises(BadInputError) as refused:
        read(a_file().replace(old, new))
    (fault,) = refused.value.diagnostics
    assert fault.field == field
    assert fault.place is not None
    assert (fault.place.file, fault.place.line) == ("x.yaml", line)
    assert "^" in str(fault.place.snippet)


@pytest.mark.parametrize("name", SchemaName)
def test_the_schema_in_the_tree_is_the_generated_one(name: SchemaName) -> None:
    """Editors know what the code knows."""
    assert (ROOT / "templates" / "schemas" / schema_file(name)).read_text(encoding="utf-8") == schema_text(name)


def test_every_field_of_a_file_is_described_and_the_main_ones_have_examples() -> None:
    """What an editor shows at each field."""
    schema = json.loads(schema_text(SchemaName.ENVIRONMENT))
    parts = [schema, *(schema["$defs"][name] for name in ("Wish", "NetworkWish", "RoleWish", "Material"))]
    fields = {name: field for part in parts for name, field in part["properties"].items()}
    assert [name for name, field in fields.items() if not field.get("description")] == []
    for name in ("unit", "system", "unit_name", "mlps", "blueprint", "cidr", "access_from", "volumes"):
        assert fields[name].get("examples"), name
    assert "GiB" in fields["volumes"]["description"]
    assert schema["properties"]["stage"]["enum"] == ["test", "trial", "production"]
