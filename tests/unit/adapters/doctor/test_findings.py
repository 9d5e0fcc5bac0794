"""The doctor says what is wrong with each part and how to mend it, and changes nothing itself."""

from __future__ import annotations

import socket
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.adapters.doctor.clocks import calendar, clock
from orchestrator.adapters.doctor.cloud import cloud
from orchestrator.adapters.doctor.database import database
from orchestrator.adapters.doctor.examination import at_once, looks
from orchestrator.adapters.doctor.finding import Finding, Serves
from orchestrator.adapters.doctor.programs import ansible, namespaces, restic, ssh, ssh_keygen
from orchestrator.adapters.doctor.pulumi import parts, secrets_provider, state_backend
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.settings import Settings

NOW = datetime(2026, 7, 30, 4, 0, tzinfo=UTC)


@pytest.fixture
def toolchain(tmp_path: Path) -> Toolchain:
    """A toolchain of which nothing is installed."""
    return Toolchain(tmp_path / "cache")


@pytest.fixture
def silent_server() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v3"


def test_programs_that_are_missing_are_named_with_their_package(tmp_path: Path) -> None:
    """Without ssh, its keygen or Ansible hosts can't be entered; without restic Tenure still works in part."""
    found = [ansible(tmp_path), ssh(str(tmp_path)), ssh_keygen(str(tmp_path)), restic(str(tmp_path))]
    assert [finding.serves for finding in found] == [Serves.NO, Serves.NO, Serves.NO, Serves.DEGRADED]
    assert "openssh-client" in (found[1].hint or "")
    assert "openssh-client" in (found[2].hint or "")


def a_program(folder: Path, name: str, script: str) -> str:
    """Put a program into a folder; gives the folder as a search path."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return str(folder)


def test_lists_of_revoked_certificates_are_written_on_trial(tmp_path: Path) -> None:
    """A keygen that is too old for them, or broken, does not serve; the real one writes an empty list."""
    broken = ssh_keygen(a_program(tmp_path, "ssh-keygen", "echo unknown option -- k >&2; exit 1"))
    assert broken.serves is Serves.NO
    assert "unknown option" in broken.detail
    assert ssh_keygen().serves is Serves.YES


def test_an_account_without_namespaces_is_told_how_to_get_them(tmp_path: Path) -> None:
    """Jobs on hosts run in namespaces of processes and mounts; where the system refuses them no job can run."""
    refused = namespaces(
        a_program(tmp_path, "unshare", "echo unshare: unshare failed: Operation not permitted; exit 1")
    )
    assert refused.serves is Serves.NO
    assert "Operation not permitted" in refused.detail
    assert "user.max_user_namespaces" in (refused.hint or "")


def test_namespaces_that_are_given_serve(tmp_path: Path) -> None:
    """What the program prints from inside of them is its version."""
    found = namespaces(a_program(tmp_path, "unshare", "echo unshare from util-linux 2.38.1"))
    assert (found.serves, found.version) == (Serves.YES, "2.38.1")


def test_restic_is_asked_for_where_a_store_is_set(tmp_path: Path) -> None:
    """Backups by snapshots of volumes need none."""
    without = Settings(home=tmp_path, cache=tmp_path)
    store = without.model_copy(update={"backup_store": "http://store.example:9000"})
    assert "restic" not in looks(without, NOW, business_now=NOW)
    assert "restic" in looks(store, NOW, business_now=NOW)


def test_a_program_that_does_not_run_does_not_serve(tmp_path: Path) -> None:
    """A file that is there but ends with an error is no program."""
    finding = ssh(a_program(tmp_path, "ssh", "echo broken >&2; exit 1"))
    assert finding.serves is Serves.NO
    assert "broken" in finding.detail


def test_a_program_says_its_version(tmp_path: Path) -> None:
    """The version is read from what the program prints, on whichever stream."""
    assert ssh(a_program(tmp_path, "ssh", "echo OpenSSH_9.2p1 Debian >&2")).version == "9.2p1"


def test_an_empty_cache_needs_an_install(toolchain: Toolchain) -> None:
    """CLI and plugin are needed; the language host only for work by hand."""
    found = parts(toolchain)
    assert [finding.serves for finding in found] == [Serves.NO, Serves.NO, Serves.DEGRADED]
    assert {finding.hint for finding in found} == {"tenure toolchain install"}


def test_a_state_folder_that_can_be_made_serves(toolchain: Toolchain, tmp_path: Path) -> None:
    """Nothing is made by looking."""
    wanted = tmp_path / "home" / "state"
    assert state_backend(wanted.as_uri(), toolchain).serves is Serves.YES
    assert not wanted.exists()


def test_a_state_folder_below_a_file_does_not_serve(toolchain: Toolchain) -> None:
    """A place where no file can be written is told with the operating system's reason."""
    finding = state_backend("file:///proc/tenure/state", toolchain)
    assert finding.serves is Serves.NO
    assert "can't be written" in finding.detail


def test_a_store_can_not_be_tried_without_pulumi(toolchain: Toolchain) -> None:
    """The reason is the missing CLI; credentials in the URL's query are not shown."""
    finding = state_backend("s3://bucket?secret=hidden", toolchain)
    assert finding.serves is Serves.NO
    assert "Not installed" in finding.detail
    assert "hidden" not in finding.model_dump_json()


