"""Taking a backup on one host: hook, dumps, restic and the manifest at the same time, the seal, hook."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

from orchestrator.adapters.openstack.onhost.places import state_file
from orchestrator.adapters.restic.onhost import databases
from orchestrator.adapters.restic.onhost.faults import HostFaultError
from orchestrator.adapters.restic.onhost.restic import SOME_UNREAD, Child, Restic, summary, unread
from orchestrator.adapters.restic.onhost.seals import COPY, SEAL_FILE
from orchestrator.adapters.restic.onhost.trees import Account, Tree, first_look, settled

SETTLE_SECONDS = 0.05
"""Between the last dump and the backup's begin: longer than a tick of the kernel's clock."""
HOOK_SECONDS = 3600.0
LAST = 19
"""The niceness of whoever only takes time that nobody else wants."""
COMES_FORWARD = "comes-forward"


def take(request: dict[str, Any], restic: Restic) -> dict[str, Any]:
    """Make one backup of this host, or give what an earlier attempt of the same backup made here.

    HostFaultError: it is not whole; then there is no seal, and without one no snapshot counts.
    """
    kept = state_file(request["backup"] + ".answer")
    if os.path.exists(kept) and not request["anew"]:
        with open(kept, encoding="utf-8") as file:
            answer: dict[str, Any] = json.load(file)
        return dict(answer, kept=True)
    with _hooks(request):
        trees = [Tree(*one) for one in request["trees"]]
        if databases.dump(request["databases"]):
            trees.append(Tree(request["host"] + "-dumps", databases.DUMPS, mount=False))
            time.sleep(SETTLE_SECONDS)
        answer = _copied(request, restic, trees)
    if request["fresh"] and any(tree["moving"] for tree in answer["trees"]):
        return answer  # refused by whoever asked: the next attempt reads again
    with open(kept + ".new", "w", encoding="utf-8") as file:
        json.dump(answer, file)
    os.replace(kept + ".new", kept)
    return answer


@contextlib.contextmanager
def _hooks(request: dict[str, Any]) -> Iterator[None]:
    """Run the application's commands around the work; the one afterwards runs whatever happened."""
    try:
        _hook("before", request["before"])
        yield
    finally:
        _hook("after", request["after"])


