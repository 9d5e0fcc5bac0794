"""What the work on one operation has: its job, what it may ask, and where it tells what happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from orchestrator.domain.lanes import Lane
from orchestrator.domain.plan import Plan
from orchestrator.domain.records import (
    Operation,
    StepEvent,
    Thing,
)
from orchestrator.domain.spec import EnvironmentSpec

if TYPE_CHECKING:
    from orchestrator.ports.records import Transaction


Watch = Callable[[StepEvent], None]
"""Takes what happens inside an operation, as it happens."""


class RunControl(Protocol):
    """What a long-running adapter asks while it works: may I go on, and until when."""

    def cancelled(self) -> bool:
        """Whether somebody asked for this operation to stop."""
        ...

    def valid_until(self) -> float:
        """Give the end of the lease on ``time.monotonic``'s scale; past it nothing may be changed any more."""
        ...


class Execution(RunControl, Protocol):
    """One attempt of one operation, as the durable engine carries it out."""

    def once(self, name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Do a step and keep its result (JSON); after a crash the kept result is given and nothing is done again.

        A step that raises is not kept. A crash between the work and its keeping repeats the work: steps are idempotent.
        """
        ...

    def confirm(self, tx: Transaction) -> None:
        """Raise LeaseLostError unless the environment's lease is still ours; asked by each transaction of the work."""
        ...

    def interrupted(self) -> bool:
        """Whether the work stops for the engine's sake (shutdown, lost lease) and somebody else will go on with it."""
        ...

    def tell(self, operation: Operation, event: StepEvent, at: datetime) -> None:
        """Store an event of the work; events may be gathered for a tenth of a second, in order."""
        ...

    def all_told(self) -> None:
        """Wait until every event is stored."""
        ...

    def elapsed_seconds(self) -> float:
        """Give the real time since this attempt began."""
        ...


TakeMade = Callable[[tuple[Thing, ...]], None]
"""Takes what stands in the cloud once it was made."""


def forget_made(things: tuple[Thing, ...]) -> None:
    """Keep no record of what stands: for work whose result nobody compares later."""
    del things


@dataclass(frozen=True)
class Job:
    """One piece of work for a provisioner.

    Attributes:
        operation: Id of the operation; marks every process that works for it.
        spec: What the environment should be.
        control: Cancellation and lease.
        watch: Takes the events.
        signed: The plan that was signed for it: ``up`` of a live environment loses no data beyond it (RefusedError,
            before anything is changed). None where nobody signs a plan.
        lane: What other work may go on at the same hosts: none of the same lane.
        made: Takes what stands after ``up`` and ``mend``, and what the state has at a look for the difference.
    """

    operation: str
    spec: EnvironmentSpec
    control: RunControl
    watch: Watch
    signed: Plan | None = None
    lane: Lane = Lane.RESOURCES
    made: TakeMade = forget_made
