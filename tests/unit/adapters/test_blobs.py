"""Files by digest: whole or not at all, once, never longer than the limit, and never given when they were changed."""

from __future__ import annotations

import hashlib
import io
import os
import resource
import signal
import subprocess
import sys
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.adapters.blobs import LONGEST_WRITE_SECONDS, PIECE_BYTES, FileBlobs
from orchestrator.domain.errors import BadInputError, NotFoundError, OperationFailedError
from orchestrator.ports import Blob, Blobs

LIMIT_BYTES = 200_000_000
MIB = 1 << 20


class Pieces(io.BytesIO):
    """A stream of zeros that gives what it likes, as a socket does, and keeps nothing.

    Args:
        sizes: Bytes of each piece.
    """

    def __init__(self, *sizes: int) -> None:
        super().__init__()
        self._sizes = list(sizes)

    def read(self, size: int | None = -1, /) -> bytes:
        """Give the next piece."""
        del size
        return bytes(self._sizes.pop(0)) if self._sizes else b""


def stream(content: bytes) -> BinaryIO:
    """Give a stream of some content."""
    return io.BytesIO(content)


def files(folder: Path) -> list[str]:
    """Give every file in a folder, by its path from there."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def read(blobs: Blobs, sha256: str) -> bytes:
    """Give all of a stored file."""
    with blobs.open(sha256) as file:
        return file.read()


def stored_as(sha256: str) -> str:
    """Give the path of a file in the folder."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the place of a folder that is not there yet."""
    return tmp_path / "home" / "blobs"


