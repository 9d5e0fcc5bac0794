"""Request files: every rule that needs no cloud is checked, and each fault has file, line, column, field and rule."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestrator.adapters.documents import locate, parse, read_request_file, read_submission
from orchestrator.adapters.library import TemplateLibrary, installed_templates
from orchestrator.domain.blueprint import resolve
from orchestrator.domain.errors import BadInputError, Diagnostic, ExitCode, NotFoundError, RefusedError, TenureError
from orchestrator.domain.records import Kind
from orchestrator.domain.submission import KINDS_WITH_WISH

LIBRARY = TemplateLibrary(installed_templates())
EXAMPLES = sorted((installed_templates() / "examples").glob("*.yaml"))

GOOD = """\
kind: test
unit: civil
system: eldercare
reason: 上线前测试
classified: false
mlps: 2
material:
  - {kind: construction-plan, name: 建设方案.pdf}
environment:
  blueprint: three-tier
  network: {cidr: 10.20.0.0/24}
  roles:
    web: {count: 2}
    db:
      volumes: {data: 4}
  access_from:
    - 10.0.0.0/8
"""


@dataclass(frozen=True)
class Bad:
    """A good file with one line replaced: what is wrong with it, and where."""

    name: str
    old: str
    new: str
    line: int
    column: int
    field: str | None
    rule: str
    error: type[TenureError] = BadInputError

    @property
    def text(self) -> str:
        """The file."""
        assert GOOD.count(self.old) == 1
        return GOOD.replace(self.old, self.new)


BAD = (
    Bad("syntax", "unit: civil", "unit: [civil", 3, 7, "unit", "yaml/syntax"),
    Bad("duplicate key", "system: eldercare", "unit: other\nsystem: eldercare", 3, 1, "unit", "yaml/duplicate-key"),
    Bad("alias", "10.0.0.0/8", "*everyone", 17, 7, "environment.access_from.0", "yaml/alias"),
    Bad("unknown field", "reason: 上线前测试", "reason: x\nreasons: y", 5, 1, "reasons", "schema/unknown-field"),
    Bad(
        "unknown field inside",
        "{cidr: 10.20.0.0/24}",
        "{cidr: 10.20.0.0/24, mtu: 1400}",
        11,
        33,
        "environment.network.mtu",
        "schema/unknown-field",
    ),
    Bad("wrong type", "mlps: 2", "mlps: two", 6, 7, "mlps", "schema/type"),
    Bad("Norway", "classified: false", "classified: no", 5, 13, "classified", "schema/type"),
    Bad("mapping for text", "unit: civil", "unit: {id: civil}", 2, 7, "unit", "schema/type"),
    Bad("text for list", "    - 10.0.0.0/8", "    10.0.0.0/8", 17, 5, "environment.access_from", "schema/type"),
    Bad("empty value", "reason: 上线前测试", "reason:", 4, 1, "reason", "schema/type"),
    Bad("missing at the top", "unit: civil\n", "", 1, 1, "unit", "schema/missing"),
    Bad("missing inside", "  network: {cidr: 10.20.0.0/24}\n", "", 9, 1, "environment.network", "schema/missing"),
    Bad("missing in an item", ", name: 建设方案.pdf", "", 8, 5, "material.0.name", "schema/missing"),
    Bad("bad name", "unit: civil", "unit: Civil", 2, 7, "unit", "schema/value"),
    Bad("bad role name", "    web: {count: 2}", "    Web: {count: 2}", 13, 5, "environment.roles.Web", "schema/key"),
    Bad("misplaced field", "mlps: 2", "mlps: 2\ndays: 3", 7, 1, "days", "schema/not-here"),
    Bad("no network", "10.20.0.0/24", "10.20.0.1/24", 11, 19, "environment.network.cidr", "network"),
    Bad("open to the world", "10.0.0.0/8", "0.0.0.0/0", 17, 7, "environment.access_from.0", "network"),
    Bad("MLPS 4", "mlps: 2", "mlps: 4", 6, 7, "mlps", "Art. 2, 4", RefusedError),
    Bad("classified", "classified: false", "classified: true", 5, 13, "classified", "Art. 2, 4", RefusedError),
    Bad("too many", "count: 2", "count: 50", 13, 18, "environment.roles.web.count", "envelope", RefusedError),
    Bad("too large", "data: 4", "data: 9000", 15, 23, "environment.roles.db.volumes.data", "envelope", RefusedError),
    Bad("unknown role", "    web: {", "    cache: {", 13, 5, "environment.roles.cache", "blueprint"),
    Bad("unknown volume", "{data: 4}", "{wal: 4}", 15, 17, "environment.roles.db.volumes.wal", "blueprint"),
    Bad("unknown blueprint", "three-tier", "four-tier", 10, 14, "environment.blueprint", "library", NotFoundError),
)


def refused(text: str, tmp_path: Path) -> TenureError:
    """Give the error by which a file is refused."""
    path = tmp_path / "request.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TenureError) as caught:
        read_request_file(path, LIBRARY)
    return caught.value


def at(diagnostic: Diagnostic) -> tuple[int | None, int | None]:
    """Give line and column."""
    assert diagnostic.place is not None
    return diagnostic.place.line, diagnostic.place.column


class TestBadFiles:
    """The list of what must be refused, each with its place."""

    @pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
    def test_a_bad_file_is_refused_with_place_field_and_rule(self, bad: Bad, tmp_path: Path) -> None:
        """One fault, one diagnostic, in the right class of error."""
        error = refused(bad.text, tmp_path)
        (found,) = error.diagnostics
        assert found.place is not None
        assert found.place.file == str(tmp_path / "request.yaml")
        assert (*at(found), found.field, found.rule) == (bad.line, bad.column, bad.field, bad.rule)
        assert type(error) is bad.error
        assert error.exit_code == (ExitCode.REFUSED if bad.error is RefusedError else ExitCode.BAD_INPUT)

    def test_all_faults_of_form_are_told_at_once_in_the_order_of_the_file(self, tmp_path: Path) -> None:
        """Those of YAML and those of the schema."""
        text = GOOD.replace("unit: civil", "unit: &u civil\nunit: 7").replace("mlps: 2", "mlps: x\nwhat: .nan")
        error = refused(text.replace("10.20.0.0/24", "10.20.0.9/24"), tmp_path)
        assert [(*at(found), found.rule) for found in error.diagnostics] == [
            (2, 7, "yaml/alias"),
            (3, 1, "yaml/duplicate-key"),
            (7, 7, "schema/type"),
            (8, 1, "schema/unknown-field"),
            (8, 7, "yaml/number"),
            (13, 19, "network"),
        ]

    def test_all_refusals_of_rules_are_told_at_once(self, tmp_path: Path) -> None:
        """Those of the rulebook and those of the blueprint; bad input outweighs a refusal."""
        text = GOOD.replace("mlps: 2", "mlps: 5").replace("count: 2", "count: 50")
        error = refused(text, tmp_path)
        assert (type(error), [found.rule for found in error.diagnostics]) == (RefusedError, ["Art. 2, 4", "envelope"])
        error = refused(text.replace("{data: 4}", "{wal: 4}"), tmp_path)
        assert type(error) is BadInputError
        assert [found.rule for found in error.diagnostics] == ["Art. 2, 4", "envelope", "blueprint"]

    def test_a_yaml_fault_alone_refuses_a_file_that_fits_the_schema(self, tmp_path: Path) -> None:
        """An anchor that nothing uses is refused as well."""
        (found,) = refused(GOOD.replace("mlps: 2", "mlps: &m 2"), tmp_path).diagnostics
        assert found.rule == "yaml/alias"

    def test_a_private_key_is_told_and_not_shown(self, tmp_path: Path) -> None:
        """The place is there, the line is not."""
        key = "-----BEGIN OPENSSH PRIVATE KEY-----\n    b3BlbnNzaC1rZXk"
        (found,) = refused(f"{GOOD}  emergency_public_key: |\n    {key}\n", tmp_path).diagnostics
        assert (at(found), found.rule) == ((18, 25), "private-key")
        assert "b3BlbnNzaC1rZXk" not in found.model_dump_json()

    def test_as_many_faults_are_told_as_a_person_mends_at_once(self, tmp_path: Path) -> None:
        """Fifty."""
        text = GOOD + "".join(f"extra{number}: 1\n" for number in range(200))
        assert len(refused(text, tmp_path).diagnostics) == 50


class TestGoodFiles:
    """What may be submitted."""

    @pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
    def test_every_example_is_granted_by_its_blueprint(self, path: Path) -> None:
        """The examples that ship, one of each kind, are valid to the end."""
        submission = read_request_file(path, LIBRARY)
        wish = submission.environment
        assert (wish is not None) == (submission.kind in KINDS_WITH_WISH)
        if wish is not None:
            blueprint = LIBRARY.blueprint(wish.blueprint)
            assert resolve(submission, blueprint, request_id="req-1").name == submission.environment_name

    def test_every_kind_has_an_example(self) -> None:
        """Whoever needs one can begin from a file."""
        assert {read_request_file(path, LIBRARY).kind for path in EXAMPLES} == set(Kind)

    def test_a_file_may_begin_with_a_byte_order_mark(self, tmp_path: Path) -> None:
        """Some editors write one."""
        path = tmp_path / "request.yaml"
        path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
        assert read_request_file(path, LIBRARY).unit == "civil"

    def test_lines_may_end_as_on_windows(self, tmp_path: Path) -> None:
        """Places stay right."""
        path = tmp_path / "request.yaml"
        path.write_bytes(GOOD.replace("\n", "\r\n").encode())
        assert read_request_file(path, LIBRARY).reason == "上线前测试"
        found = refused(GOOD.replace("mlps: 2", "mlps: x").replace("\n", "\r\n"), tmp_path).diagnostic
        assert at(found) == (6, 7)

    def test_a_termination_needs_no_blueprint(self, tmp_path: Path) -> None:
        """Nothing is resolved."""
        path = tmp_path / "end.yaml"
        path.write_text("kind: terminate\nunit: civil\nsystem: eldercare\nstage: test\nreason: 测试结束\n")
        assert read_request_file(path, LIBRARY).environment_name == "civil-eldercare-test"

    def test_a_text_is_read_as_a_file_is(self) -> None:
        """The pull request's check has texts, not files."""
        assert read_submission(GOOD, "environments/civil.yaml").mlps == 2


