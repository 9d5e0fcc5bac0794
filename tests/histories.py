"""Histories at random: everything that people, the clock and the cloud may do, in any order.

The rules stand here once. tests/unit/workflows runs them over ``execute`` alone, with deaths at every point inside one
process; tests/integration/engine runs them over real workers, which are killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from orchestrator.domain.errors import BadInputError, ConflictError, RefusedError
from orchestrator.domain.lifecycle import ENVIRONMENT, RequestState
from orchestrator.domain.names import Stage, environment_name
from orchestrator.domain.records import Kind, Request
from orchestrator.domain.submission import Submission, submission_from_data
from orchestrator.ports import Records
from orchestrator.workflows import operations, requests
from orchestrator.workflows.context import Ports
from orchestrator.workflows.deliver import deliver
from tests import doors
from tests import history_facts as facts
from tests.events import a_submitted
from tests.fakes.clock import START
from tests.fakes.cloud import FakeCloud
from tests.fakes.installation import OFFICE, PROVIDER, UNIT, a_submission
from tests.history_decisions import DECISIONS
from tests.samples import a_sender

SYSTEMS = ("one", "two")
STAGES = (Stage.TEST, Stage.TRIAL)
ABOUT: tuple[tuple[Kind, dict[str, Any]], ...] = (
    (Kind.EXTEND, {"days": 10}),
    (Kind.PRODUCTION, {}),
    (Kind.CHANGE, {"count": 2}),
    (Kind.CHANGE, {"count": 1}),
    (Kind.SUSPEND, {"severity": "high"}),
    (Kind.SUSPEND, {"severity": "low"}),
    (Kind.RESUME, {}),
    (Kind.TERMINATE, {}),
)
"""Requests about an environment that exists, as kind and fields."""


TO_THE_WINDOW = timedelta(hours=13)
"""From the morning in which histories begin to the hours in which changes are carried out (Art. 15)."""


class Engine(Protocol):
    """What carries the work of a history out."""

    def pass_time(self, by: timedelta) -> None:
        """Move the business clock."""
        ...

    def work_well(self) -> None:
        """Do what is under way, without trouble."""
        ...


class AnyHistory(RuleBasedStateMachine):
    """Two systems and what may happen to them.

    Attributes:
        records, ports, cloud: What the history is about; made by :meth:`open`.
        engine: What does the work.
        real: The time of certificates, which no business clock moves.
        steps: How many rules were followed.
    """

    records: Records
    ports: Ports
    cloud: FakeCloud
    engine: Engine
    real: datetime = START
    steps: int = 0

    def open(self, records: Records, ports: Ports, cloud: FakeCloud, engine: Engine) -> None:
        """Begin with nothing on record but a registered sender."""
        self.records, self.ports, self.cloud, self.engine = records, ports, cloud, engine
        self.sender = a_sender()
        self.paths = facts.Paths()
        with records.transaction() as tx:
            tx.senders.put(self.sender)

    def names(self) -> Iterator[str]:
        """Give the names that the systems' environments may have."""
        return (environment_name("archives", system, stage) for system in SYSTEMS for stage in STAGES)

    @rule(system=st.sampled_from(SYSTEMS), kind=st.sampled_from([Kind.TEST, Kind.TRIAL]))
    def apply(self, system: str, kind: Kind) -> None:
        """A unit wants an environment."""
        self.may_be_refused(lambda: requests.submit(self.ports, a_submission(kind=kind, system=system), UNIT))

    @rule(system=st.sampled_from(SYSTEMS), number=st.integers(0, 1), again=st.booleans())
    def an_event_comes(self, system: str, number: int, *, again: bool) -> None:
        """The office's system sends a request, perhaps twice, perhaps under an id that it has used."""
        event = a_submitted(f"msg-{number}", system=system)
        for _ in range(2 if again else 1):
            self.may_be_refused(lambda: deliver(self.ports, self.sender, event))

    @rule(
        system=st.sampled_from(SYSTEMS),
        stage=st.sampled_from([*STAGES, Stage.PRODUCTION]),
        about=st.integers(0, len(ABOUT) - 1),
    )
    def ask_about(self, system: str, stage: Stage, about: int) -> None:
        """Somebody wants something of an environment that may be there."""
        kind, fields = ABOUT[about]
        self.may_be_refused(lambda: requests.submit(self.ports, a_request(kind, system, stage, fields), UNIT))

    @rule(number=st.integers(0, 9), decision=st.sampled_from(sorted(DECISIONS)))
    def decide(self, number: int, decision: str) -> None:
        """Somebody does something about some request, whatever its state."""
        request = self._some_request(number)
        if request is not None:
            self.may_be_refused(lambda: DECISIONS[decision](self.ports, request))

    @rule(system=st.sampled_from(SYSTEMS), about=st.integers(0, len(ABOUT) - 1), on=st.booleans())
    def the_tenancy_goes_on(self, system: str, about: int, *, on: bool) -> None:
        """A system comes to the next station of its life, or something is done about it where it stands."""
        with self.records.read() as tx:
            test, live = (tx.environments.find(environment_name("archives", system, stage)) for stage in STAGES)
        if test is None or (test.ready_at is None and test.state in ENVIRONMENT.last):
            self._through(a_submission(system=system))
        elif not any(evaluation.passed for evaluation in test.evaluations):
            self.evaluate(system, requests.TestVerdict.PASSED)
        elif live is None or live.state in ENVIRONMENT.last:
            self._through(a_submission(system=system, kind=Kind.TRIAL))
        elif not on:
            kind, fields = ABOUT[about]
            self._through(a_request(kind, system, live.stage, fields))
        elif live.stage is Stage.TRIAL:
            self.engine.pass_time(timedelta(days=31))
            self._through(a_request(Kind.PRODUCTION, system, Stage.PRODUCTION, {}))
        else:
            self._through(a_request(Kind.TERMINATE, system, Stage.PRODUCTION, {}))

    def _through(self, submission: Submission) -> None:
        """Lead a request from its submission to the end of its work."""
        made: list[Request] = []
        self.may_be_refused(lambda: made.append(requests.submit(self.ports, submission, UNIT)))
        if made:
            self.engine.work_well()
            self._take(made[0], "tests-passed", "accept-without", "hand-in", "offline")
            self.engine.work_well()
            if submission.kind is Kind.CHANGE:
                self._take(made[0], "waive")  # a second host is over the envelope
            self._take(made[0], "review")
            self.engine.work_well()
            if submission.kind is Kind.CHANGE:
                self.engine.pass_time(TO_THE_WINDOW)
                self.engine.work_well()

    def _take(self, request: Request, *steps: str) -> None:
        """Take steps about a request, those that it refuses left out."""
        for step in steps:
            self.may_be_refused(partial(DECISIONS[step], self.ports, request))

    @rule(number=st.integers(0, 9))
    def lead_on(self, number: int) -> None:
        """The next step of some request is taken, with what it takes: evidence, waivers, the decision."""
        request = self._some_request(number)
        if request is None:
            return
        if request.state is RequestState.ACCEPTED:
            self._take(request, "hand-in", "offline", "waive", "waive", "waive", "review")
        else:
            self._take(request, "supply", "resubmit", "accept-without")

    @rule(system=st.sampled_from(SYSTEMS), verdict=st.sampled_from(list(requests.TestVerdict)))
    def evaluate(self, system: str, verdict: requests.TestVerdict) -> None:
        """The office says how a test went (Art. 21)."""
        name = environment_name("archives", system, Stage.TEST)
        self.may_be_refused(lambda: requests.evaluate(self.ports, name, OFFICE, verdict, "seen"))

    @rule(system=st.sampled_from(SYSTEMS), stage=st.sampled_from(STAGES))
    def terminate(self, system: str, stage: Stage) -> None:
        """The unit ends an environment."""
        name = environment_name("archives", system, stage)
        self.may_be_refused(lambda: requests.terminate(self.ports, name, UNIT, "tested"))

    @rule(number=st.integers(0, 9), cancel=st.booleans())
    def steer(self, number: int, *, cancel: bool) -> None:
        """The provider cancels or retries some operation."""
        with self.records.read() as tx:
            found = tx.operations.list()
        if found:
            command = operations.cancel if cancel else operations.retry
            chosen = found[number % len(found)]
            self.may_be_refused(lambda: command(self.ports, chosen.id, PROVIDER))

    @rule(hours=st.sampled_from([-24, 0, 1, 7, 13, 24, 3 * 24, 20 * 24, 40 * 24]))
    def time_passes(self, hours: int) -> None:
        """Business time moves on, perhaps into the night, or back a day."""
        self.engine.pass_time(timedelta(hours=hours, minutes=1))

    @rule(
        number=st.integers(0, 3),
        step=st.sampled_from(sorted(doors.STEPS)),
        minutes=st.sampled_from([0, 10, 50, 4 * 24 * 60]),
    )
    def somebody_is_at_the_door(self, number: int, step: str, minutes: int) -> None:
        """A person wants to enter hosts, enters them, or somebody ends it (Art. 36)."""
        self.real += timedelta(minutes=minutes)
        with self.records.read() as tx:
            known = [name for name in self.names() if tx.environments.find(name) is not None]
        if known:
            name = known[number % len(known)]
            self.may_be_refused(lambda: doors.STEPS[step](self.ports, name, self.real))

    @rule(system=st.sampled_from(SYSTEMS), stage=st.sampled_from(STAGES), appears=st.booleans())
    def a_hand_in_the_cloud(self, system: str, stage: Stage, *, appears: bool) -> None:
        """Somebody makes or removes something by hand in a project."""
        name = environment_name("archives", system, stage)
        self.cloud.remove(name, facts.BY_HAND)
        if appears and "project" in self.cloud.of(name).named():
            self.cloud.make(name, "volume", facts.BY_HAND)

    @invariant()
    def what_always_holds(self) -> None:
        """States are in the tables, decisions have four eyes, nothing is twice, gates and evidence stand."""
        if not hasattr(self, "paths"):
            return
        self.steps += 1
        with self.records.read() as tx:
            seen = facts.look(tx)
        self.paths.follow(seen)
        facts.requests_are_whole(seen)
        facts.operations_are_whole(seen)
        facts.one_at_a_time(seen)
        facts.production_has_its_gates(seen)
        facts.no_live_end_without_evidence(seen)
        facts.every_end_has_its_certificate(seen)
        facts.grants_are_whole(seen)
        facts.nothing_twice(self.cloud, self.names())

    def what_holds_at_rest(self) -> None:
        """Check the records against the cloud; nobody may be at work."""
        with self.records.read() as tx:
            facts.rest_is_true(facts.look(tx), self.cloud, self.names())

    def _some_request(self, number: int) -> Request | None:
        """Give one of those that are not over, else any."""
        with self.records.read() as tx:
            found = tx.requests.list(limit=facts.LIMIT)
        waiting = [each for each in found if each.state not in {RequestState.CLOSED, RequestState.EXECUTING}]
        chosen = waiting or list(found)
        return chosen[number % len(chosen)] if chosen else None

    def may_be_refused(self, command: Callable[[], object]) -> None:
        """Give a command, and take a refusal as an answer."""
        with suppress(BadInputError, ConflictError, RefusedError):
            command()


def a_request(kind: Kind, system: str, stage: Stage, fields: dict[str, Any]) -> Submission:
    """Give a request about an environment that may exist."""
    if kind is Kind.CHANGE:
        wish = dict(a_submission().content["environment"])
        wish["roles"] = {"host": {"count": fields["count"]}}
        changed: dict[str, Any] = {"environment": wish, "kind": kind, "stage": stage, "system": system}
        return a_submission(oversize_reason="the load grows", **changed)
    data = {"kind": kind, "unit": "archives", "system": system, "stage": stage, "reason": "needed", **fields}
    if kind in {Kind.EXTEND, Kind.PRODUCTION}:
        data.pop("stage")
    return submission_from_data(data)