class TestStoring:
    """What comes in is what goes out."""

    @given(content=st.binary(max_size=3000))
    def test_a_file_is_found_by_its_digest(self, tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
        """Whatever is in it; twice the same is one file."""
        folder = tmp_path_factory.mktemp("blobs")
        blobs: Blobs = FileBlobs(folder)
        digest = hashlib.sha256(content).hexdigest()
        assert not blobs.has(digest)
        for _ in range(2):
            assert blobs.put(stream(content), LIMIT_BYTES) == Blob(sha256=digest, size=len(content))
        assert blobs.has(digest)
        assert read(blobs, digest) == content
        assert files(folder) == [stored_as(digest)]

    @given(sizes=st.lists(st.integers(min_value=1, max_value=MIB), max_size=4), limit=st.integers(0, 2 * MIB))
    def test_only_the_length_counts(
        self, tmp_path_factory: pytest.TempPathFactory, sizes: list[int], limit: int
    ) -> None:
        """In whatever pieces it comes: to the last byte of the limit it is stored, beyond nothing is."""
        folder = tmp_path_factory.mktemp("blobs")
        length, source = sum(sizes), Pieces(*sizes)
        if length <= limit:
            blob = FileBlobs(folder).put(source, limit)
            assert (folder / stored_as(blob.sha256)).stat().st_size == blob.size == length
        else:
            with pytest.raises(BadInputError, match="longer than"):
                FileBlobs(folder).put(source, limit)
            assert files(folder) == []

    def test_the_same_file_from_many_at_once_is_one(self, folder: Path) -> None:
        """Each writes on its own, the last rename wins, and all of them are the same."""
        FileBlobs(folder)
        with ThreadPoolExecutor(8) as people:
            stored = list(people.map(lambda _: FileBlobs(folder).put(stream(bytes(MIB)), LIMIT_BYTES), range(16)))
        assert len(set(stored)) == 1
        assert files(folder) == [stored_as(stored[0].sha256)]

    def test_nobody_else_may_read_it(self, folder: Path) -> None:
        """The units' material belongs to the installation alone."""
        blob = FileBlobs(folder).put(stream(b"plan"), LIMIT_BYTES)
        place = folder / stored_as(blob.sha256)
        assert place.stat().st_mode & 0o777 == 0o600
        assert {path.stat().st_mode & 0o777 for path in (folder, place.parent, place.parent.parent)} == {0o700}

    def test_a_large_file_takes_no_memory(self, folder: Path) -> None:
        """Sixty-four megabytes go through a few pieces, in and out."""
        blobs = FileBlobs(folder)
        tracemalloc.start()
        try:
            blob = blobs.put(Pieces(*[MIB] * 64), LIMIT_BYTES)
            with blobs.open(blob.sha256) as file:
                assert sum(len(piece) for piece in iter(lambda: file.read(PIECE_BYTES), b"")) == 64 * MIB
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 8 * MIB

    @pytest.mark.parametrize("digest", ["0" * 64, "", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
    def test_what_is_not_here_is_told(self, folder: Path, digest: str) -> None:
        """A digest is looked up, and a name that is none never becomes a path."""
        blobs = FileBlobs(folder)
        assert not blobs.has(digest)
        with pytest.raises(NotFoundError, match="no file with SHA-256"):
            blobs.open(digest)


class TestTheDisk:
    """What was changed on the disk, and a disk that is full."""

    @given(data=st.data(), content=st.binary(min_size=1, max_size=3000))
    def test_a_changed_file_is_never_given_whole(
        self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, content: bytes
    ) -> None:
        """Any other content in its place is found out before the last piece is handed over."""
        folder = tmp_path_factory.mktemp("blobs")
        blobs = FileBlobs(folder)
        blob = blobs.put(stream(content), LIMIT_BYTES)
        other = data.draw(st.binary(max_size=3000).filter(lambda found: found != content))
        (folder / stored_as(blob.sha256)).write_bytes(other)
        with pytest.raises(OperationFailedError, match="no longer what was handed in"):
            read(blobs, blob.sha256)

    def test_the_last_piece_of_a_large_changed_file_is_held_back(self, folder: Path) -> None:
        """Whoever knows the size and reads no further is told too."""
        blobs = FileBlobs(folder)
        blob = blobs.put(stream(bytes(3 * MIB)), LIMIT_BYTES)
        place = folder / stored_as(blob.sha256)
        place.write_bytes(b"x" + bytes(3 * MIB - 1))
        with blobs.open(blob.sha256) as file:
            assert len(file.read(2 * MIB)) == 2 * MIB
            with pytest.raises(OperationFailedError):
                file.read(MIB)

    def test_handing_it_in_again_mends_it(self, folder: Path) -> None:
        """The damaged file is replaced."""
        blobs = FileBlobs(folder)
        blob = blobs.put(stream(b"report"), LIMIT_BYTES)
        (folder / stored_as(blob.sha256)).write_bytes(b"rapport")
        blobs.put(stream(b"report"), LIMIT_BYTES)
        assert read(blobs, blob.sha256) == b"report"

    def test_a_full_disk_is_told_and_leaves_nothing(self, folder: Path) -> None:
        """The error says what to do; a smaller file still goes in."""
        blobs = FileBlobs(folder)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MIB + 5, before[1]))
        try:
            with pytest.raises(OperationFailedError, match="no room for the file") as caught:
                blobs.put(stream(bytes(4 * MIB)), LIMIT_BYTES)
            assert files(folder) == []
            assert blobs.put(stream(bytes(MIB)), LIMIT_BYTES).size == MIB
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert "make room" in str(caught.value.diagnostic.hint)

    def test_a_folder_that_cannot_be_written_is_told(self, folder: Path) -> None:
        """As an error of the disk, not as one of ours."""
        blobs = FileBlobs(folder)
        folder.rmdir()
        with pytest.raises(OperationFailedError, match="cannot be stored"):
            blobs.put(stream(b"plan"), LIMIT_BYTES)

    def test_a_broken_stream_leaves_nothing(self, folder: Path) -> None:
        """The upload ended early: its own error goes on."""

        class Broken(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                raise ConnectionResetError(size)

        with pytest.raises(ConnectionResetError):
            FileBlobs(folder).put(Broken(), LIMIT_BYTES)
        assert files(folder) == []


WRITER = """
import io, sys, time
from pathlib import Path
from orchestrator.adapters.blobs import FileBlobs

class Slow(io.BytesIO):
    def read(self, size=-1, /):
        print("piece", flush=True)
        time.sleep(0.02)
        return bytes(100_000)

FileBlobs(Path(sys.argv[1])).put(Slow(), 10**12)
"""


class TestAKilledWriter:
    """A crash leaves at most an unfinished file, and the next start takes it away."""

    def test_what_a_killed_writer_leaves_is_swept_a_day_later(self, folder: Path) -> None:
        """Until then it may belong to somebody who still writes."""
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE)
        with writer:
            assert writer.stdout is not None
            for _ in range(5):
                assert writer.stdout.readline() == b"piece\n"
            writer.send_signal(signal.SIGKILL)
        (left,) = files(folder)
        assert left.startswith(".unfinished-")
        FileBlobs(folder)
        assert files(folder) == [left]
        long_ago = time.time() - LONGEST_WRITE_SECONDS - 1
        os.utime(folder / left, (long_ago, long_ago))
        FileBlobs(folder)
        assert files(folder) == []

    def test_an_old_stored_file_stays(self, folder: Path) -> None:
        """Only unfinished files are swept."""
        blob = FileBlobs(folder).put(stream(b"plan"), LIMIT_BYTES)
        os.utime(folder / stored_as(blob.sha256), (0, 0))
        assert FileBlobs(folder).has(blob.sha256)
