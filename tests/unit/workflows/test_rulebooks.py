"""A running request keeps the version of the rulebook under which it was submitted, whatever the file says later."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.adapters.library import TemplateLibrary, installed_templates
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import ConflictError, RefusedError
from orchestrator.domain.lifecycle import RequestState
from orchestrator.domain.records import DeadlineKind, Request
from orchestrator.workflows import requests
from orchestrator.workflows.context import Ports
from orchestrator.workflows.rulebooks import Version, keep, rulebook_of, versions
from tests.fakes.clock import FakeClock, FakeIds
from tests.fakes.cloud import FakeCloud
from tests.fakes.installation import OFFICE, Installation, fake_ports
from tests.fakes.points import Points
from tests.samples import a_request
from tests.tenancy_steps import attach_one

STRICT = Path(__file__).parents[2] / "rulebooks" / "example-strict.yaml"


@pytest.fixture
def ports(records: SqlRecords) -> Ports:
    """Give ports over empty records and the rulebook that ships."""
    return fake_ports(records, FakeCloud(Points()), FakeClock(), FakeIds())


def of_another_city(ports: Ports, file: Path = STRICT) -> Ports:
    """Give the same installation after its rulebook was replaced."""
    return replace(ports, library=TemplateLibrary(installed_templates(), str(file)))


def edited(folder: Path, old: str, new: str) -> Path:
    """Give a copy of the strict city's rulebook with another text in it."""
    text = STRICT.read_text(encoding="utf-8")
    assert old in text
    file = folder / "edited.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


def submit(ports: Ports, request_id: str, state: RequestState = RequestState.SUBMITTED) -> Request:
    """Put a request on record as a submission does."""
    with ports.records.transaction() as tx:
        request = a_request(request_id, state=state, rulebook=keep(ports, tx).label)
        tx.requests.add(request)
    return request


def trial_days(ports: Ports, request: Request) -> int:
    """Give the shortest trial by a request's rulebook (Art. 14)."""
    with ports.records.read() as tx:
        return rulebook_of(ports, tx, request).periods.trial.value


def test_another_city_is_another_file(ports: Ports) -> None:
    """Its numbers hold for what is submitted under it; what ran before keeps its own."""
    before = submit(ports, "req-1")
    later = of_another_city(ports)
    after = submit(later, "req-2")
    assert (before.rulebook, after.rulebook) == (ports.library.rulebook().label, "example-strict@3")
    assert (trial_days(later, before), trial_days(later, after)) == (30, 60)
    assert trial_days(ports, after) == 60


def test_a_changed_file_needs_another_version(ports: Ports, tmp_path: Path) -> None:
    """Otherwise nothing can be submitted, and what runs goes on as it began."""
    city = of_another_city(ports)
    running = submit(city, "req-1")
    changed = of_another_city(ports, edited(tmp_path, "value: 60", "value: 90"))
    with pytest.raises(ConflictError) as caught:
        submit(changed, "req-2")
    assert "version" in str(caught.value.diagnostic.hint)
    assert trial_days(changed, running) == 60


def test_a_raised_version_holds_for_new_requests_only(ports: Ports, tmp_path: Path) -> None:
    """Both are on record from then on."""
    running = submit(of_another_city(ports), "req-1")
    raised = edited(tmp_path, "version: 3", "version: 4")
    raised.write_text(raised.read_text(encoding="utf-8").replace("value: 60\n    unit: cd", "value: 90\n    unit: cd"))
    city = of_another_city(ports, raised)
    new = submit(city, "req-2")
    assert (trial_days(city, running), trial_days(city, new)) == (60, 90)


def test_a_request_from_before_versions_were_kept_runs_under_the_present_one(ports: Ports) -> None:
    """There is no other."""
    with ports.records.transaction() as tx:
        tx.requests.add(a_request("req-1", rulebook="default@1"))
    assert trial_days(ports, a_request("req-1", rulebook="default@1")) == 30


def test_versions_tell_what_runs_under_them(ports: Ports) -> None:
    """Closed requests run no more; the installation's own version is told even when nothing was submitted under it."""
    submit(ports, "req-1")
    submit(ports, "req-2", RequestState.EXECUTING)
    submit(ports, "req-3", RequestState.CLOSED)
    city = of_another_city(ports)
    own = ports.library.rulebook().label
    with ports.records.read() as tx:
        assert versions(ports, tx) == (Version(own, current=True, running=2),)
        assert versions(city, tx) == (
            Version(own, current=False, running=2),
            Version("example-strict@3", current=True, running=0),
        )


def due(installation: Installation, subject: str) -> dict[DeadlineKind, tuple[str, int]]:
    """Give article and length of every date of a request or an environment's life."""
    with installation.records.read() as tx:
        return {one.kind: (one.article, one.value) for one in tx.deadlines.of(subject)}


def test_a_request_ends_under_the_rules_that_it_began_with(installation: Installation) -> None:
    """Gates and dates are the strict city's to the end, although its file was replaced on the way."""
    ours = installation.ports
    installation.ports = of_another_city(ours)
    request = installation.submit()
    assert due(installation, request.id)[DeadlineKind.ACCEPTANCE] == ("Art. 112", 1)
    installation.run_all()
    with pytest.raises(RefusedError, match="data-classification") as caught:
        requests.accept(installation.ports, request.id, OFFICE)
    assert caught.value.diagnostic.rule == "Art. 111"
    attach_one(installation, request, "data-classification", {})
    installation.ports = ours
    installation.approve(request)
    installation.run_all()
    assert due(installation, request.id)[DeadlineKind.REVIEW] == ("Art. 112", 1)
    environment = installation.environment(request.environment)
    assert due(installation, subject_of(environment))[DeadlineKind.PERIOD_END] == ("Art. 113", 10)


def test_a_stricter_city_refuses_more_at_the_door(installation: Installation) -> None:
    """There systems of MLPS level 3 stay outside already (Art. 2, 4 of ours are its Art. 102, 104)."""
    assert installation.submit(mlps=3).id
    installation.ports = of_another_city(installation.ports)
    with pytest.raises(RefusedError, match="MLPS level 3") as caught:
        installation.submit(mlps=3, system="other")
    assert caught.value.diagnostic.rule == "Art. 102, 104"
