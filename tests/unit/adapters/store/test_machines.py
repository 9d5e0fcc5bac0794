"""Whatever happens in whatever order: the records do what a plain dictionary would."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from orchestrator.domain.errors import ConflictError
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.records import Deadline, Environment, Lease
from tests.samples import START, a_deadline, an_environment
from tests.store import fresh_records

TEMPLATE: dict[str, Path] = {}
"""Set by the fixture: a state machine is made without arguments."""
QUICK = settings(max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
ENVIRONMENTS = st.sampled_from(["water-gauge-test", "water-dam-test"])


class Machine(RuleBasedStateMachine):
    """Records of its own for each run."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="records-"))
        self.records = fresh_records(TEMPLATE["file"], self.home)
        self.now = START

    def teardown(self) -> None:
        """Remove the records."""
        self.records.close()
        shutil.rmtree(self.home)


class LeaseMachine(Machine):
    """Two environments, three operations, two workers, and time that goes on."""

    leases = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, Lease] = {}
        self.tokens: dict[str, int] = {}

    @rule(seconds=st.integers(1, 90))
    def wait(self, seconds: int) -> None:
        """Time goes on."""
        self.now += timedelta(seconds=seconds)

    @rule(
        target=leases,
        environment=ENVIRONMENTS,
        operation=st.sampled_from(["op-1", "op-2", "op-3"]),
        holder=st.sampled_from(["worker-1", "worker-2"]),
    )
    def acquire(self, environment: str, operation: str, holder: str) -> Lease | None:
        """A lease is given when there is none, when it has ended, or to its own holder; its token is new."""
        with self.records.transaction() as transaction:
            lease = transaction.leases.acquire(environment, operation, holder, self.now, 60)
        present = self.held.get(environment)
        free = (
            present is None or present.until <= self.now or (present.operation, present.holder) == (operation, holder)
        )
        assert (lease is not None) == free
        if lease is not None:
            self.tokens[environment] = self.tokens.get(environment, 0) + 1
            assert lease.token == self.tokens[environment]
            self.held[environment] = lease
        return lease

    @rule(lease=leases)
    def renew(self, lease: Lease | None) -> None:
        """Only the newest token can be renewed, and only while it was not given back."""
        if lease is None:
            return
        with self.records.transaction() as transaction:
            renewed = transaction.leases.renew(lease, self.now, 60)
        assert (renewed is not None) == self._holds(lease)
        if renewed is not None:
            self.held[lease.environment] = renewed

    @rule(lease=leases)
    def release(self, lease: Lease | None) -> None:
        """Giving back a lost lease has no effect."""
        if lease is None:
            return
        with self.records.transaction() as transaction:
            transaction.leases.release(lease)
        if self._holds(lease):
            del self.held[lease.environment]

    @invariant()
    def the_holder_is_on_record(self) -> None:
        """The database and the model name the same holders."""
        with self.records.read() as look:
            for environment in ("water-gauge-test", "water-dam-test"):
                assert look.leases.holder(environment) == self.held.get(environment)

    def _holds(self, lease: Lease) -> bool:
        present = self.held.get(lease.environment)
        return present is not None and present.token == lease.token


class EnvironmentMachine(Machine):
    """Environments of two names that are made, changed through old and new copies, and retired."""

    copies = Bundle("copies")

    def __init__(self) -> None:
        super().__init__()
        self.newest: dict[str, Environment] = {}

    @rule(target=copies, system=st.sampled_from(["gauge", "dam"]))
    def add(self, system: str) -> Environment:
        """A name is free when nobody has it, or when its environment is retired."""
        self.now += timedelta(seconds=1)
        environment = an_environment(system=system, created_at=self.now)
        present = self.newest.get(environment.name)
        if present is None or present.state is EnvironmentState.RETIRED:
            self.newest[environment.name] = environment
            with self.records.transaction() as transaction:
                transaction.environments.add(environment)
        else:
            with pytest.raises(ConflictError), self.records.transaction() as transaction:
                transaction.environments.add(environment)
        return self.newest[environment.name]

    @rule(target=copies, copy=copies, state=st.sampled_from(["ready", "suspended", "retired"]))
    def put(self, copy: Environment, state: str) -> Environment:
        """A change counts when it was made on the newest copy."""
        changed = copy.model_copy(update={"state": EnvironmentState(state)})
        if copy == self.newest[copy.name]:
            with self.records.transaction() as transaction:
                self.newest[copy.name] = transaction.environments.put(changed)
        else:
            with pytest.raises(ConflictError), self.records.transaction() as transaction:
                transaction.environments.put(changed)
        return self.newest[copy.name]

    @invariant()
    def the_newest_is_found(self) -> None:
        """The database and the model hold the same newest environments."""
        with self.records.read() as look:
            for name, environment in self.newest.items():
                assert look.environments.get(name) == environment


class DeadlineMachine(Machine):
    """Deadlines of two subjects that are added, fire, and are met."""

    def __init__(self) -> None:
        super().__init__()
        self.deadlines: dict[str, Deadline] = {}

    @rule(number=st.integers(1, 12), days=st.integers(0, 6), subject=ENVIRONMENTS)
    def add(self, number: int, days: int, subject: str) -> None:
        """The first one of an id stays."""
        due_at = START + timedelta(days=days)
        deadline = a_deadline(f"d-{number:02}", due_at=due_at, subject=subject)
        with self.records.transaction() as transaction:
            transaction.deadlines.add(deadline)
        self.deadlines.setdefault(deadline.id, deadline)

    @rule(days=st.integers(0, 6), limit=st.integers(1, 5))
    def sweep(self, days: int, limit: int) -> None:
        """What is due, open and has not fired comes soonest first, and fires."""
        now = START + timedelta(days=days)
        waiting = (one for one in self.deadlines.values() if one.met_at is None and one.fired_at is None)
        wanted = sorted((one for one in waiting if one.due_at <= now), key=lambda one: (one.due_at, one.id))[:limit]
        with self.records.transaction() as transaction:
            assert transaction.deadlines.due(now, limit) == tuple(wanted)
            for deadline in wanted:
                fired = deadline.model_copy(update={"fired_at": now})
                transaction.deadlines.put(fired)
                self.deadlines[deadline.id] = fired

    @rule(subject=ENVIRONMENTS)
    def close(self, subject: str) -> None:
        """What is open of a subject is met."""
        with self.records.transaction() as transaction:
            transaction.deadlines.close(subject, START)
        for deadline in self.deadlines.values():
            if deadline.subject == subject and deadline.met_at is None:
                self.deadlines[deadline.id] = deadline.model_copy(update={"met_at": START})

    @invariant()
    def all_are_on_record(self) -> None:
        """The database and the model hold the same deadlines."""
        with self.records.read() as look:
            stored = {one.id: one for name in ("water-gauge-test", "water-dam-test") for one in look.deadlines.of(name)}
        assert stored == self.deadlines


@pytest.mark.parametrize("machine", [LeaseMachine, EnvironmentMachine, DeadlineMachine])
def test_records_do_what_a_dictionary_would(machine: type[Machine], database_template: Path) -> None:
    """Random histories of leases, environments and deadlines end as in the model."""
    TEMPLATE["file"] = database_template
    run_state_machine_as_test(machine, settings=QUICK)
