"""How a plan is printed: what loses data first, then every change, the cost, and the digest that a review signs."""

from __future__ import annotations

from orchestrator.cli.output import emit, is_json, say
from orchestrator.domain.plan import Action, Plan, PlannedStep

SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.REPLACE: "±", Action.DELETE: "-"}


def show_plan(found: Plan) -> None:
    """Print a plan, for people or as JSON lines."""
    if not is_json():
        _print(found)
        return
    emit("plan", {"digest": found.digest, **found.model_dump(mode="json", exclude={"steps", "spec"})})
    for step in found.steps:
        emit("planned_change", step)
    emit("change_summary", {str(action): found.count(action) for action in Action})


def _print(found: Plan) -> None:
    for step in found.destroys:
        say(f"[bold red]{SIGNS[step.action]} {step.name} {step.type} loses its data[/bold red]{_why(step)}")
    for step in found.changes:
        if step not in found.destroys:
            say(f"{SIGNS[step.action]} {step.name:<32} [dim]{step.type}[/dim]{_why(step)}")
    counts = ", ".join(f"{found.count(action)} {action}" for action in Action if found.count(action))
    say(f"[bold]plan for {found.environment}[/bold]: {counts or 'nothing'}")
    for label, totals in (("before", found.before), ("cost", found.totals)):
        if totals is not None:
            say(
                f"  {label:<10} {totals.hosts} hosts, {totals.vcpus} vCPU, {totals.ram_mib / 1024:g} GiB memory, "
                f"{totals.volume_gib} GiB volumes, {totals.addresses} public address"
            )
    say(f"  digest     {found.digest}")


def _why(step: PlannedStep) -> str:
    return f"  ({', '.join(step.changed)})" if step.changed else ""
