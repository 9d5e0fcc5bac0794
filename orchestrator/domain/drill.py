"""What is known after a restore was tried: of one backup (verification), and of a whole drill (Art. 30, 44)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from orchestrator.domain.model import Model
from orchestrator.domain.names import EnvironmentName, Stage
from orchestrator.domain.records import Actor


class Control(StrEnum):
    """Negative controls: what must fail, or a good end would say nothing."""

    WRONG_KEY = "wrong-key"
    """The store is opened with another key."""
    FLIPPED_BIT = "flipped-bit"
    """One bit of a copy of the stored backup is another; reading it whole has to find that."""
    ISOLATION = "isolation"
    """A host of the throw-away environment calls the live one."""


class Attempt(Model):
    """What came of one negative control.

    Attributes:
        refused: Whether it failed, and for the reason for which it has to.
        said: What the program or the host said, in one line.
    """

    control: Control
    refused: bool
    said: str
    seconds: float = 0.0


class Trial(Model):
    """One backup that was restored and compared with the manifest that was written when it was taken.

    Attributes:
        files: How many files and tables were compared.
        seconds: How long restore and comparison took together.
    """

    backup: str
    taken_at: datetime
    files: int
    differences: tuple[str, ...] = ()
    seconds: float

    @property
    def equal(self) -> bool:
        """Whether everything was as it was when the backup was taken."""
        return not self.differences


class ThrowAway(Model):
    """The throw-away environment of a verification or drill, with the evidence of its end.

    Attributes:
        reaches: Places outside that its hosts could reach.
        seconds: How long it took until its hosts answered.
        existed: How many resources its project had before it was removed.
        gone_at: When its project was shown to be empty; ``None`` when it was not.
        left: What is still there when it is not gone.
    """

    name: EnvironmentName
    project_id: str = ""
    hosts: tuple[str, ...] = ()
    reaches: tuple[str, ...] = ()
    seconds: float = 0.0
    existed: int = 0
    gone_at: datetime | None = None
    left: str = ""


class Verdict(StrEnum):
    """What a drill showed."""

    PASSED = "passed"
    LATE = "late"
    """Everything came back, but a target was missed."""
    FAILED = "failed"


class DrillReport(Model):
    """The record of one drill (Art. 44).

    Attributes:
        trial: The restore; ``None`` when it did not come to one.
        recovery_seconds: From the drill's start until everything was restored and compared.
        recovery_target_seconds: Within what time that should have been (rulebook).
        point_seconds: How old the restored data was when the drill began: what a loss would have cost.
        point_target_seconds: How old it may be (rulebook).
        faults: Why it failed, in sentences; empty when it did not.
    """

    environment: EnvironmentName
    stage: Stage
    unit: str
    system: str
    operation: str
    asked_by: Actor
    began_at: datetime
    ended_at: datetime
    trial: Trial | None = None
    recovery_seconds: float = 0.0
    recovery_target_seconds: float
    point_seconds: float = 0.0
    point_target_seconds: float
    controls: tuple[Attempt, ...] = ()
    throwaway: ThrowAway
    faults: tuple[str, ...] = ()

    @property
    def in_time(self) -> bool:
        """Whether the restore took no longer than it may."""
        return self.recovery_seconds <= self.recovery_target_seconds

    @property
    def young_enough(self) -> bool:
        """Whether the restored data was no older than it may be."""
        return self.point_seconds <= self.point_target_seconds

    @property
    def shortcomings(self) -> tuple[str, ...]:
        """What keeps the drill from having passed: faults first, then negative controls that did not fail."""
        found = list(self.faults)
        if self.trial is not None:
            found += _unequal(self.trial)
        found += [f"negative control {one.control}: {one.said}" for one in self.controls if not one.refused]
        lacking = sorted(set(Control) - {one.control for one in self.controls})
        if lacking:
            found.append(f"negative controls that did not run: {', '.join(lacking)}")
        if self.throwaway.left:
            found.append(f"{self.throwaway.name} is still there: {self.throwaway.left}")
        return tuple(found)

    @property
    def verdict(self) -> Verdict:
        """What it showed: a control that did not run, or a copy that is still there, is a failure too."""
        if self.trial is None or self.shortcomings:
            return Verdict.FAILED
        return Verdict.PASSED if self.in_time and self.young_enough else Verdict.LATE


def _unequal(trial: Trial) -> tuple[str, ...]:
    if trial.differences:
        return (f"backup {trial.backup} did not come back as it was: {'; '.join(trial.differences[:20])}",)
    if trial.files == 0:
        return (f"backup {trial.backup} has nothing that could be compared",)
    return ()