class TestFiles:
    """Files that can't be read are refused with the reason."""

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        """Named in the message."""
        with pytest.raises(NotFoundError, match=r"there is no file .*none\.yaml"):
            read_request_file(tmp_path / "none.yaml", LIBRARY)

    def test_a_folder(self, tmp_path: Path) -> None:
        """With what the system said."""
        with pytest.raises(BadInputError, match="Is a directory"):
            read_request_file(tmp_path, LIBRARY)

    def test_bytes_that_are_no_utf8(self, tmp_path: Path) -> None:
        """With the place of the first one."""
        path = tmp_path / "request.yaml"
        path.write_bytes("kind: test\nunit_name: 民政局".encode("gb18030"))
        with pytest.raises(BadInputError) as caught:
            read_request_file(path, LIBRARY)
        assert (at(caught.value.diagnostic), caught.value.diagnostic.rule) == ((2, 12), "yaml/encoding")

    def test_a_file_that_is_too_large_is_not_read_to_its_end(self, tmp_path: Path) -> None:
        """A gigabyte costs no memory."""
        path = tmp_path / "request.yaml"
        with path.open("wb") as file:
            file.truncate(2**30)
        with pytest.raises(BadInputError) as caught:
            read_request_file(path, LIBRARY)
        assert caught.value.diagnostic.rule == "yaml/size"


class TestLocate:
    """Errors of the domain find their place in the document."""

    def test_a_diagnostic_that_names_no_field_stays_as_it_is(self) -> None:
        """As does one that has a place already."""
        document = parse(GOOD, "request.yaml")
        error = RefusedError("the office said no")
        assert locate(document, error).diagnostics == error.diagnostics
        placed = locate(document, RefusedError("no", field="mlps"))
        assert locate(parse("a: 1", "other.yaml"), placed).diagnostics == placed.diagnostics

    def test_a_field_that_is_not_there_is_placed_at_what_is_around_it(self) -> None:
        """The key of the mapping in which it is missing."""
        document = parse(GOOD, "request.yaml")
        assert at(locate(document, BadInputError("no", field="environment.network.dns")).diagnostic) == (11, 3)
        assert at(locate(document, BadInputError("no", field="approval")).diagnostic) == (1, 1)
        assert at(locate(document, BadInputError("no", field="mlps.grade")).diagnostic) == (6, 1)

    def test_a_field_may_be_an_item_of_a_list(self) -> None:
        """By its index."""
        document = parse(GOOD, "request.yaml")
        assert at(locate(document, BadInputError("no", field="environment.access_from.0")).diagnostic) == (17, 7)