def _hook(when: str, command: str) -> None:
    if not command:
        return
    done = subprocess.run(
        ["timeout", f"{HOOK_SECONDS:g}", "sh", "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        said = " ".join(done.stdout.decode("utf-8", "replace").split())[-300:]
        raise HostFaultError("hook", f"the command {when} a backup ended with {done.returncode}: {said}")


def _copied(request: dict[str, Any], restic: Restic, trees: list[Tree]) -> dict[str, Any]:
    try:
        return _copy(request, restic, trees)
    except HostFaultError as found:
        if found.kind != "locked":
            raise
        restic.unlock()
        return _copy(request, restic, trees)


def _copy(request: dict[str, Any], restic: Restic, trees: list[Tree]) -> dict[str, Any]:
    """Have restic read the trees while they are read here, too; the manifest follows as a snapshot of its own.

    That second restic begins together with the first, since it has to open the repository as well, and waits for the
    manifest. It is the seal: a snapshot of data without one is no backup.
    """
    known = _ready(request, trees)
    begun_ns = time.time_ns()
    copy = Child(restic, ["backup", *_marks(request, "data"), "--one-file-system", *(tree.path for tree in trees)])
    seal = Child(
        restic,
        ["backup", *_marks(request, "seal"), "--stdin", "--stdin-filename", SEAL_FILE],
        stdin=subprocess.PIPE,
    )
    try:
        with _behind(copy):
            for tree, file in zip(trees, known):  # noqa: B905  Python 3.7 knows no strict
                first_look(tree.path, file, begun_ns)
        made = _whole(copy)
        accounts = _write_manifest(request, str(made["snapshot_id"]), list(zip(trees, known)), begun_ns, seal)  # noqa: B905
    except BrokenPipeError:
        seal.wait()  # it ended before it had its manifest, and tells why
        raise HostFaultError("failed", "the seal could not be written") from None
    except BaseException:
        copy.stop()
        seal.stop()
        raise
    return {
        "snapshot": made["snapshot_id"],
        "seal": summary(seal.wait())["snapshot_id"],
        "trees": [dict(account.told(), **tree._asdict()) for tree, account in accounts],
        "read": made["total_bytes_processed"],
        "added": made["data_added"],
        "notes": restic.notes,
    }


@contextlib.contextmanager
def _behind(copy: Child) -> Iterator[None]:
    """Read in the time that restic leaves, as long as it runs: it has more to do, and the backup ends with it."""
    main_thread = os.getpid()
    before = os.getpriority(os.PRIO_PROCESS, main_thread)
    os.setpriority(os.PRIO_PROCESS, main_thread, LAST)

    def come_forward() -> None:
        copy.process.wait()
        os.setpriority(os.PRIO_PROCESS, main_thread, before)

    threading.Thread(target=come_forward, name=COMES_FORWARD, daemon=True).start()
    yield


def _ready(request: dict[str, Any], trees: list[Tree]) -> list[str]:
    """Look that every file system is there and written out; give the files of what is known of the trees."""
    known = [state_file(tree.name + ".known") for tree in trees]
    for tree, file in zip(trees, known):  # noqa: B905  as above
        if tree.mount and not os.path.ismount(tree.path):
            raise HostFaultError("place", f"{tree.path} is not mounted")
        subprocess.run(["sync", "-f", tree.path], check=True)
        if request["fresh"] and os.path.exists(file):
            os.unlink(file)
    return known


def _marks(request: dict[str, Any], kind: str) -> list[str]:
    return ["--json", "--quiet", "--tag", f"{request['backup']},{kind}", "--host", request["host"]]


def _whole(copy: Child) -> dict[str, Any]:
    """Give restic's summary; HostFaultError when it could not read something that is there.

    What has vanished since restic listed it is no fault of the backup.
    """
    made = summary(copy.wait(fine=(0, SOME_UNREAD)))
    lacking = [path for path in unread(copy) if os.path.lexists(path)]
    if lacking or (copy.process.returncode == SOME_UNREAD and not unread(copy)):
        raise HostFaultError("incomplete", f"could not be read: {', '.join(lacking[:5]) or copy.said()[-300:]}")
    return made


def _write_manifest(
    request: dict[str, Any], snapshot: str, looked: list[tuple[Tree, str]], begun_ns: int, seal: Child
) -> list[tuple[Tree, Account]]:
    """Give the seal its manifest: a line about the whole, a line for each tree, then one for each thing in it."""
    accounts = [(tree, Account()) for tree, _ in looked]
    pipe, copy = seal.process.stdin, state_file(COPY)
    assert pipe is not None  # noqa: S101  it was asked for
    with io.TextIOWrapper(pipe, encoding="ascii") as file, open(copy + ".new", "w", encoding="ascii") as kept:
        for line in _manifest(request, snapshot, looked, accounts, begun_ns):
            file.write(line)
            kept.write(line)
    os.replace(copy + ".new", copy)
    return accounts


def _manifest(
    request: dict[str, Any],
    snapshot: str,
    looked: list[tuple[Tree, str]],
    accounts: list[tuple[Tree, Account]],
    begun_ns: int,
) -> Iterator[str]:
    yield json.dumps({"tenure": 1, "backup": request["backup"], "host": request["host"], "snapshot": snapshot}) + "\n"
    for (tree, known), (_, account) in zip(looked, accounts):  # noqa: B905  as above
        yield json.dumps({"tree": tree.name, "path": tree.path, "mount": tree.mount}) + "\n"
        for line in settled(tree.path, known, begun_ns):
            account.add(line)
            yield json.dumps(line) + "\n"
    yield json.dumps({"end": len(accounts)}) + "\n"
