"""Pull requests that mean harm: they change nothing, leak nothing, and get a plain refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.adapters.git import GitRepository, Origin
from orchestrator.adapters.git.program import GitFailedError
from orchestrator.domain.errors import BadInputError, RefusedError
from orchestrator.domain.git_plan import GitPlan, Standing
from orchestrator.domain.texts import visible
from orchestrator.domain.tree import LARGEST_BYTES, MOST_CHANGED
from tests.git import LINK, SUBMODULE, Written, a_file
from tests.integration.git.conftest import Ask

NAME = "archives-catalogue-test"
PATH = f"environments/{NAME}.yaml"
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
)

PATHS = {
    f"environments/{NAME}.yml": "git/name",
    "environments/Archives-catalogue-test.yaml": "git/name",
    "environments/archives-catalogue.yaml": "git/name",
    "environments/archives-catalogue-drill.yaml": "git/name",
    f"environments/.git/{NAME}.yaml": "git/name",
    f"environments/-o/{NAME}.yaml": "git/name",
    f"environments/a\\b/{NAME}.yaml": "git/name",
    f"environments/{'x/' * 200}{NAME}.yaml": "git/name",
    f"environments/{NAME}.yaml ": "git/name",
    f"environments/{NAME}.yaml\n": "git/look-alike",
    f"environments/\x1b[31m{NAME}.yaml": "git/look-alike",
    "environments/\u0430rchives-catalogue-test.yaml": "git/look-alike",
    "environments/archives-catalogue-tes\uff54.yaml": "git/look-alike",
    "environments/archives\u2010catalogue\u2010test.yaml": "git/look-alike",
}
FILES: list[tuple[str | bytes, str]] = [
    (BOMB, "yaml/alias"),
    ("x: " + "[" * 100 + "]" * 100, "yaml/depth"),
    ("reason: !!python/object/apply:os.system ['touch /tmp/x']\n", "yaml/tag"),
    (a_file() + "---\n" + a_file(), "yaml/one-document"),
    (a_file(extra="hooks: {post: 'rm -rf /'}\n"), "schema/unknown-field"),
    (a_file("unit15", "system").replace("test before", "a\\\u202eb before"), "text"),
    (a_file("unit16", "system").replace("classified: false", "classified: true"), "Art. 2, 4"),
    (a_file().replace("10.20.0.0/24", "8.8.8.0/24"), "network"),
    (a_file("civil"), "git/file-name"),
    ("", "yaml/empty"),
    ("x" * (LARGEST_BYTES + 1), "git/size"),
    (b"reason: \xff\xfe\n", "yaml/encoding"),
]
SECRETS = [
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    "password: Zx9-tree-lamp",
    "postgres://app:Zx9treelamp@10.0.0.5/db",
    "口令：Zx9treelamp",
    "glpat-Zx9treelampZx9treelamp",
    "Zx9treeLampQ7vR2mK8pT4wY6bN1cF3hJ5dL0sA",
]


def refused(plan: GitPlan) -> dict[str, str]:
    """Check that nothing is asked for, and give the refusals: summary by rule."""
    assert not plan.good
    assert not plan.has_changes
    assert all(one.plan is None for one in plan.environments)
    findings = [*plan.faults, *(finding for one in plan.environments for finding in one.findings)]
    return {str(finding.rule): finding.summary for finding in findings}


def test_a_path_that_is_no_plain_name_is_refused(written: Written, ask: Ask) -> None:
    """Tricks with paths, and names that only look like one: each is told by its rule, all at once."""
    base = written.commit({"README.md": "ours"})
    plan = ask(base, written.commit(dict.fromkeys(PATHS, a_file()), base))
    refused(plan)
    told = {fault.place.file: fault.rule for fault in plan.faults if fault.place is not None}
    assert told == {visible(path): rule for path, rule in PATHS.items()}


def test_a_folder_that_only_looks_like_ours_is_never_read(written: Written, ask: Ask) -> None:
    """Nothing in it counts, so nothing is asked for."""
    base = written.commit({"README.md": "ours"})
    folders = (" environments", "Environments", "environments ", "envir\u043enments", "x/environments")
    plan = ask(base, written.commit({f"{folder}/{NAME}.yaml": a_file() for folder in folders}, base))
    assert (plan.environments, plan.faults) == ((), ())


def test_a_new_name_that_reads_like_another_is_refused(written: Written, ask: Ask) -> None:
    """An l for an i, a 1 for an l: who reviews would take it for the other."""
    base = written.commit({PATH: a_file()})
    alike = {
        f"environments/{unit}-{system}-test.yaml": a_file(unit, system)
        for unit, system in (("archlves", "catalogue"), ("archives", "cata1ogue"))
    }
    plan = ask(base, written.commit({PATH: a_file(), **alike}, base))
    assert not plan.good
    assert [fault.rule for fault in plan.faults] == ["git/look-alike"] * len(alike)
    assert {fault.place.file for fault in plan.faults if fault.place is not None} == set(alike)


@pytest.mark.parametrize("paths", [("environments",), (PATH, "environments/archives", "environments/civil/x.yaml")])
def test_links_and_submodules_are_refused(written: Written, ask: Ask, paths: tuple[str, ...]) -> None:
    """Nothing is followed, and nothing of where they point to is told."""
    base = written.commit({"README.md": "ours"})
    for (mode, target), path in zip(
        ((LINK, "/etc/passwd"), (SUBMODULE, "1" * 40), (LINK, "../a")), paths, strict=False
    ):
        written.modes[path] = mode
        head = written.commit({"README.md": "ours", path: target}, base)
        found = refused(ask(base, head))
        assert set(found) == {"git/mode"}
        assert target not in str(found)


def test_a_file_that_means_harm_is_refused(written: Written, ask: Ask) -> None:
    """Bombs, tags, hidden characters, giants: each by its rule, none is carried out."""
    base = written.commit({"README.md": "ours"})
    names = {f"environments/unit{n}-system-test.yaml": case for n, case in enumerate(FILES, start=10)}
    plan = ask(base, written.commit({path: text for path, (text, _) in names.items()}, base))
    refused(plan)
    told = {one.path: {str(finding.rule) for finding in one.findings} for one in plan.environments}
    assert {path: rule for path, (_, rule) in names.items() if rule not in told[path]} == {}


def test_a_file_with_a_secret_is_refused_and_never_shown(written: Written, ask: Ask) -> None:
    """In a value or a comment: the place is told, the text stays out of every answer."""
    base = written.commit({"README.md": "ours"})
    texts = {
        f"environments/unit{n}-system-test.yaml": a_file(f"unit{n}", "system", extra=f"# {secret}\n")
        for n, secret in enumerate(SECRETS, start=10)
    }
    plan = ask(base, written.commit(texts, base))
    assert set(refused(plan)) == {"git/leak"}
    assert len(plan.environments) == len(SECRETS)
    assert "Zx9" not in plan.model_dump_json()
    assert "PRIVATE" not in plan.model_dump_json()


def test_digests_and_public_keys_are_no_secrets(written: Written, ask: Ask) -> None:
    """They are made to be seen."""
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6dPUdpb0Yx0Gf8T2nUoVf7Qw5mXk3Zr9sBvC1dEe4h office"
    material = f"material:\n  - {{kind: construction-plan, name: a.pdf, sha256: {'5d2f7a9c' * 8}}}\n"
    text = a_file(extra=material).replace("access_from", f"emergency_public_key: {key}\n  access_from")
    base = written.commit({"README.md": "ours"})
    (one,) = ask(base, written.commit({PATH: text}, base)).environments
    assert one.standing is Standing.PLANNED


def test_one_environment_in_two_files_is_refused(written: Written, ask: Ask) -> None:
    """Nobody could say which one counts."""
    base = written.commit({PATH: a_file()})
    plan = ask(base, written.commit({PATH: a_file(), f"environments/more/{NAME}.yaml": a_file()}, base))
    assert not plan.good
    assert [fault.rule for fault in plan.faults] == ["git/twice"]


def test_too_many_changed_files_are_refused_as_a_whole(written: Written, ask: Ask) -> None:
    """No file is read."""
    many = {f"environments/unit{n}-system-test.yaml": "x" for n in range(MOST_CHANGED + 1)}
    base = written.commit({"README.md": "ours"})
    plan = ask(base, written.commit(many, base))
    assert set(refused(plan)) == {"git/count"}
    assert plan.environments == ()


def test_files_that_are_giant_together_are_not_all_read(written: Written, ask: Ask) -> None:
    """Each is of a size that is permitted; together they would keep everybody waiting."""
    many = {f"environments/unit{n}-system-test.yaml": "# " + "x" * (LARGEST_BYTES - 10) for n in range(100, 166)}
    base = written.commit({"README.md": "ours"})
    told = refused(ask(base, written.commit(many, base)))
    assert "characters together" in told["git/size"]


def test_a_tree_that_unfolds_without_end_is_refused(written: Written, ask: Ask) -> None:
    """Folders of the same folders: a few objects, 10¹² paths."""
    blob = written.git("hash-object", "-w", "--stdin", given=b"x")
    tree = written.git("mktree", given=f"100644 blob {blob}\tx.yaml\n".encode())
    for _ in range(12):
        tree = written.git("mktree", given="".join(f"040000 tree {tree}\td{n}\n" for n in range(10)).encode())
    top = written.git("mktree", given=f"040000 tree {tree}\tenvironments\n".encode())
    base = written.commit({"README.md": "ours"})
    head = written.git("commit-tree", top, "-p", base, "-m", "bomb")
    with pytest.raises(RefusedError, match="more to say"):
        ask(base, head)


def test_nothing_that_a_repository_configures_is_run(written: Written, ask: Ask, tmp_path: Path) -> None:
    """Hooks, monitors, external diffs and text conversions stay off."""
    mark = tmp_path / "mark"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\n", encoding="utf-8")
    program.chmod(0o700)
    base = written.commit({".gitattributes": "*.yaml diff=evil\n"})
    for setting in ("core.fsmonitor", "diff.external", "diff.evil.textconv", "core.pager", "core.sshCommand"):
        written.git("config", setting, str(program))
    head = written.commit({".gitattributes": "*.yaml diff=evil\n", PATH: a_file()}, base)
    assert ask(base, head).good
    assert not mark.exists()


def test_an_object_that_stands_for_another_is_not_followed(written: Written, ask: Ask) -> None:
    """Replacements would show a reviewer other content than what is merged."""
    base = written.commit({"README.md": "ours"})
    head = written.commit({PATH: a_file()}, base)
    blob = written.git("rev-parse", f"{head}:{PATH}")
    other = written.git("hash-object", "-w", "--stdin", given=b"broken: [")
    written.git("replace", blob, other)
    assert ask(base, head).good


def test_a_mirror_fetches_by_ref_and_refuses_broken_objects(written: Written, tmp_path: Path) -> None:
    """The checks of git itself hold for everything that comes from outside; options are no refs."""
    base = written.commit({PATH: a_file()}, branch="main")
    mirror = GitRepository(tmp_path / "mirror", Origin(written.folder.as_uri()))
    mirror.fetch(("refs/heads/main",))
    mirror.fetch(("refs/heads/main",))
    assert mirror.commit("refs/heads/main") == base
    assert mirror.paths(base) == (PATH,)
    with pytest.raises(BadInputError):
        mirror.fetch(("--upload-pack=touch /tmp/x",))
    with pytest.raises(GitFailedError):
        mirror.fetch(("refs/heads/none",))
    blob = written.git("hash-object", "-w", "--stdin", given=b"x")
    broken = written.git("mktree", given=f"100644 blob {blob}\t.git\n".encode())
    head = written.git("commit-tree", broken, "-p", base, "-m", "broken")
    written.git("update-ref", "refs/heads/broken", head)
    with pytest.raises(GitFailedError, match="fetch"):
        mirror.fetch(("refs/heads/broken",))


def test_an_origin_never_shows_what_opens_it() -> None:
    """Neither password nor header, wherever it is printed."""
    origin = Origin("https://bot:Zx9treelamp@forge.example/o/r.git", "Authorization: token Zx9treelamp")
    assert "Zx9" not in repr(origin)
    assert "forge.example" in repr(origin)
