"""Implements :class:`orchestrator.ports.repository.Repository` over a local repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestrator.adapters.git.program import Git, GitFailedError
from orchestrator.domain.errors import BadInputError, BusyError, OperationFailedError
from orchestrator.domain.tree import FOLDER, LARGEST_BYTES, TreeChange, TreeEntry, TreeRule

REVISION = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9_./@{}^~+-]{0,250}")
OBJECT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
REF = re.compile(r"refs/[A-Za-z0-9][A-Za-z0-9_./-]{0,250}")
NOTHING = "000000"
FETCH_SECONDS = 120.0
LEFT_OUT = f"--filter=blob:limit={LARGEST_BYTES + 1}"
"""What a pull request may hold without anybody here having to store it."""
AWAY = re.compile(
    r"could not resolve|failed to connect|couldn't connect|connection (refused|reset|closed|timed out)|empty reply"
    r"|returned error: (429|5\d\d)|hung up|early eof|rpc failed",
    re.IGNORECASE,
)
"""What git says when nobody answers, or somebody stops in the middle."""
GIVEN_SCHEMES = "https:http:ssh:git:file"


@dataclass(frozen=True)
class Origin:
    """Where a repository comes from.

    Attributes:
        url: As git takes it.
        header: One HTTP header that proves who asks (``Authorization: …``); reaches git by its environment alone.
        certificates: PEM file of the authorities that its certificate is checked against; None for the machine's own.
    """

    url: str
    header: str = ""
    certificates: Path | None = None

    def __repr__(self) -> str:
        """Give the address without what may be secret in it."""
        return f"Origin({re.sub(r'//[^/@]*@', '//…@', self.url)!r})"

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which git gets what is secret."""
        allowed = {"GIT_ALLOW_PROTOCOL": GIVEN_SCHEMES}
        allowed |= {"GIT_SSL_CAINFO": str(self.certificates)} if self.certificates else {}
        if not self.header:
            return allowed
        given = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.extraHeader", "GIT_CONFIG_VALUE_0": self.header}
        return allowed | given


