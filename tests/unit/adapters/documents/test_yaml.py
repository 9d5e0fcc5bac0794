"""The YAML that is read, and every fault with its line, column, field and rule."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from orchestrator.adapters.documents import parse
from orchestrator.adapters.documents.parser import DEEPEST, LARGEST_BYTES, MOST_FAULTS, MOST_VALUES
from orchestrator.domain.errors import BadInputError, Diagnostic


def faults(text: str) -> tuple[Diagnostic, ...]:
    """Give what is wrong with a text, whether it could be read or not."""
    try:
        return parse(text, "request.yaml").faults
    except BadInputError as error:
        return error.diagnostics


def data(text: str) -> object:
    """Give the values of a text without faults."""
    document = parse(text, "request.yaml")
    assert document.faults == ()
    return document.data


@dataclass(frozen=True)
class Bad:
    """A text with one fault: where it is, in which field, by which rule."""

    name: str
    text: str
    line: int
    column: int
    field: str | None
    rule: str


BAD = (
    Bad("open list", "a: [1, 2\nb: 3\n", 2, 2, "a", "yaml/syntax"),
    Bad("open quote", "a: 'x\n", 1, 6, "a", "yaml/syntax"),
    Bad("two colons", "a: b: c\n", 1, 5, None, "yaml/syntax"),
    Bad("wrong indentation", "a: 1\n b: 2\n", 2, 3, None, "yaml/syntax"),
    Bad("list and mapping", "- a\nb: 1\n", 2, 1, None, "yaml/syntax"),
    Bad("reserved sign", "a: @x\n", 1, 4, "a", "yaml/syntax"),
    Bad("unknown escape", 'a: "\\q"\n', 1, 6, "a", "yaml/syntax"),
    Bad("indenting tab", "a:\n\tb: 1\n", 2, 1, None, "yaml/tab"),
    Bad("tab behind spaces", "a:\n  \tb: 1\n", 2, 3, None, "yaml/tab"),
    Bad("control character", "a: 1\nb: x\x00y\n", 2, 5, None, "yaml/encoding"),
    Bad("empty", "", 1, 1, None, "yaml/empty"),
    Bad("only a comment", "# nothing\n", 1, 1, None, "yaml/empty"),
    Bad("second document", "a: 1\n---\nb: 2\n", 2, 1, None, "yaml/one-document"),
    Bad("anchor", "a:\n  b: &x 1\n", 2, 6, "a.b", "yaml/alias"),
    Bad("alias", "a: [1, *x]\n", 1, 8, "a.1", "yaml/alias"),
    Bad("python tag", "a: !!python/object:os.system x\n", 1, 4, "a", "yaml/tag"),
    Bad("tagged list", "a: !x [1]\n", 1, 4, "a", "yaml/tag"),
    Bad("duplicate key", "a: 1\nb: 2\na: 3\n", 3, 1, "a", "yaml/duplicate-key"),
    Bad("duplicate key inside", "a: {b: 1, b: 2}\n", 1, 11, "a.b", "yaml/duplicate-key"),
    Bad("number as key", "a:\n  1: x\n", 2, 3, "a", "yaml/key"),
    Bad("truth as key", "true: x\n", 1, 1, None, "yaml/key"),
    Bad("list as key", "? [a]\n: x\n", 1, 3, None, "yaml/key"),
    Bad("not a number", "a: .nan\n", 1, 4, "a", "yaml/number"),
    Bad("infinity", "a: -.inf\n", 1, 4, "a", "yaml/number"),
    Bad("overflow", "a: 1e999\n", 1, 4, "a", "yaml/number"),
    Bad("absurd length", f"a: {'9' * 5000}\n", 1, 4, "a", "yaml/number"),
    Bad("deep lists", f"a: {'[' * 200_000}", 1, DEEPEST + 3, None, "yaml/depth"),
    Bad("deep keys", "? " * 100_000 + "x", 1, 2 * DEEPEST + 1, None, "yaml/depth"),
)


WORDS = ("no", "yes", "on", "off", "y", "n", "NO", "12:30:45", "2026-03-02", "1_000", "0777x", "<<")
TEXTS = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-(10**18), 10**18) | TEXTS
KEYS = st.from_regex(r"[a-z]{1,6}", fullmatch=True)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


class TestFaults:
    """Each fault has its place."""

    @pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
    def test_a_fault_is_told_with_place_field_and_rule(self, bad: Bad) -> None:
        """Exactly one diagnostic for one fault."""
        (found,) = faults(bad.text)
        assert found.place is not None
        assert (found.place.file, found.place.line, found.place.column) == ("request.yaml", bad.line, bad.column)
        assert (found.field, found.rule) == (bad.field, bad.rule)

    def test_faults_that_do_not_end_the_reading_are_told_together(self) -> None:
        """In the order of the file."""
        found = faults("a: &x 1\nb: *x\na: !t 2\n2: .inf\n")
        assert [each.rule for each in found] == [
            "yaml/alias",
            "yaml/alias",
            "yaml/duplicate-key",
            "yaml/tag",
            "yaml/key",
            "yaml/number",
        ]

    def test_an_alias_bomb_is_refused_before_it_grows(self) -> None:
        """Nine levels of nine aliases would be a thousand million values."""
        levels = [f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 9)}]" for level in range(1, 10)]
        started = time.monotonic()
        found = faults("l0: &l0 lol\n" + "\n".join(levels))
        assert len(found) == MOST_FAULTS
        assert {each.rule for each in found} == {"yaml/alias"}
        assert time.monotonic() - started < 5

    def test_a_document_has_a_largest_size(self) -> None:
        """256 KiB, in bytes."""
        assert faults("a: " + "x" * (LARGEST_BYTES - 3)) == ()
        (found,) = faults("a: " + "文" * (LARGEST_BYTES // 3))
        assert (found.rule, found.place and found.place.line) == ("yaml/size", 1)

    def test_a_document_has_a_largest_number_of_values(self) -> None:
        """Small values cost time too."""
        (found,) = faults(f"a: [{'1,' * MOST_VALUES}]")
        assert found.rule == "yaml/size"

    def test_the_snippet_marks_the_fault(self) -> None:
        """The line, and a mark as wide as the fault, behind wide characters too."""
        (found,) = faults("a: 1\n养老: {服务: .nan}\n")
        assert found.place is not None
        assert found.place.snippet == "   2 | 养老: {服务: .nan}\n     |              ^^^^"

    def test_a_long_line_is_cut_around_the_fault(self) -> None:
        """The mark stays under the fault."""
        (found,) = faults(f"a: [{'1, ' * 200}.nan, {'1, ' * 200}]\n")
        assert found.place is not None
        assert found.place.snippet is not None
        line, mark = found.place.snippet.splitlines()
        assert len(line) < 250
        assert line[mark.index("^") :].startswith(".nan")

    def test_a_text_with_a_private_key_is_never_shown(self) -> None:
        """Not even when the fault is elsewhere."""
        (found,) = faults("a: |\n  -----BEGIN OPENSSH PRIVATE KEY-----\n  b3BlbnNzaC1rZXk\nb: .nan\n")
        assert found.place is not None
        assert found.place.snippet is None

    @given(text=st.text(max_size=200))
    def test_no_text_breaks_the_reader(self, text: str) -> None:
        """Whatever is written is read or refused with a place inside the text."""
        for found in faults(text):
            assert found.place is not None
            assert found.place.line is not None
            assert (
                1
                <= found.place.line
                <= text.count("\n") + text.count("\r") + 1 + sum(map(text.count, "\x85\u2028\u2029"))
            )


class TestValues:
    """YAML 1.2: what is written is what is meant."""

    @pytest.mark.parametrize(
        "word", ["no", "yes", "on", "off", "y", "n", "NO", "12:30:45", "2026-03-02", "1_000", "0777x", "<<"]
    )
    def test_words_are_texts(self, word: str) -> None:
        """Norway's code is no truth value, a time no number, a date no date."""
        assert data(f"a: {word}") == {"a": word}

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("true", True),
            ("False", False),
            ("null", None),
            ("~", None),
            ("", None),
            ("12", 12),
            ("-7", -7),
            ("+3", 3),
            ("007", 7),
            ("0o17", 15),
            ("0x1F", 31),
            ("1.5", 1.5),
            ("1e3", 1000.0),
            ("'12'", "12"),
            ('"true"', "true"),
            ("|\n  1\n", "1\n"),
            ("10.20.0.0/24", "10.20.0.0/24"),
            ("1.2.3", "1.2.3"),
        ],
    )
    def test_a_plain_scalar_has_its_core_schema_value(self, text: str, value: object) -> None:
        """Quoted and block scalars are texts."""
        found = data(f"a: {text}")
        assert found == {"a": value}
        assert isinstance(found, dict)
        assert type(found["a"]) is type(value)

    @given(value=VALUES)
    def test_what_a_yaml_writer_wrote_is_read_back(self, value: object) -> None:
        """Mappings, lists and scalars, in block and flow form."""
        stream = StringIO()
        writer = YAML(typ="safe", pure=True)
        writer.default_flow_style = False
        writer.dump({"a": value}, stream)
        assert data(stream.getvalue()) == {"a": value}

    def test_a_float_is_finite(self) -> None:
        """No comparison with it can surprise."""
        found = data("a: 1.7976931348623157e308")
        assert isinstance(found, dict)
        assert math.isfinite(found["a"])
