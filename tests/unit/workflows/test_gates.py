"""Gates on the way of a request: what must be shown, by article, and who may pass one without its evidence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from orchestrator.domain.errors import BadInputError, ConflictError, NotFoundError, RefusedError
from orchestrator.domain.lifecycle import RequestState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Actor, EvidenceKind, Kind
from orchestrator.workflows import holds, requests
from tests.fakes.installation import OFFICE, PROVIDER, UNIT, Installation, a_submission
from tests.tenancy_steps import (
    LIVE,
    OTHER_OFFICER,
    TEST,
    a_change,
    about,
    asked_for_production,
    attach_one,
    hand_in,
    in_trial,
    pass_days,
)


def closed(installation: Installation, request_id: str) -> set[str]:
    """Give the names of the gates that are closed."""
    return {gate.name for gate in requests.outlook(installation.ports, request_id).gates if not gate.open}


def test_missing_material_is_shown_and_the_office_decides(installation: Installation) -> None:
    """Art. 11: what is missing is shown; without it the office accepts only with a reason, which stays on record."""
    request = installation.submit(material=[{"kind": "construction-plan", "name": "plan.pdf"}])
    shown = requests.outlook(installation.ports, request.id)
    assert shown.missing == ("the application carries no self-test-report", "the application carries no resource-needs")
    with pytest.raises(RefusedError, match="self-test-report"):
        requests.accept(installation.ports, request.id, OFFICE)
    accepted = requests.accept(installation.ports, request.id, OFFICE, "the reports follow with the review")
    assert accepted.waivers[0].gate == "material"
    assert "gate.waived" in installation.actions(TEST)


def test_nobody_decides_on_what_he_asked_for(installation: Installation) -> None:
    """Four eyes: an officer who submits cannot accept, review or waive for himself; another one can."""
    request = requests.submit(installation.ports, a_submission(), OFFICE)
    with pytest.raises(RefusedError, match="cannot decide"):
        requests.accept(installation.ports, request.id, OFFICE)
    with pytest.raises(RefusedError, match="cannot decide"):
        requests.waive(installation.ports, request.id, "material", OFFICE, "why not")
    requests.accept(installation.ports, request.id, OTHER_OFFICER)
    with pytest.raises(RefusedError, match="cannot decide"):
        requests.review(installation.ports, request.id, OFFICE)
    assert requests.review(installation.ports, request.id, OTHER_OFFICER).state is RequestState.EXECUTING


def test_a_trial_needs_a_passed_test(installation: Installation) -> None:
    """Art. 14, 21: never tested, not evaluated and failed all close the gate; a passed test opens it."""
    wanted = a_submission(kind="trial")
    request = requests.submit(installation.ports, wanted, UNIT)
    assert "test-passed" in closed(installation, request.id)
    installation.make_ready()
    assert "test-passed" in closed(installation, request.id)
    requests.evaluate(installation.ports, TEST, OFFICE, requests.TestVerdict.FAILED, "too slow")
    with pytest.raises(RefusedError, match="too slow"):
        requests.accept(installation.ports, request.id, OFFICE)
    requests.evaluate(installation.ports, TEST, OFFICE, requests.TestVerdict.PASSED, "adjusted and tested again")
    assert requests.accept(installation.ports, request.id, OFFICE).state is RequestState.ACCEPTED


def test_only_the_office_evaluates_a_test(installation: Installation) -> None:
    """Art. 21: the unit reports, the office evaluates, with its reason; a live environment is not tested in."""
    installation.make_ready()
    with pytest.raises(RefusedError, match="may not evaluate"):
        requests.evaluate(installation.ports, TEST, UNIT, requests.TestVerdict.PASSED, "fine")
    with pytest.raises(BadInputError, match="says why"):
        requests.evaluate(installation.ports, TEST, OFFICE, requests.TestVerdict.PASSED, " ")


def test_production_needs_thirty_days_and_the_evidence(installation: Installation) -> None:
    """Art. 14, 40: neither on the thirtieth day, nor without accredited reports and certificates that still count."""
    in_trial(installation)
    request = asked_for_production(installation)
    requests.accept(installation.ports, request.id, OFFICE)
    assert closed(installation, request.id) == {"trial-length", "production-evidence"}
    hand_in(installation, request)
    pass_days(installation, 30)
    with pytest.raises(RefusedError, match="the trial lasts"):
        requests.review(installation.ports, request.id, OFFICE)
    pass_days(installation, 1)
    requests.review(installation.ports, request.id, OFFICE)
    installation.run_all()
    assert installation.environment(LIVE).stage is Stage.PRODUCTION


@pytest.mark.parametrize(
    ("facts", "lack"),
    [
        ({"accreditation": None}, "not by a party that CNAS accredited"),
        ({"issuer": None}, "names no issuer"),
        ({"valid_until": date(2026, 3, 1)}, "was valid until 2026-03-01"),
    ],
)
def test_evidence_that_does_not_count(installation: Installation, facts: dict[str, object], lack: str) -> None:
    """Art. 40: third-party reports are of an accredited party, name their issuer, and are still valid."""
    in_trial(installation)
    request = asked_for_production(installation)
    attach_one(installation, request, "security-report", {"issuer": "评测中心", "accreditation": "CNAS"} | facts)
    gate = next(
        gate for gate in requests.outlook(installation.ports, request.id).gates if gate.name == "production-evidence"
    )
    assert lack in gate.missing[2]


def test_a_gate_is_passed_without_evidence_only_by_name_and_reason(installation: Installation) -> None:
    """The office waives by name, with a reason, once; nobody else does, and what is open needs no waiver."""
    request = requests.submit(installation.ports, a_submission(kind="trial"), UNIT)
    with pytest.raises(RefusedError, match="may not pass a gate"):
        requests.waive(installation.ports, request.id, "test-passed", PROVIDER, "urgent")
    with pytest.raises(BadInputError, match="only for a reason"):
        requests.waive(installation.ports, request.id, "test-passed", OFFICE, " ")
    with pytest.raises(NotFoundError, match="no gate"):
        requests.waive(installation.ports, request.id, "offline", OFFICE, "urgent")
    requests.waive(installation.ports, request.id, "test-passed", OFFICE, "flood relief, decided by the director")
    with pytest.raises(ConflictError, match="open already"):
        requests.waive(installation.ports, request.id, "test-passed", OFFICE, "again")
    assert requests.accept(installation.ports, request.id, OFFICE).state is RequestState.ACCEPTED
    with installation.records.read() as tx:
        entry = next(each for each in tx.audit.list(subject=LIVE) if each.action == "gate.waived")
    assert (entry.actor.name, entry.facts["gate"]) == ("wang", "test-passed")


def test_a_held_system_gets_no_further_resources(installation: Installation) -> None:
    """Art. 46: with a hold nothing that takes resources passes its review, until the office lifts it."""
    request = installation.submit()
    installation.run_all()
    hold = holds.hold(installation.ports, "archives", "catalogue", "idle for a year", OFFICE)
    requests.accept(installation.ports, request.id, OFFICE)
    with pytest.raises(RefusedError, match="idle for a year"):
        requests.review(installation.ports, request.id, OFFICE)
    holds.lift(installation.ports, hold.id, "mended", OFFICE)
    assert requests.review(installation.ports, request.id, OFFICE).state is RequestState.EXECUTING


def test_a_hold_lets_what_takes_nothing_more_pass(installation: Installation) -> None:
    """Art. 46 is about further resources: a change that only closes access is none."""
    in_trial(installation)
    holds.hold(installation.ports, "archives", "", "the unit's systems are idle", OFFICE)
    request = requests.submit(installation.ports, a_change(access_from=["198.51.100.0/25"]), UNIT)
    assert "hold" not in closed(installation, request.id)
    larger = requests.submit(installation.ports, a_change(roles={"host": {"volumes": {"data": 3}}}), UNIT)
    assert "hold" in closed(installation, larger.id)


def test_sizes_above_the_envelope_need_a_reason_and_a_decision(installation: Installation) -> None:
    """Art. 14: above the envelope a wish is refused without a reason, and with one it waits for the office."""
    wish = {
        "blueprint": "single-host",
        "network": {"cidr": "10.20.0.0/24"},
        "access_from": ["198.51.100.0/24"],
        "roles": {"host": {"volumes": {"data": 4000}}},
    }
    with pytest.raises(RefusedError, match="4000 GiB"):
        installation.submit(environment=wish)
    request = installation.submit(environment=wish, oversize_reason="scans of the whole archive")
    installation.run_all()
    requests.accept(installation.ports, request.id, OFFICE)
    with pytest.raises(RefusedError, match="4000 GiB"):
        requests.review(installation.ports, request.id, OFFICE)
    requests.waive(installation.ports, request.id, "envelope", OFFICE, "the scans are needed")
    assert requests.review(installation.ports, request.id, OFFICE).state is RequestState.EXECUTING


def test_a_major_change_needs_material_and_passed_tests(installation: Installation) -> None:
    """Art. 15: a change that opens access is major by the rulebook; a minor one needs neither."""
    in_trial(installation)
    major = requests.submit(installation.ports, a_change(access_from=["198.51.100.0/24", "10.0.0.0/8"]), UNIT)
    assert major.weight == "major"
    assert {"change-material", "tests-passed"} <= closed(installation, major.id)
    requests.accept(installation.ports, major.id, OFFICE, "the material of the trial still holds")
    with pytest.raises(RefusedError, match="tests-passed"):
        requests.review(installation.ports, major.id, OFFICE)
    requests.confirm(installation.ports, major.id, EvidenceKind.TESTS_PASSED, OFFICE, "seen the reports")
    assert closed(installation, major.id) == set()
    minor = requests.submit(installation.ports, a_change(access_from=["198.51.100.0/25"]), UNIT)
    assert minor.weight == "minor"


def test_confirmations_belong_to_their_kind_and_role(installation: Installation) -> None:
    """Art. 15, 16: the unit says that it is offline, the office that tests were passed; backups are shown, not said."""
    in_trial(installation)
    request = requests.submit(installation.ports, about(Kind.TERMINATE, Stage.TRIAL), UNIT)
    with pytest.raises(RefusedError, match="may not confirm"):
        requests.confirm(installation.ports, request.id, EvidenceKind.OFFLINE, OFFICE, "looks offline")
    with pytest.raises(BadInputError, match="nobody confirms"):
        requests.confirm(installation.ports, request.id, EvidenceKind.FINAL_BACKUP, OFFICE, "trust me")
    with pytest.raises(ConflictError, match="terminate request"):
        requests.confirm(installation.ports, request.id, EvidenceKind.TESTS_PASSED, OFFICE, "passed")


def test_of_two_concurrent_decisions_one_wins(installation: Installation) -> None:
    """Two officers accept at once: one does, the other is told what happened."""
    request = installation.submit()

    def accept(officer: Actor) -> str:
        try:
            return requests.accept(installation.ports, request.id, officer).decisions[-1].by.name
        except ConflictError as error:
            return error.diagnostic.summary

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(accept, (OFFICE, OTHER_OFFICER)))
    assert told[0] == "request is accepted; accept is not possible now"
    assert told[1] in {OFFICE.name, OTHER_OFFICER.name}
    assert len(installation.request(request.id).decisions) == 1
