"""The contract of :class:`orchestrator.ports.Records`: requests, environments, operations and transactions."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from orchestrator.domain.errors import BusyError, ConflictError, ExitCode, NotFoundError
from orchestrator.domain.lifecycle import EnvironmentState, OperationState, RequestState
from orchestrator.domain.records import Outputs
from orchestrator.ports import Records
from tests.samples import DIGEST, OFFICER, START, a_plan, a_request, a_spec, an_environment, an_event, an_operation


class TransactionContract:
    """A transaction is stored whole, or not at all."""

    def test_everything_is_stored_at_the_end(self, records: Records) -> None:
        """What was added in a transaction is there for the next one, equal to what was given."""
        with records.transaction() as transaction:
            transaction.requests.add(a_request())
            transaction.environments.add(an_environment())
        with records.read() as look:
            assert look.requests.get("req-1") == look.requests.find("req-1") == a_request()
            assert look.requests.find("req-9") is None
            assert look.environments.get("water-gauge-test") == an_environment()

    def test_an_exception_leaves_nothing(self, records: Records) -> None:
        """An exception inside the block takes back everything that the block did."""
        with suppress(NotFoundError), records.transaction() as transaction:
            transaction.requests.add(a_request())
            transaction.audit.append(START, OFFICER, "submit", "req-1", {})
            transaction.operations.get("op-unknown")
        with records.read() as look:
            assert look.requests.list() == ()
            assert look.audit.list() == ()

    def test_records_can_be_used_again_after_an_exception(self, records: Records) -> None:
        """A failed transaction does not keep the next writer out."""
        with pytest.raises(NotFoundError), records.transaction() as transaction:
            transaction.requests.get("req-9")
        with records.transaction() as transaction:
            transaction.requests.add(a_request())

    def test_a_writer_does_not_wait_for_ever(self, records: Records, impatient_records: Records) -> None:
        """When another process does not end its transaction, the caller is told what to do."""
        refused = pytest.raises(BusyError, match="another writer")
        with records.transaction(), refused as caught, impatient_records.transaction() as transaction:
            transaction.requests.add(a_request())
        assert caught.value.diagnostic.hint is not None
        assert caught.value.exit_code == ExitCode.CONFLICT

    def test_a_reader_sees_one_consistent_state(self, records: Records) -> None:
        """What is committed while somebody reads does not change what he sees."""
        with records.read() as look:
            assert look.requests.list() == ()
            with records.transaction() as transaction:
                transaction.requests.add(a_request())
            assert look.requests.list() == ()
        with records.read() as look:
            assert len(look.requests.list()) == 1


class RequestsContract:
    """Requests are stored once, changed only by who saw their present state, and listed newest first."""

    def test_an_id_is_taken_once(self, records: Records) -> None:
        """Adding a second request under one id is a conflict."""
        with records.transaction() as transaction:
            transaction.requests.add(a_request())
            with pytest.raises(ConflictError, match="req-1 exists already"):
                transaction.requests.add(a_request(reason="another"))

    def test_a_misspelt_id_is_answered_with_the_like(self, records: Records) -> None:
        """An id that is not on record names those that look like it."""
        with records.transaction() as transaction:
            transaction.requests.add(a_request("req-01k9x3v8"))
            with pytest.raises(NotFoundError) as caught:
                transaction.requests.get("req-01k9x3v9")
        assert caught.value.diagnostic.hint == "did you mean req-01k9x3v8?"

    def test_a_change_is_stored(self, records: Records) -> None:
        """A request that is as expected is replaced."""
        accepted = a_request(state="accepted", outcome="in order", closed_at=START + timedelta(days=1))
        with records.transaction() as transaction:
            transaction.requests.add(a_request())
            transaction.requests.put(accepted, expected=a_request())
        with records.read() as look:
            assert look.requests.get("req-1") == accepted

    def test_the_second_of_two_changes_is_refused(self, records: Records) -> None:
        """Whoever changes a state that he no longer sees is told what it is now."""
        seen = a_request()
        with records.transaction() as transaction:
            transaction.requests.add(seen)
            transaction.requests.put(a_request(state="accepted"), expected=seen)
        with pytest.raises(ConflictError) as caught, records.transaction() as transaction:
            transaction.requests.put(a_request(state="rejected"), expected=seen)
        assert "state was submitted, is accepted" in caught.value.diagnostic.detail

    def test_what_json_does_not_tell_apart_is_equal(self, records: Records) -> None:
        """A tuple in free content comes back as a list, and that is no change by somebody else."""
        request = a_request(content={"sizes": (1, 2)})
        with records.transaction() as transaction:
            transaction.requests.add(request)
        with records.transaction() as transaction:
            transaction.requests.put(request.model_copy(update={"state": RequestState.ACCEPTED}), expected=request)

    def test_lists_are_newest_first_and_selected(self, records: Records) -> None:
        """A list tells the newest first, keeps what is asked for, and ends at its limit."""
        with records.transaction() as transaction:
            for number in range(5):
                state = "accepted" if number % 2 else "submitted"
                transaction.requests.add(a_request(f"req-{number}", state=state))
            transaction.requests.add(a_request("req-other", environment="water-other-test"))
        with records.read() as look:
            of_gauge = look.requests.list(environment="water-gauge-test", limit=3)
            assert [request.id for request in of_gauge] == ["req-4", "req-3", "req-2"]
            assert [request.id for request in look.requests.list(state="accepted")] == ["req-3", "req-1"]
            assert len(look.requests.list()) == 6


class EnvironmentsContract:
    """Names are unique among the living, and versions guard every change."""

    def test_a_name_in_use_is_refused(self, records: Records) -> None:
        """There is one living environment of a name."""
        with records.transaction() as transaction:
            transaction.environments.add(an_environment())
            with pytest.raises(ConflictError, match="exists already"):
                transaction.environments.add(an_environment())

    def test_a_retired_name_may_be_used_again(self, records: Records) -> None:
        """After retirement the name is free; the newest of the name is the one that is found."""
        with records.transaction() as transaction:
            transaction.environments.add(an_environment())
            transaction.environments.put(an_environment(state="retired"))
            transaction.environments.add(an_environment(created_at=START + timedelta(days=400)))
        with records.read() as look:
            assert look.environments.get("water-gauge-test").state is EnvironmentState.PLANNED
            assert [one.state for one in look.environments.list()] == ["retired", "planned"]

    def test_a_change_counts_the_version(self, records: Records) -> None:
        """Replacing version 1 makes version 2 and gives it back."""
        outputs = Outputs(project_id="p", bastion_address="198.51.100.7")
        with records.transaction() as transaction:
            transaction.environments.add(an_environment())
            put = transaction.environments.put(an_environment(state="provisioning", outputs=outputs, ready_at=START))
        with records.read() as look:
            assert look.environments.get("water-gauge-test") == put
        assert (put.version, put.outputs) == (2, outputs)

    def test_a_stale_version_is_refused(self, records: Records) -> None:
        """Whoever changes version 1 after somebody made version 2 is told so."""
        with records.transaction() as transaction:
            transaction.environments.add(an_environment())
            transaction.environments.put(an_environment(state="provisioning"))
        with pytest.raises(ConflictError) as caught, records.transaction() as transaction:
            transaction.environments.put(an_environment(state="retiring"))
        assert "version was 1, is 2" in caught.value.diagnostic.detail

    def test_an_earlier_environment_of_the_name_is_not_mistaken(self, records: Records) -> None:
        """A copy of a retired environment never overwrites its successor, even at the same version."""
        retired = an_environment(state="retired")
        with records.transaction() as transaction:
            transaction.environments.add(retired)
            transaction.environments.add(an_environment(created_at=START + timedelta(days=1)))
        with pytest.raises(ConflictError), records.transaction() as transaction:
            transaction.environments.put(retired)

    def test_an_unknown_name_is_answered_with_the_like(self, records: Records) -> None:
        """A misspelt name finds nothing and names those that look like it."""
        with records.transaction() as transaction:
            transaction.environments.add(an_environment())
        with records.read() as look:
            assert look.environments.find("water-guage-test") is None
            with pytest.raises(NotFoundError) as caught:
                look.environments.get("water-guage-test")
        assert caught.value.diagnostic.hint == "did you mean water-gauge-test?"

    def test_changing_what_is_not_there_is_not_found(self, records: Records) -> None:
        """An environment that was never added cannot be changed."""
        with records.transaction() as transaction, pytest.raises(NotFoundError):
            transaction.environments.put(an_environment())

    def test_lists_are_by_name_and_selected(self, records: Records) -> None:
        """A list is sorted by the letters of the names, hyphens included, and keeps a state or a unit."""
        with records.transaction() as transaction:
            for unit, system in (("wat", "z"), ("water", "dam"), ("wata", "b"), ("water", "a")):
                transaction.environments.add(an_environment(unit, system + "x"))
            transaction.environments.put(an_environment("water", "ax", state="ready"))
        with records.read() as look:
            names = [environment.name for environment in look.environments.list()]
            assert names == sorted(names)
            assert [one.name for one in look.environments.list(unit="water")] == ["water-ax-test", "water-damx-test"]
            assert [one.name for one in look.environments.list(state="ready")] == ["water-ax-test"]
            assert len(look.environments.list(limit=2)) == 2


class OperationsContract:
    """Operations, their events in order, and plans by digest."""

    def test_an_operation_comes_back_whole(self, records: Records) -> None:
        """Error, result and instants are kept."""
        error = {"summary": "quota", "place": {"file": "a.yaml", "line": 3}, "rule": "envelope"}
        operation = an_operation(
            request="req-1", state="failed", attempt=2, error=error, result={"created": 3}, started_at=START
        )
        with records.transaction() as transaction:
            transaction.requests.add(a_request())
            transaction.operations.add(operation)
            with pytest.raises(ConflictError, match="op-1 exists already"):
                transaction.operations.add(operation)
        with records.read() as look:
            assert look.operations.get("op-1") == operation
            assert look.operations.list(request="req-1") == (operation,)

    def test_the_second_of_two_changes_is_refused(self, records: Records) -> None:
        """Whoever changes a state that he no longer sees is told what it is now."""
        with records.transaction() as transaction:
            transaction.operations.add(an_operation())
            transaction.operations.put(an_operation(state="running", attempt=1), expected=an_operation())
            with pytest.raises(ConflictError, match="changed meanwhile"):
                transaction.operations.put(an_operation(state="cancelled"), expected=an_operation())
            assert transaction.operations.get("op-1").state is OperationState.RUNNING

    def test_an_unknown_operation_is_not_found(self, records: Records) -> None:
        """Getting or changing an operation that is not on record is answered with what there is."""
        with records.transaction() as transaction:
            transaction.operations.add(an_operation("op-01k9"))
            with pytest.raises(NotFoundError) as caught:
                transaction.operations.get("op-01k8")
            with pytest.raises(NotFoundError):
                transaction.operations.put(an_operation("op-3"), expected=an_operation("op-3"))
        assert caught.value.diagnostic.hint == "did you mean op-01k9?"

    def test_lists_are_newest_first_and_selected(self, records: Records) -> None:
        """A list tells the newest first, keeps what is asked for, and ends at its limit."""
        with records.transaction() as transaction:
            for number in range(4):
                transaction.operations.add(an_operation(f"op-{number}", state="failed" if number % 2 else "queued"))
        with records.read() as look:
            newest = look.operations.list(environment="water-gauge-test", limit=2)
            assert [operation.id for operation in newest] == ["op-3", "op-2"]
            assert [operation.id for operation in look.operations.list(state="queued")] == ["op-2", "op-0"]
            assert look.operations.list(environment="water-other-test") == ()

    def test_events_come_in_order_after_a_place(self, records: Records) -> None:
        """The stream of one operation is ordered and can be read on from any place."""
        with records.transaction() as transaction:
            for operation in (an_operation("op-1"), an_operation("op-2")):
                transaction.operations.add(operation)
            for number in range(3):
                transaction.operations.add_event(an_operation("op-1"), an_event(str(number)), START)
                transaction.operations.add_event(an_operation("op-2"), an_event("of the other"), START)
        with records.read() as look:
            events = look.operations.events("op-1")
            rest = look.operations.events("op-1", after=events[0].sequence)
        assert [stored.event.detail for stored in events] == ["0", "1", "2"]
        assert rest == events[1:]
        assert (events[0].at, events[0].environment, events[0].operation) == (START, "water-gauge-test", "op-1")

    def test_a_plan_is_kept_once_under_its_digest(self, records: Records) -> None:
        """The same plan twice is one; the first preview's instant stays."""
        plan = a_plan()
        with records.transaction() as transaction:
            transaction.operations.store_plan(plan)
            transaction.operations.store_plan(plan.model_copy(update={"made_at": START + timedelta(hours=1)}))
        with records.read() as look:
            assert look.operations.plan(plan.digest) == plan
            assert look.operations.plan(plan.digest).digest == a_plan(spec=a_spec()).digest
            with pytest.raises(NotFoundError):
                look.operations.plan(DIGEST)
