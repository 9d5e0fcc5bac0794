"""Fields of a file changed where they stand: not a character besides is another one."""

from __future__ import annotations

from difflib import ndiff

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from orchestrator.adapters.documents import parse
from orchestrator.adapters.documents.amending import amended
from orchestrator.domain.declaration import Declaration
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.file_fields import FileField

FILE = "archives-catalogue-test.yaml"
TEXT = """\
# Ask the duty office before it grows.
unit: archives
system: catalogue   # 档案目录
reason: >-
    test before
    migration

stage: test
classified: false
mlps: 2
environment:
    blueprint: 'three-tier'
    # who gave us the range: the network office
    network: { cidr: 10.20.0.0/24 }
    # three halls
    access_from:
      # the hall
      - 198.51.100.0/24
      - 10.0.0.0/8   # the agency
# that is all
"""
ROLES = TEXT.replace("    # three halls\n", "    roles:\n        web: {count: 2}   # since spring\n    # three halls\n")


def change(text: str, path: str, value: JsonValue) -> str:
    """Change one field."""
    return amended(text, FILE, (FileField(path=tuple(path.split(".")), value=value),), Declaration)


def differing(before: str, after: str) -> list[str]:
    """Give the lines that went and came, as ``- line`` and ``+ line``."""
    return [line.rstrip() for line in ndiff(before.splitlines(), after.splitlines()) if line[0] in "-+"]


@pytest.mark.parametrize(
    ("text", "path", "value", "expected"),
    [
        (TEXT, "mlps", 3, ["- mlps: 2", "+ mlps: 3"]),
        (TEXT, "stage", "trial", ["- stage: test", "+ stage: trial"]),
        (TEXT, "system", "minutes", ["- system: catalogue   # 档案目录", "+ system: minutes   # 档案目录"]),
        (TEXT, "managed_by", "hook", ["+ managed_by: hook"]),
        (TEXT, "unit_name", "市: 档案馆", ["+ unit_name: '市: 档案馆'"]),
        (
            TEXT,
            "environment.network.dns",
            ["192.0.2.1", "192.0.2.2"],
            [
                "-     network: { cidr: 10.20.0.0/24 }",
                "+     network: { dns: [192.0.2.1, 192.0.2.2], cidr: 10.20.0.0/24 }",
            ],
        ),
        (
            TEXT,
            "environment.roles.web.count",
            3,
            ["+     roles:", "+       web:", "+         count: 3"],
        ),
        (
            ROLES,
            "environment.roles.web.count",
            3,
            ["-         web: {count: 2}   # since spring", "+         web: {count: 3}   # since spring"],
        ),
        (
            ROLES,
            "environment.roles.db.volumes.data",
            20,
            ["+         db:", "+           volumes:", "+             data: 20"],
        ),
        (
            TEXT,
            "environment.access_from",
            ["192.0.2.0/24", "10.0.0.0/8"],
            ["-       # the hall", "-       - 198.51.100.0/24", "+       - 192.0.2.0/24"],
        ),
    ],
)
def test_only_the_field_is_another_one(text: str, path: str, value: JsonValue, expected: list[str]) -> None:
    """Each kind of value, where it stands and where it is new."""
    assert sorted(differing(text, change(text, path, value))) == sorted(expected)


@pytest.mark.parametrize(
    ("path", "value"), [("reason", "another one"), ("environment.access_from", ["192.0.2.0/24"]), ("managed_by", "git")]
)
def test_what_stands_in_an_uncommon_way_is_changed_too(path: str, value: JsonValue) -> None:
    """Over several lines, with remarks inside brackets, or with nothing behind its name; no remark is lost."""
    text = TEXT.replace("mlps: 2", "mlps: 2\nmanaged_by:") + "oversize_reason: because\n"
    text = text.replace("access_from:\n      # the hall\n", "access_from:\n      [\n        # the hall\n")
    text = text.replace("      - 198.51.100.0/24\n      - 10.0.0.0/8   #", "        198.51.100.0/24, 10.0.0.0/8]   #")
    made = change(text, path, value)
    data = parse(made, FILE).data
    for name in path.split("."):
        assert isinstance(data, dict)
        data = data[name]
    assert data == value
    assert "# Ask the duty office" in made


def test_a_field_that_goes_takes_nothing_along() -> None:
    """Neither its neighbours nor their remarks."""
    assert change(ROLES, "environment.roles", None) == TEXT
    assert change(TEXT, "environment.roles", None) == TEXT


def test_several_fields_are_changed_in_one_text() -> None:
    """Each on top of the one before."""
    fields = (FileField(path=("stage",), value="trial"), FileField(path=("mlps",), value=3))
    made = amended(TEXT, FILE, fields, Declaration)
    assert sorted(differing(TEXT, made)) == ["+ mlps: 3", "+ stage: trial", "- mlps: 2", "- stage: test"]


def test_what_cannot_be_said_is_no_text() -> None:
    """A value below another value has no place."""
    with pytest.raises((OperationFailedError, AttributeError, TypeError)):
        change(TEXT, "mlps.below", 1)


@given(
    st.dictionaries(st.sampled_from(("bastion", "web", "db")), st.integers(1, 9), min_size=1),
    st.lists(st.sampled_from(("192.0.2.0/24", "10.0.0.0/8", "198.51.100.0/24")), unique=True, min_size=1),
)
def test_any_change_is_read_back_as_that(counts: dict[str, int], ranges: list[str]) -> None:
    """Whatever is set, the data are just so, and each remark of a line that stays is there."""
    fields = [FileField(path=("environment", "roles", name, "count"), value=count) for name, count in counts.items()]
    fields.append(FileField(path=("environment", "access_from"), value=list(ranges)))
    data = parse(amended(TEXT, FILE, fields, Declaration), FILE).data
    assert isinstance(data, dict)
    assert data["environment"]["roles"] == {name: {"count": count} for name, count in counts.items()}
    assert data["environment"]["access_from"] == ranges
