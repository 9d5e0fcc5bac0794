"""The template library: what ships is valid, what is wrong is told with its place, and each file is read once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestrator.adapters.library import TemplateLibrary, installed_templates, read_rulebook
from orchestrator.domain.errors import BadInputError, NotFoundError, TenureError
from orchestrator.ports import Library


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """Copy the templates that ship, to be changed by a test."""
    return Path(shutil.copytree(installed_templates(), tmp_path / "templates"))


def edit(path: Path, old: str, new: str) -> None:
    """Replace the first occurrence of a text in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def place_of(error: TenureError) -> str:
    """Give file name, line and column of an error."""
    place = error.diagnostic.place
    assert place is not None
    return f"{Path(place.file).name}:{place.line}:{place.column}"


class TestWhatShips:
    """The installation's own files."""

    def test_the_blueprints_are_there_by_name(self) -> None:
        """Those that the architecture promises."""
        library: Library = TemplateLibrary(installed_templates())
        assert [blueprint.name for blueprint in library.blueprints()] == ["database", "single-host", "three-tier"]
        assert library.rulebook().label == "default@4"

    def test_each_file_is_read_once(self) -> None:
        """The second answer is the first one."""
        library = TemplateLibrary(installed_templates())
        assert library.blueprint("three-tier") is library.blueprint("three-tier")
        assert library.rulebook() is library.rulebook()
        assert library.calendar() is library.calendar()


class TestOtherFiles:
    """Another city's files, and files with faults."""

    def test_an_unknown_blueprint_names_those_that_there_are(self) -> None:
        """With the field of the request."""
        with pytest.raises(NotFoundError, match="no blueprint 'four-tier'") as caught:
            TemplateLibrary(installed_templates()).blueprint("four-tier")
        assert caught.value.diagnostic.detail == "there is: database, single-host, three-tier"
        assert caught.value.diagnostic.field == "environment.blueprint"

    def test_a_folder_without_blueprints_has_none(self, tmp_path: Path) -> None:
        """Nothing is made up."""
        with pytest.raises(NotFoundError) as caught:
            TemplateLibrary(tmp_path).blueprint("three-tier")
        assert caught.value.diagnostic.detail == "there is: none"

    @pytest.mark.parametrize("name", ["../rulebooks/default", "", ".", "three-tier.yaml"])
    def test_a_name_never_leaves_the_folder(self, name: str) -> None:
        """It is looked up among the files, never put together to a path."""
        with pytest.raises(NotFoundError):
            TemplateLibrary(installed_templates()).blueprint(name)

    @pytest.mark.parametrize(
        ("old", "new", "place"),
        [
            ("count: 2", "count: two", "three-tier.yaml:20:12"),
            ("container: true", "containers: true", "three-tier.yaml:46:1"),
            ("peers: [access]", "peers: [0.0.0.0/0]", "three-tier.yaml:50:13"),
            ("bastion: bastion", "bastion: gate", "three-tier.yaml:45:10"),
        ],
    )
    def test_a_wrong_blueprint_is_refused_with_its_place(self, templates: Path, old: str, new: str, place: str) -> None:
        """Faults of form and contradictions."""
        edit(templates / "blueprints" / "three-tier.yaml", old, new)
        with pytest.raises(BadInputError) as caught:
            TemplateLibrary(templates).blueprint("three-tier")
        assert place_of(caught.value) == place

    def test_a_blueprint_is_called_as_its_file(self, templates: Path) -> None:
        """A copy under another name is refused."""
        blueprints = templates / "blueprints"
        shutil.copy(blueprints / "database.yaml", blueprints / "archive.yaml")
        with pytest.raises(BadInputError, match="this file is called archive, but its blueprint database"):
            TemplateLibrary(templates).blueprint("archive")

    def test_another_rulebook_is_found_by_name_or_path(self, templates: Path) -> None:
        """Another city replaces one file."""
        other = templates / "rulebooks" / "other.yaml"
        shutil.copy(templates / "rulebooks" / "default.yaml", other)
        edit(other, "name: default\nversion: 4", "name: other\nversion: 7")
        assert TemplateLibrary(templates, "other").rulebook().label == "other@7"
        assert TemplateLibrary(installed_templates(), str(other)).rulebook().label == "other@7"

    def test_a_rulebook_without_a_number_is_refused(self, templates: Path) -> None:
        """At the section in which it is missing."""
        edit(templates / "rulebooks" / "default.yaml", "  review:\n", "  reviews:\n")
        with pytest.raises(BadInputError) as caught:
            TemplateLibrary(templates).rulebook()
        assert {(found.field, found.rule) for found in caught.value.diagnostics} == {
            ("periods.review", "schema/missing"),
            ("periods.reviews", "schema/unknown-field"),
        }

    @pytest.mark.parametrize(
        ("old", "new", "line", "column", "field"),
        [
            (
                "value: 4\n    unit: level",
                "value: 4\n    unit: months",
                "    unit: months",
                11,
                "exempt_mlps_level.unit",
            ),
            ("values: [3, 1]", "values: [1, 3]", "    values: [1, 3]", 5, "figures.end_notices.values"),
        ],
    )
    def test_a_rulebook_that_contradicts_itself_is_refused(
        self, templates: Path, old: str, new: str, line: str, column: int, field: str
    ) -> None:
        """With the place of the number, by the command that checks it and by the installation alike."""
        file = templates / "rulebooks" / "default.yaml"
        edit(file, old, new)
        place = f"default.yaml:{file.read_text(encoding='utf-8').splitlines().index(line) + 1}:{column}"
        with pytest.raises(BadInputError) as caught:
            read_rulebook(file)
        assert place_of(caught.value) == place
        assert str(caught.value.diagnostic.field).endswith(field)
        with pytest.raises(BadInputError, match=str(caught.value)):
            TemplateLibrary(templates).rulebook()

    def test_a_rulebook_that_is_not_there_is_told(self) -> None:
        """With its name."""
        with pytest.raises(NotFoundError, match="there is no file nowhere"):
            TemplateLibrary(installed_templates(), "nowhere").rulebook()
