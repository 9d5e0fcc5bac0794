"""What the demo tells, step by step; each step acts, looks, and tells what it saw."""

from __future__ import annotations

import json
import secrets
import shlex
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from orchestrator.adapters.documents import read_request_file
from orchestrator.adapters.webhooks import Signer
from orchestrator.cli.demo.scene import Scene
from orchestrator.cli.demo.teller import Teller
from orchestrator.cli.follow import follow_operation
from orchestrator.cli.identity import actor
from orchestrator.cli.output import local
from orchestrator.domain.approval import MEDIA_TYPE, EventType
from orchestrator.domain.chain import faults
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.lifecycle import EnvironmentState, RequestState
from orchestrator.domain.plan import Action
from orchestrator.domain.records import Actor, Deadline, Environment, Grant, Operation, OperationKind, Role, Scheme
from orchestrator.workflows import access
from orchestrator.workflows.senders import Desk, add_sender

SENDER = "approval-system"
PATIENCE_SECONDS = 60.0
SSH_SECONDS = 30
GRANT_MINUTES = 15
ASK = '. /etc/os-release; hostname; echo "$PRETTY_NAME"; hostname -I; cloud-init status'


class Story:
    """One run of the demo on a scene."""

    def __init__(self, scene: Scene, teller: Teller) -> None:
        self._scene = scene
        self._teller = teller
        self._records = scene.installation.records

    def approve(self, file: Path) -> str:
        """Post a signed approval that carries the request; follow its plan and its work. Gives the environment."""
        tell = self._teller
        tell.heading("A signed approval over HTTP")
        submission = read_request_file(file, self._scene.installation.ports.library)
        tell.fact(f"{file.name} is a valid request: {submission.kind} for {submission.environment_name}")
        signer = self._register_sender()
        body = _event(submission.content)
        answer, milliseconds = self._post(signer, body)
        tell.fact(
            f"answered {answer.status_code} in {milliseconds:.0f} ms, request {answer.json()['request']}",
            holds=answer.status_code == httpx.codes.ACCEPTED,
            instead=answer.text,
        )
        again, _ = self._post(signer, body)
        tell.fact("the same delivery again is the same request", holds=again.json() == answer.json())
        forged, _ = self._post(signer, body, tamper=True)
        tell.fact("a changed body is refused with 401", holds=forged.status_code == httpx.codes.UNAUTHORIZED)
        request_id = answer.json()["request"]
        self._follow_work(request_id)
        return submission.environment_name

    def enter_hosts(self, name: str) -> None:
        """Log in to every host through the bastion, with certificates of minutes."""
        tell = self._teller
        environment = self._environment(name)
        tell.heading("The environment is ready")
        tell.fact(f"{name} is {environment.state}", holds=environment.state is EnvironmentState.READY)
        tell.fact(f"test period ends {local(environment.ends_at)} Asia/Shanghai", holds=environment.ends_at is not None)
        grant = self._grant(name) if self._scene.hosts else None
        for host in environment.outputs.hosts:
            if grant is not None:
                said = self._ask_host(environment, host.name, grant)
                tell.fact(f"{host.name:<10} {host.address:<15} says over SSH: {said}")
            else:
                tell.fact(f"{host.name:<10} {host.address:<15} exists at the API (no real hosts on this cloud)")
        if grant is not None:
            last = environment.outputs.hosts[-1].name
            command = self._scene.installation.ports.access.command(environment, last, grant)
            tell.hint(f"enter it yourself in the next minutes: {shlex.join(command)}")

    def _grant(self, name: str) -> Grant:
        """Ask to enter as this account, and approve as unit and as office (Art. 36)."""
        ports, who = self._scene.installation.ports, actor(Role.PROVIDER)
        asked = access.ask(ports, name, (), GRANT_MINUTES, "to see that the hosts answer", who, datetime.now(UTC))
        for side in (Role.UNIT, Role.OFFICE):
            granted = access.approve(
                ports, asked.id, Actor(name=f"{side} (demo)", role=side, door="cli"), datetime.now(UTC)
            )
        self._teller.fact(f"unit and office let {who.name} enter for {GRANT_MINUTES} minutes: {granted.id}")
        return granted

    def let_time_pass(self, name: str) -> None:
        """Drive the business clock from date to date, and see each one acted upon."""
        tell = self._teller
        tell.heading("Fifteen days pass (the business clock is driven)")
        for deadline in self._dates(name):
            if not deadline.acts:
                continue
            self._scene.installation.driven_clock.set(deadline.due_at + timedelta(minutes=1))
            self._wait(f"{deadline.kind} of {name}", lambda due=deadline: self._fired(due))
            tell.fact(f"{local(deadline.due_at)}  {deadline.kind} ({deadline.article})")
            self._show_notices_since(name, deadline)
            self._follow_everything(name)
        environment = self._environment(name)
        tell.fact(f"{name} is {environment.state}", holds=environment.state is EnvironmentState.RETIRED)

    def prove_empty(self, name: str) -> None:
        """Look at the cloud by its own APIs: nothing of the environment is left."""
        tell = self._teller
        tell.heading("Proof")
        inventory = self._scene.installation.ports.inventory
        found = inventory.list_project(name)
        tell.fact(f"an inventory of the project {name} comes back empty", holds=not found, instead=str(found))
        tell.fact("the project itself is gone", holds=inventory.project_id(name) is None)
        with self._records.read() as tx:
            entries = tx.audit.list(limit=100_000)
            own = tx.audit.list(subject=name, limit=100_000)
        broken = list(faults(entries))
        tell.fact(f"audit log: {len(entries)} entries, the hash chain is whole", holds=not broken, instead=str(broken))
        tell.fact(f"{len(own)} of them tell this environment's life")

    def say_goodbye(self, name: str) -> None:
        """Tell how to go on by hand."""
        variables = " ".join(f"{key}={shlex.quote(value)}" for key, value in self._scene.variables.items())
        self._teller.heading("Go on")
        self._teller.hint("make demo ARGS=--whole-life   lets its time pass and shows that nothing remains")
        self._teller.hint(f"export {variables}")
        self._teller.hint(f"tenure server   and: tenure env show {name}   tenure env history {name} --json")
        self._teller.hint("tenure cloud down --wipe   removes the local cloud")

    def _register_sender(self) -> Signer:
        installation = self._scene.installation
        desk = Desk(
            records=self._records,
            vault=installation.vault,
            keys=installation.sender_keys,
            ids=installation.ports.ids,
            actor=actor(Role.OFFICE),
            now=datetime.now(UTC),
        )
        made = add_sender(desk, SENDER, Role.OFFICE, Scheme.V1A)
        self._teller.fact(f"sender {SENDER} is registered; only its public key is kept: {made.key.public}")
        return Signer(made.secret)

    def _post(self, signer: Signer, body: bytes, *, tamper: bool = False) -> tuple[httpx.Response, float]:
        headers = signer.headers(json.loads(body)["id"], datetime.now(UTC), body) | {"content-type": MEDIA_TYPE}
        sent = body.replace(b'"test"', b'"trial"', 1) if tamper else body
        started = time.perf_counter()
        answer = httpx.post(f"{self._scene.url}/hooks/approvals", content=sent, headers=headers, timeout=30)
        return answer, (time.perf_counter() - started) * 1000

    def _follow_work(self, request_id: str) -> None:
        tell = self._teller
        with self._records.read() as tx:
            operations = {each.kind: each for each in tx.operations.list(request=request_id)}
        tell.heading("The plan")
        follow_operation(self._records, operations[OperationKind.PREVIEW].id)
        self._show_plan(request_id)
        tell.heading("The work")
        follow_operation(self._records, operations[OperationKind.PROVISION].id)
        with self._records.read() as tx:
            request = tx.requests.get(request_id)
        tell.fact(f"{request_id} is {request.state}", holds=request.state is RequestState.CLOSED)

    def _show_plan(self, request_id: str) -> None:
        with self._records.read() as tx:
            request = tx.requests.get(request_id)
            plan = tx.operations.plan(tx.environments.get(request.environment).plan_digest)
        totals = plan.totals
        counts = ", ".join(f"{plan.count(action)} to {action}" for action in Action if plan.count(action))
        self._teller.fact(
            f"{counts}; {totals.hosts} hosts, {totals.vcpus} vCPU, {totals.ram_mib / 1024:g} GiB memory, "
            f"{totals.volume_gib} GiB volumes, {totals.addresses} public address"
        )
        self._teller.fact(f"digest {plan.digest}")
        self._teller.fact("it destroys nothing", holds=not plan.destroys)

    def _ask_host(self, environment: Environment, host: str, grant: Grant) -> str:
        command = (*self._scene.installation.ports.access.command(environment, host, grant), ASK)
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SSH_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        if done.returncode != 0 or lines[:1] != [host]:
            raise OperationFailedError(f"{host} did not answer over SSH", detail=done.stderr or done.stdout)
        return ", ".join(lines)

    def _environment(self, name: str) -> Environment:
        with self._records.read() as tx:
            return tx.environments.get(name)

    def _dates(self, name: str) -> tuple[Deadline, ...]:
        with self._records.read() as tx:
            return tx.deadlines.of(subject_of(tx.environments.get(name)))

    def _fired(self, deadline: Deadline) -> bool:
        with self._records.read() as tx:
            now = {each.id: each for each in tx.deadlines.of(deadline.subject)}
        return now[deadline.id].fired_at is not None

    def _wait(self, what: str, come: Any) -> None:  # noqa: ANN401  a predicate
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not come():
            if time.monotonic() > deadline:
                raise OperationFailedError(f"{what} was not acted upon within {PATIENCE_SECONDS:.0f} s")
            time.sleep(0.1)

    def _show_notices_since(self, name: str, deadline: Deadline) -> None:
        with self._records.read() as tx:
            notices = tx.notices.list(environment=name)
        for notice in notices:
            if notice.at >= deadline.due_at:
                people = ", ".join(notice.to)
                self._teller.fact(f"told {people}: {notice.key}")

    def _follow_everything(self, name: str) -> None:
        """Follow the operations that a date started, until none is under way."""
        followed: set[str] = set()
        while True:
            fresh = [each for each in self._operations(name) if each.finished_at is None and each.id not in followed]
            if not fresh:
                return
            for operation in fresh:
                followed.add(operation.id)
                follow_operation(self._records, operation.id)

    def _operations(self, name: str) -> tuple[Operation, ...]:
        with self._records.read() as tx:
            return tx.operations.list(environment=name)


def _event(content: dict[str, Any]) -> bytes:
    """Give the event of an opinion that carries its request."""
    event = {
        "specversion": "1.0",
        "id": f"approval-{secrets.token_hex(8)}",
        "source": "/approvals/demo",
        "type": str(EventType.REVIEWED),
        "time": datetime.now(UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": {"by": "duty officer", "submission": content},
    }
    return json.dumps(event, ensure_ascii=False).encode()
