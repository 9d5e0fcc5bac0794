"""What counts as a document (Art. 11): by name and by content, and never a program."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.errors import RefusedError
from orchestrator.domain.media import DOCUMENTS, HEAD_BYTES, MediaType, media_type_of

ELF = b"\x7fELF\x02\x01\x01" + bytes(64)
WINDOWS_PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00"


def a_zip() -> bytes:
    """Give a small archive."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    return held.getvalue()


class TestDocuments:
    """What may be handed in."""

    @pytest.mark.parametrize("media", DOCUMENTS, ids=lambda media: media.name)
    def test_every_kind_is_told_by_name_and_content(self, media: MediaType) -> None:
        """Each ending with each begin that goes with it, in any case of letters."""
        for ending in media.endings:
            for begin in media.begins or (b"some words",):
                assert media_type_of(f"plan.{ending.upper()}", begin + b" and more") == media.name

    def test_an_office_document_is_an_archive_with_another_name(self) -> None:
        """The ending tells which."""
        assert media_type_of("建设方案.docx", a_zip()).endswith("wordprocessingml.document")
        assert media_type_of("建设方案.zip", a_zip()) == "application/zip"

    @pytest.mark.parametrize(
        "text",
        [
            "建设方案\r\n\t一、背景".encode(),
            "建设方案".encode("gb18030"),
            "建设方案".encode("utf-16"),
            "\ufeff建设方案".encode(),
            "全角　空格 and 👩‍💻".encode(),
        ],
    )
    def test_text_may_be_written_as_it_is_in_offices(self, text: bytes) -> None:
        """UTF-8 with or without a mark, GB 18030, UTF-16."""
        assert media_type_of("说明.txt", text) == "text/plain"

    @given(text=st.text(alphabet=st.characters(exclude_categories=("Cc", "Cs"))), cut=st.integers(0, 3))
    def test_a_begin_may_end_inside_a_character(self, text: str, cut: int) -> None:
        """A long text is judged by its begin, which may cut a character in two."""
        whole = ("字" * HEAD_BYTES + text).encode()
        assert media_type_of("list.csv", b"x" * cut + whole[: HEAD_BYTES - cut]) == "text/csv"


class TestRefused:
    """What may not."""

    @pytest.mark.parametrize(
        "name", ["setup.exe", "run.sh", "lib.so", "page.html", "macro.docm", "logo.svg", "plan", "plan.", ".pdf.exe"]
    )
    def test_other_names_are_refused(self, name: str) -> None:
        """The error names what may be handed in."""
        with pytest.raises(RefusedError, match="no document") as caught:
            media_type_of(name, b"%PDF-1.7")
        assert ".pdf" in caught.value.diagnostic.detail

    @pytest.mark.parametrize("name", [f"plan.{ending}" for media in DOCUMENTS for ending in media.endings])
    @pytest.mark.parametrize(
        "content",
        [ELF, WINDOWS_PROGRAM, b"#!/bin/sh\nrm -rf /\n", b"\xef\xbb\xbf#!/bin/sh\n"],
        ids=["elf", "windows", "script", "script-with-mark"],
    )
    def test_a_program_is_refused_under_any_name(self, name: str, content: bytes) -> None:
        """Whatever it is called."""
        with pytest.raises(RefusedError, match="content is something else"):
            media_type_of(name, content)

    @pytest.mark.parametrize("content", [b"words\x00", b"words\x1b[2J", b"%PDF-1.7"[1:] + b"\xff\xff\xff"])
    def test_what_is_no_text_is_refused_as_text(self, content: bytes) -> None:
        """Zeros, escapes to a terminal, bytes of no encoding."""
        with pytest.raises(RefusedError):
            media_type_of("notes.txt", content)
