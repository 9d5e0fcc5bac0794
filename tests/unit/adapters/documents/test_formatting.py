"""The normal form of files: fields in order, one indent, every comment kept, nothing said otherwise."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.adapters.documents import parse
from orchestrator.adapters.documents.formatting import AnyOrder, as_scalar, normal_form
from orchestrator.domain.declaration import Declaration
from orchestrator.domain.errors import BadInputError
from tools.docs.pages import ROOT

EXAMPLES = sorted((ROOT / "templates" / "examples").glob("*.yaml"))
MESSY = """\
# yaml-language-server: $schema=../templates/schemas/environment.schema.json

# what it is for
reason: >-
    test before
    migration
environment:
    # who comes in
    access_from:
    - 198.51.100.0/24   # the hall
    - 10.0.0.0/8
    roles:
        host:
            # bigger since spring
            volumes: {data: 2}
            count: 1
    network: {cidr: 10.20.0.0/24}
    blueprint: single-host
mlps: 2
classified: false   # really
unit: archives
stage: test
# the second system
system: catalogue
"""
TIDY = """\
# yaml-language-server: $schema=../templates/schemas/environment.schema.json

unit: archives
# the second system
system: catalogue
# what it is for
reason: >-
  test before
  migration
stage: test
classified: false   # really
mlps: 2
environment:
  blueprint: single-host
  network: {cidr: 10.20.0.0/24}
  roles:
    host:
      count: 1
      # bigger since spring
      volumes: {data: 2}
  # who comes in
  access_from:
    - 198.51.100.0/24 # the hall
    - 10.0.0.0/8
"""
WORDS = st.from_regex(r"[a-z][a-z0-9 ,.:'#-]{0,20}[a-z0-9]", fullmatch=True) | st.sampled_from(
    ["市档案馆", "no", "12:30", "1e3", "true", "null", "", " x ", "a: b", "# no", "-", "@x", "`", "0x1F", "2026-03-02"]
)


def comments(text: str) -> list[str]:
    """Give every comment, without where it stands."""
    return sorted(re.findall(r"#[a-z]+$", text, re.MULTILINE))


@st.composite
def files(draw: st.DrawFn) -> str:
    """Give a file with its fields in any order, any indent, and comments anywhere."""
    wide = draw(st.sampled_from([2, 3, 4, 8]))
    comment = st.from_regex(r"#[a-z]{1,6}", fullmatch=True)

    def lines(fields: dict[str, Any], depth: int) -> list[str]:
        made: list[str] = []
        indent = " " * (wide * depth)
        for name in draw(st.permutations(list(fields))):
            made += [indent + one for one in draw(st.lists(comment, max_size=2))]
            value = fields[name]
            behind = "  " + draw(comment) if draw(st.booleans()) else ""
            if isinstance(value, dict):
                made += [f"{indent}{name}:{behind}", *lines(value, depth + 1)]
            elif isinstance(value, list):
                inside = indent + " " * draw(st.integers(0, 3))
                made += [f"{indent}{name}:{behind}", *(f"{inside}- {one}" for one in value)]
            else:
                made.append(f"{indent}{name}: {value}{behind}")
        return made

    fields = {
        "unit": as_scalar(draw(WORDS)),
        "reason": as_scalar(draw(WORDS)),
        "mlps": "2",
        "system_name": f"'{draw(st.from_regex(r'[a-z ]{1,9}', fullmatch=True))}'",
        "environment": {
            "blueprint": "single-host",
            "network": {"cidr": "10.20.0.0/24", "dns": ["10.0.0.2", "10.0.0.3"]},
            "access_from": ["198.51.100.0/24"],
        },
    }
    head = ["# yaml-language-server: $schema=x"] if draw(st.booleans()) else []
    return "\n".join([*head, *lines(fields, 0), *draw(st.lists(comment, max_size=2))]) + draw(
        st.sampled_from(["\n", ""])
    )


def test_a_messy_file_becomes_a_tidy_one() -> None:
    """Comments go with what they stand above or behind; the modeline stays first."""
    assert normal_form(MESSY, "x.yaml", Declaration) == TIDY
    assert normal_form(TIDY, "x.yaml", Declaration) == TIDY


@settings(max_examples=60)
@given(files())
def test_any_file_keeps_its_data_and_comments_and_has_one_normal_form(text: str) -> None:
    """Written twice it is the same."""
    made = normal_form(text, "x.yaml", Declaration)
    assert parse(made, "x.yaml").data == parse(text, "x.yaml").data
    assert comments(made) == comments(text)
    assert normal_form(made, "x.yaml", Declaration) == made
    data = parse(made, "x.yaml").data
    assert isinstance(data, dict)
    known = list(Declaration.model_fields)
    assert list(data) == sorted(data, key=known.index)


@given(WORDS | st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30))
def test_a_text_is_read_back_as_it_was_given(text: str) -> None:
    """Whatever somebody types for a name, also inside brackets."""
    data = parse(f"a: {as_scalar(text)}\nb: [{as_scalar(text)}, x] # c\n", "x.yaml").data
    assert data == {"a": text, "b": [text, "x"]}


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_our_own_examples_are_in_their_normal_form(file: Path) -> None:
    """What we show is what the formatter writes; requests keep the order that they have."""
    text = file.read_text(encoding="utf-8")
    assert normal_form(text, file.name, AnyOrder) == text


@pytest.mark.parametrize("text", ["a: [", "", "\ta: 1"])
def test_what_is_no_yaml_is_told_and_left_alone(text: str) -> None:
    """With its place."""
    with pytest.raises(BadInputError):
        normal_form(text, "x.yaml", Declaration)


@pytest.mark.parametrize("text", ["a: &x 1\nb: *x\n", "a: 1\na: 2\n", "? [a]\n: 1\n"])
def test_a_file_that_is_refused_anyway_is_left_as_it_is(text: str) -> None:
    """Its faults are for the check to tell."""
    assert normal_form(text, "x.yaml", Declaration) == text