def test_the_passphrase_is_told_by_its_source_only(toolchain: Toolchain) -> None:
    """Where the passphrase comes from is said, the passphrase is not asked for."""
    given_one = secrets_provider("passphrase", passphrase_is_given=True, toolchain=toolchain)
    own = secrets_provider("passphrase", passphrase_is_given=False, toolchain=toolchain)
    assert (given_one.detail, own.serves) == ("TENURE_PULUMI_PASSPHRASE", Serves.YES)


def test_a_database_that_is_not_there_yet_serves_and_stays_away(tmp_path: Path) -> None:
    """The file is made at first use, not by the doctor."""
    finding = database(f"sqlite:///{tmp_path}/home/tenure.db")
    assert (finding.serves, finding.detail) == (Serves.YES, "not there yet; made at first use")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("revision", "serves", "detail"),
    [("0001", Serves.YES, "tables of revision"), ("9999", Serves.NO, "this Tenure knows")],
)
def test_a_database_of_a_newer_tenure_does_not_serve(
    tmp_path: Path, revision: str, serves: Serves, detail: str
) -> None:
    """Tables of a revision that this Tenure does not know are left alone."""
    file = tmp_path / "tenure.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE tenure_version (version_num TEXT)")
        connection.execute("INSERT INTO tenure_version VALUES (?)", (revision,))
    connection.close()
    finding = database(f"sqlite:///{file}")
    assert finding.serves is serves
    assert detail in finding.detail


def test_a_file_that_is_no_database_does_not_serve(tmp_path: Path) -> None:
    """Nonsense in the file is told, not overwritten."""
    file = tmp_path / "tenure.db"
    file.write_text("no database at all, but long enough to be looked at", encoding="utf-8")
    finding = database(f"sqlite:///{file}")
    assert finding.serves is Serves.NO
    assert "can't be read" in finding.detail
    assert file.read_text(encoding="utf-8").startswith("no database")


def test_a_database_server_that_is_away_is_told_without_its_password() -> None:
    """The URL is shown with the password hidden."""
    finding = database("postgresql://tenure:hidden@127.0.0.1:9/tenure")
    assert finding.serves is Serves.NO
    assert "hidden" not in finding.model_dump_json()


def test_a_url_of_no_database_is_told(tmp_path: Path) -> None:
    """The hint names the setting."""
    finding = database(str(tmp_path))
    assert finding.serves is Serves.NO
    assert "TENURE_DATABASE_URL" in (finding.hint or "")


@pytest.mark.parametrize(("year", "serves"), [(2025, Serves.YES), (2026, Serves.DEGRADED), (2030, Serves.DEGRADED)])
def test_a_year_that_is_not_published_makes_dates_provisional(year: int, serves: Serves) -> None:
    """This year and the next must be known, since deadlines reach into the next."""
    finding = calendar(date(year, 7, 30), {2024, 2025, 2026})
    assert finding.serves is serves
    assert ("provisional" in finding.detail) == (serves is Serves.DEGRADED)


@given(st.dates(min_value=date(2026, 1, 1), max_value=date(2200, 12, 31)))
def test_a_clock_after_the_release_serves(day: date) -> None:
    """Without a server to compare with, any time after the release is taken."""
    noon = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    assert clock(noon, server=None, clock_file=None).serves is Serves.YES


def test_a_clock_before_the_release_does_not_serve() -> None:
    """Certificates and deadlines would be wrong by years."""
    finding = clock(datetime(2020, 1, 1, tzinfo=UTC), server=None, clock_file=None)
    assert finding.serves is Serves.NO


def test_a_driven_clock_is_said(tmp_path: Path) -> None:
    """A demo's clock drives business dates; whoever reads the findings must know."""
    assert str(tmp_path) in clock(NOW, server=None, clock_file=tmp_path / "clock").detail


def test_a_server_that_never_answers_does_not_hold_the_doctor(silent_server: str) -> None:
    """Each look has its own bound."""
    began = time.monotonic()
    assert clock(NOW, server=silent_server, clock_file=None).serves is Serves.YES
    assert time.monotonic() - began < 8


def test_a_cloud_that_is_not_in_the_configuration_is_told() -> None:
    """The hint names the setting and the command that makes a cloud."""
    finding = cloud("no-such-entry-anywhere")
    assert finding.serves is Serves.NO
    assert "OS_CLOUD" in (finding.hint or "")


def test_looks_are_taken_at_once_and_told_in_order() -> None:
    """Slow and quick looks run together; one that does not end is a finding, and the others are told all the same."""

    def slow() -> tuple[Finding, ...]:
        time.sleep(0.2)
        return (Finding(part="slow", serves=Serves.YES),)

    def quick() -> tuple[Finding, ...]:
        return (Finding(part="quick", serves=Serves.YES),)

    def hanging() -> tuple[Finding, ...]:
        time.sleep(30)
        return ()

    found = list(at_once({"slow": slow, "hanging": hanging, "quick": quick}, 1.0))
    assert [(finding.part, finding.serves) for finding in found] == [
        ("slow", Serves.YES),
        ("hanging", Serves.NO),
        ("quick", Serves.YES),
    ]


def test_a_look_that_breaks_is_not_hidden() -> None:
    """A fault of the doctor itself is raised, not told as a finding."""

    def broken() -> tuple[Finding, ...]:
        raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError, match="a fault of ours"):
        list(at_once({"broken": broken}, 5.0))
