"""Which files count as documents (Art. 11), told by their name and by how their content begins.

The list is data: what is not in it is refused, programs and scripts above all. A name alone proves nothing, so the
content has to begin as files of that kind do.
"""

from __future__ import annotations

import codecs
import unicodedata
from dataclasses import dataclass
from typing import Final

from orchestrator.domain.errors import RefusedError

HEAD_BYTES: Final = 8192
"""How much of a file's begin is looked at."""
MEDIA_RULE: Final = "documents"

_PDF: Final = (b"%PDF-",)
_ZIP: Final = (b"PK\x03\x04",)
_OLE: Final = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)
_OLE_OR_ZIP: Final = (*_OLE, *_ZIP)
_TIFF: Final = (b"II*\x00", b"MM\x00*")
_GIF: Final = (b"GIF87a", b"GIF89a")


@dataclass(frozen=True)
class MediaType:
    """One kind of file.

    Attributes:
        name: The media type as it goes on record.
        endings: Of the file's name, in lower case.
        begins: How its content may begin; nothing means that it is text.
    """

    name: str
    endings: tuple[str, ...]
    begins: tuple[bytes, ...] = ()


DOCUMENTS: Final = (
    MediaType("application/pdf", ("pdf",), _PDF),
    MediaType("application/ofd", ("ofd",), _ZIP),  # GB/T 33190, the national format of fixed-layout documents
    MediaType("application/msword", ("doc",), _OLE),
    MediaType("application/vnd.ms-excel", ("xls",), _OLE),
    MediaType("application/vnd.ms-powerpoint", ("ppt",), _OLE),
    MediaType("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",), _ZIP),
    MediaType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",), _ZIP),
    MediaType("application/vnd.openxmlformats-officedocument.presentationml.presentation", ("pptx",), _ZIP),
    MediaType("application/vnd.oasis.opendocument.text", ("odt",), _ZIP),
    MediaType("application/vnd.oasis.opendocument.spreadsheet", ("ods",), _ZIP),
    MediaType("application/vnd.oasis.opendocument.presentation", ("odp",), _ZIP),
    MediaType("application/wps-office.wps", ("wps",), _OLE_OR_ZIP),
    MediaType("application/wps-office.et", ("et",), _OLE_OR_ZIP),
    MediaType("application/wps-office.dps", ("dps",), _OLE_OR_ZIP),
    MediaType("image/png", ("png",), (b"\x89PNG\r\n\x1a\n",)),
    MediaType("image/jpeg", ("jpg", "jpeg"), (b"\xff\xd8\xff",)),
    MediaType("image/tiff", ("tif", "tiff"), _TIFF),
    MediaType("image/gif", ("gif",), _GIF),
    MediaType("image/bmp", ("bmp",), (b"BM",)),
    MediaType("application/zip", ("zip",), _ZIP),
    MediaType("text/plain", ("txt", "log")),
    MediaType("text/csv", ("csv",)),
    MediaType("text/markdown", ("md",)),
    MediaType("application/json", ("json",)),
    MediaType("application/yaml", ("yaml", "yml")),
)
"""Documents, office formats, pictures, text, and archives of them."""

_BY_ENDING: Final = {ending: media for media in DOCUMENTS for ending in media.endings}
_TEXT_ENCODINGS: Final = ("utf-8-sig", "gb18030")
_BYTE_ORDER_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PRINTED_CONTROLS: Final = frozenset("\t\n\r\f")
_SCRIPTS: Final = (b"#!", b"\xef\xbb\xbf#!")


def media_type_of(name: str, head: bytes) -> str:
    """Give the media type of a file.

    Args:
        name: The file's name.
        head: How its content begins: the first :data:`HEAD_BYTES`, or all of a shorter file.

    Raises:
        RefusedError: Its name or its content is none of a document's.
    """
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    media = _BY_ENDING.get(ending)
    if media is None:
        raise _refused(f"{name} is no document that may be handed in")
    if not (head.startswith(media.begins) if media.begins else _is_text(head)):
        raise _refused(f"{name} is called a .{ending} file, but its content is something else")
    return media.name


def _refused(summary: str) -> RefusedError:
    endings = ", ".join(f".{ending}" for ending in sorted(_BY_ENDING))
    return RefusedError(
        summary,
        detail=f"documents are: {endings}",
        field="file",
        rule=MEDIA_RULE,
        hint="hand it in as PDF, or several files as one .zip",
    )


def _is_text(head: bytes) -> bool:
    """Whether a begin is text that people read: UTF-8, GB 18030, or UTF-16 with its mark; a script is none."""
    if head.startswith(_SCRIPTS):
        return False
    encodings = ("utf-16",) if head.startswith(_BYTE_ORDER_MARKS) else _TEXT_ENCODINGS
    return any(_reads_as(head, encoding) for encoding in encodings)


def _reads_as(head: bytes, encoding: str) -> bool:
    whole = len(head) < HEAD_BYTES
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head, final=whole)
    except UnicodeDecodeError:
        return False
    return all(unicodedata.category(character) != "Cc" or character in _PRINTED_CONTROLS for character in text)
