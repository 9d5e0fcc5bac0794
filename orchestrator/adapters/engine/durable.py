"""DBOS, and nothing else of the engine knows it.

DBOS keeps one instance per process, polls its queues by pauses and takes over nobody's work; the parts that are
private in it (:func:`dbos._queue.queue_worker_thread`) are pinned by version and shown to work by
tests/integration/test_engine_*.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from dbos._queue import queue_worker_thread

from orchestrator.adapters.engine.bell import Bell
from orchestrator.adapters.engine.moments import engine_options

STEPS_VERSION: Final = "1"
"""Counts changes of the steps' order or names: DBOS goes on only with workflows of the same version."""
QUEUE: Final = "operations"
WORKFLOW: Final = "operation"
FALLBACK_POLL_SECONDS: Final = 10.0
"""Pause of the queue thread when nobody rings; a poll costs about 5 ms."""
ALIVE: Final = ["ENQUEUED", "PENDING", "DELAYED"]
OVER: Final = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


@dataclass(frozen=True)
class Entry:
    """A workflow that DBOS may still run or is running.

    Attributes:
        executor: Who runs it, when somebody does.
    """

    id: str
    version: str | None
    executor: str | None
    running: bool


class Durable:
    """DBOS with one workflow, whose argument is an operation's id, and a queue with a partition per lane."""

    def __init__(self, url: str, executor: str, workers: int, carry_out: Callable[[str], str]) -> None:
        config: DBOSConfig = {
            "name": "tenure",
            "system_database_url": url,
            "db_engine_kwargs": engine_options(url),
            "executor_id": executor,
            "application_version": STEPS_VERSION,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
            "scheduler_polling_interval_sec": 3600.0,
        }
        self._workers = workers
        self._bell = Bell()
        self._dbos = DBOS(config=config)
        self._thread: threading.Thread | None = None

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)
        def operation(operation_id: str) -> str:
            return carry_out(operation_id)

        DBOS.listen_queues([])

    def start(self) -> None:
        """Begin to run what is queued; what this executor left running when it died is queued again first."""
        DBOS.launch()
        queue = DBOS.register_queue(
            QUEUE,
            partition_concurrency=1,
            worker_concurrency=self._workers,
            polling_interval_sec=FALLBACK_POLL_SECONDS,
        )
        arguments = (self._bell, self._dbos, queue)
        self._thread = threading.Thread(target=queue_worker_thread, args=arguments, name="operations", daemon=True)
        self._thread.start()

    def stop_taking(self) -> None:
        """Take up no further work; what runs goes on."""
        self._bell.set()
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """End DBOS; a workflow that still runs cannot record anything any more."""
        self.stop_taking()
        DBOS.destroy(destroy_registry=True)

    def ring(self) -> None:
        """Look for queued work at once."""
        self._bell.ring()

    def enqueue(self, workflow_id: str, operation_id: str, lane: str) -> None:
        """Queue an operation; harmless when the id is known."""
        DBOS.enqueue_workflow_with_options(
            {
                "workflow_name": WORKFLOW,
                "queue_name": QUEUE,
                "workflow_id": workflow_id,
                "app_version": STEPS_VERSION,
                "queue_partition_key": lane,
            },
            operation_id,
        )

    def entries(self, operation_id: str) -> tuple[Entry, ...]:
        """Give the workflows of an operation that are not over."""
        found = DBOS.list_workflows(
            workflow_id_prefix=f"{operation_id}#", status=ALIVE, load_input=False, load_output=False
        )
        return tuple(
            Entry(each.workflow_id, each.app_version, each.executor_id, each.status == "PENDING") for each in found
        )

    def discard(self, workflow_ids: list[str]) -> None:
        """Cancel workflows that nobody runs any more, and forget them, so that nobody goes on with them."""
        if workflow_ids:
            DBOS.cancel_workflows(workflow_ids)
            DBOS.delete_workflows(workflow_ids)

    def forget(self, before: datetime, limit: int) -> int:
        """Delete the rows of workflows that were over before an instant, oldest first; gives how many workflows.

        Nothing reads them any more: what came of an operation stands in the tables, and a later attempt is another
        workflow.
        """
        found = DBOS.list_workflows(
            status=OVER, completed_before=before.isoformat(), limit=limit, load_input=False, load_output=False
        )
        if found:
            DBOS.delete_workflows([each.workflow_id for each in found])
        return len(found)


def step(name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run a step of the present workflow and keep its result; a step that raised is not kept, it is done again."""
    raised: list[Exception] = []

    def kept() -> dict[str, Any]:
        try:
            return {"result": work()}
        except Exception as error:  # noqa: BLE001  raised again below; DBOS would keep it as the step's result
            raised.append(error)
            return {"raised": type(error).__name__}

    outcome: dict[str, Any] = DBOS.run_step({"name": name}, kept)
    if raised:
        raise raised[0]
    result: dict[str, Any] = outcome["result"] if "result" in outcome else work()
    return result
