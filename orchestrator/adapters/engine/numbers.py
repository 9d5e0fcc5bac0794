"""The engine's numbers, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EngineNumbers:
    """What may be tuned; the defaults serve one machine.

    Attributes:
        workers: How many operations run at once in this process.
        lease_seconds: For how long an environment stays with a worker that gives no sign of life.
        heartbeat_seconds: Pause between two renewals of the leases.
        cancel_look_seconds: Pause between two looks for operations that somebody wants stopped.
        watch_seconds: Pause between two looks for new operations; a look costs microseconds on SQLite.
        sweep_seconds: Pause between two sweeps of the deadlines; short when the clock is driven.
        fleet_seconds: Pause between two looks whether the fleet is to be compared; the rulebook says when it is.
        reconcile_seconds: Pause between two comparisons of the tables with what really runs.
        keep_seconds: How long the engine's own rows of a run stay after its end, in real time; for whoever looks.
        clean_seconds: Pause between two looks for such rows.
        clean_count: How many runs one look deletes at most, so that it holds up nobody.
        stop_seconds: How long a stopping worker waits for its operations to let go.
    """

    workers: int = 4
    lease_seconds: float = 30.0
    heartbeat_seconds: float = 5.0
    cancel_look_seconds: float = 0.3
    watch_seconds: float = 0.05
    sweep_seconds: float = 1.0
    fleet_seconds: float = 5.0
    reconcile_seconds: float = 5.0
    keep_seconds: float = 86_400.0
    clean_seconds: float = 60.0
    clean_count: int = 200
    stop_seconds: float = 8.0