class GitRepository:
    """A repository on this machine.

    Args:
        folder: A repository; with an origin, a bare one that is made when it is missing.
        origin: Where :meth:`fetch` brings from.
    """

    def __init__(self, folder: Path, origin: Origin | None = None) -> None:
        self._folder = folder
        self._origin = origin
        self._git = Git(folder)

    def commit(self, revision: str) -> str:
        """Give the full id of the commit that a revision names; BadInputError when there is none."""
        if not REVISION.fullmatch(revision) or "@{" in revision:
            raise BadInputError(f"{revision!r} is no name of a commit", field="revision", rule="git/revision")
        try:
            return self._git.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        except GitFailedError as error:
            self._check_repository()
            raise BadInputError(
                f"there is no commit {revision}",
                detail=error.diagnostic.summary,
                field="revision",
                rule="git/revision",
                hint="a shallow clone may lack it: git fetch --unshallow",
            ) from None

    def _check_repository(self) -> None:
        """Raise what keeps git from working here at all: no repository, or one of another owner."""
        try:
            self._git.text("rev-parse", "--git-dir")
        except GitFailedError as error:
            raise BadInputError(error.diagnostic.summary, field="repository", rule="git") from None

    def fork_point(self, base: str, head: str) -> str:
        """Give the newest commit that two have in common; BadInputError when they have none."""
        try:
            return self._git.text("merge-base", base, head).splitlines()[0]
        except (GitFailedError, IndexError):
            raise BadInputError(
                f"{base[:12]} and {head[:12]} have no commit in common",
                field="revision",
                rule="git/revision",
                hint="a shallow clone may lack it: git fetch --unshallow",
            ) from None

    def changes(self, before: str, after: str) -> tuple[TreeChange, ...]:
        """Give every path below the folder of environments that differs between two commits, by path.

        Both trees are listed first: a listing comes piece by piece and is broken off when it is too long, while a
        comparison of trees that unfold without end would fill the memory before its first word.
        """
        for commit in (before, after):
            self.paths(commit)
        options = ("-r", "--raw", "-z", "--no-renames", "--no-abbrev", "--no-ext-diff", "--no-textconv")
        written = self._git.read("diff-tree", *options, before, after, "--", FOLDER)
        return tuple(_changes(written))

    def removals(self, before: str, after: str) -> tuple[TreeChange, ...]:
        """Give every removal below the folder on the way from one commit to a later one, the newest first."""
        way = ("--first-parent", "--diff-merges=first-parent", "--diff-filter=D", "--no-show-signature", "--format=")
        options = ("-z", "--raw", "--no-renames", "--no-abbrev", "--no-ext-diff", "--no-textconv")
        written = self._git.read("log", *way, *options, f"{before}..{after}", "--", FOLDER)
        return tuple(_changes(written))

    def paths(self, commit: str) -> tuple[str, ...]:
        """Give every path below the folder of environments, without reading any file."""
        written = self._git.read("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", FOLDER)
        return tuple(_text(path) for path in written.split(b"\0") if path)

    def read(self, blob: str) -> str:
        """Give a file's text; BadInputError when it is too large or no UTF-8. Nothing of a large one is read."""
        if not OBJECT_ID.fullmatch(blob):
            raise BadInputError(f"{blob!r} is no id of a file", rule="git/revision")
        size = self._size(blob)
        if size > LARGEST_BYTES:
            summary = f"the file has {size} bytes; permitted are {LARGEST_BYTES}"
            raise BadInputError(summary, rule=TreeRule.SIZE)
        try:
            return self._git.read("cat-file", "blob", blob).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadInputError(f"byte {error.start + 1} of the file is no UTF-8 text", rule="yaml/encoding") from None

    def _size(self, blob: str) -> int:
        try:
            return int(self._git.text("cat-file", "-s", blob))
        except GitFailedError:
            summary = f"the file was not brought here, as none above {LARGEST_BYTES} bytes is"
            raise BadInputError(summary, rule=TreeRule.SIZE) from None

    def fetch(self, refs: tuple[str, ...]) -> None:
        """Bring these refs from the origin, under the same names, with git's own checks of every object.

        Files that are larger than any that is read stay where they are, as far as the origin can leave them out.
        BusyError when the origin is away for the moment.
        """
        if self._origin is None:
            raise OperationFailedError("this repository has no origin to fetch from", rule="git")
        strange = [ref for ref in refs if not REF.fullmatch(ref) or ".." in ref]
        if strange:
            raise BadInputError(f"{strange[0]!r} is no ref", field="ref", rule="git/revision")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self._folder / "HEAD").exists():
            self._git.text("init", "--quiet", "--bare", ".")
        git = Git(self._folder, self._origin.environment)
        options = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--force")
        specs = (f"+{ref}:{ref}" for ref in refs)
        try:
            git.text("fetch", *options, LEFT_OUT, "--", self._origin.url, *specs, timeout_seconds=FETCH_SECONDS)
        except GitFailedError as error:
            self._remove_halves()
            raise _of_a_fetch(error) from None

    def _remove_halves(self) -> None:
        """Remove what a fetch that was broken off has written: tried again and again it would fill the disk."""
        for half in (self._folder / "objects").rglob("tmp_*"):
            half.unlink(missing_ok=True)


def _of_a_fetch(error: GitFailedError) -> GitFailedError | BusyError:
    """Tell an origin that is away, which comes back by itself, from everything that asking again does not mend."""
    said = error.diagnostic.summary
    if not AWAY.search(said):
        return error
    return BusyError(
        "the repository does not answer just now", detail=said, rule="git", hint="it is asked again by itself"
    )


def _changes(written: bytes) -> Iterator[TreeChange]:
    """Read git's raw form: ``:mode mode id id status`` and a path, each ended by a zero byte."""
    parts = iter(written.split(b"\0"))
    for facts in parts:
        if not facts:
            return
        mode_before, mode_after, before, after, _ = facts.decode("ascii").removeprefix(":").split(" ")
        path = _text(next(parts))
        yield TreeChange(path=path, before=_entry(mode_before, before), after=_entry(mode_after, after))


def _entry(mode: str, blob: str) -> TreeEntry | None:
    return None if mode == NOTHING else TreeEntry(mode=mode, blob=blob)


def _text(path: bytes) -> str:
    """Give a path as text; bytes that are none stay visible, and such a path is refused by its characters."""
    return path.decode("utf-8", "backslashreplace")
