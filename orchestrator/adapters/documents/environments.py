"""Environments' files: read with every fault at its place, and refused when a secret seems to stand in them."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.adapters.documents.amending import amended
from orchestrator.adapters.documents.formatting import block, normal_form
from orchestrator.adapters.documents.locate import locate, validate
from orchestrator.adapters.documents.parser import Document, parse
from orchestrator.domain.declaration import Declaration
from orchestrator.domain.errors import Diagnostic, Place, RefusedError, TenureError
from orchestrator.domain.file_fields import FileField
from orchestrator.domain.secrets import LEAK_RULE, suspects


@dataclass(frozen=True)
class WrittenDeclaration:
    """Implements :class:`orchestrator.ports.repository.Written`."""

    declaration: Declaration
    document: Document

    def amended(self, fields: tuple[FileField, ...]) -> str:
        """Give the file's text with these fields changed and nothing else."""
        return amended(self.document.source.text, self.document.source.file, fields, Declaration)

    def locate[E: TenureError](self, error: E) -> E:
        """Give the same error with file, line, column and snippet for each finding that names a field."""
        return locate(self.document, error)


HEADING = "# yaml-language-server: $schema=../templates/schemas/environment.schema.json\n"


class EnvironmentFiles:
    """Implements :class:`orchestrator.ports.repository.DeclarationReader`."""

    def read(self, text: str, path: str) -> WrittenDeclaration:
        """Read one; BadInputError with every fault of form, RefusedError where a secret seems to stand.

        Nothing of a file with a secret is shown, since a pull request's comment is read by many.
        """
        refuse_secrets(text, path)
        document = parse(text, path)
        return WrittenDeclaration(validate(document, Declaration), document)

    def write(self, declaration: Declaration) -> str:
        """Give the text of a declaration, in the normal form of files; what is as by default is left out."""
        text = block(declaration.model_dump(mode="json", exclude_defaults=True))
        return normal_form(HEADING + text, f"{declaration.environment_name}.yaml", Declaration)


def refuse_secrets(text: str, path: str) -> None:
    """Raise RefusedError with each place that looks like a secret, and without what stands there."""
    found = tuple(
        Diagnostic(
            summary=f"this looks like {suspect.what}",
            detail="git keeps for ever what was once pushed, and everybody with the repository reads it",
            rule=LEAK_RULE,
            place=Place(file=path, line=suspect.line, column=suspect.column),
            hint="take it out, and make a new secret in its place; if it is none, say it in other words",
        )
        for suspect in suspects(text)
    )
    if found:
        raise RefusedError(found[0].summary, diagnostics=found)
