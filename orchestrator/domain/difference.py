"""What changed between the plan that was signed and the plan that a preview makes now, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.domain.plan import Action, Plan, PlannedStep
from orchestrator.domain.spec import EnvironmentSpec, Totals

HAPPENS = {
    Action.SAME: "kept as it is",
    Action.CREATE: "created",
    Action.UPDATE: "changed",
    Action.REPLACE: "replaced",
    Action.DELETE: "deleted",
    Action.READ: "read",
}
LONGEST_VALUE = 60
"""A longer value (a public key, a text) is not shown: a sentence says only that it differs."""

ABSENT = "nothing"
type Flat = Mapping[str, str]


def explain_difference(signed: Plan, fresh: Plan) -> tuple[str, ...]:
    """Say why a signed plan no longer holds; empty exactly when both have one digest.

    Returns:
        Sentences for people: the specification first, then the resources by URN, then the cost.
    """
    if signed.digest == fresh.digest:
        return ()
    sentences = (*_of_names(signed, fresh), *_of_specs(signed.spec, fresh.spec), *_of_steps(signed, fresh))
    costs = (*_of_costs("cost", signed.totals, fresh.totals), *_of_costs("cost before", signed.before, fresh.before))
    return (*sentences, *costs) or ("the steps stand in another order",)


def _of_names(signed: Plan, fresh: Plan) -> Iterator[str]:
    if signed.environment != fresh.environment:
        yield f"environment: {signed.environment} -> {fresh.environment}"


def _of_specs(signed: EnvironmentSpec, fresh: EnvironmentSpec) -> Iterator[str]:
    before, after = _flat(signed), _flat(fresh)
    for path in [*before, *(path for path in after if path not in before)]:
        old, new = before.get(path, ABSENT), after.get(path, ABSENT)
        if old != new:
            yield f"specification: {path} {_told(old, new)}"
    if signed != fresh and before == after:
        yield "specification: the same things in another order"


def _told(old: str, new: str) -> str:
    return "differs" if max(len(old), len(new)) > LONGEST_VALUE else f"{old} -> {new}"


def _flat(spec: EnvironmentSpec) -> Flat:
    """Give every value of a specification by a path that people would write: roles.web.volumes.data.size_gib."""
    fields = spec.model_dump(mode="json", exclude={"roles", "flows"})
    flat = dict(_leaves("", fields))
    for role in spec.roles:
        flat |= _leaves(f"roles.{role.name}.", role.model_dump(mode="json", exclude={"name", "volumes"}))
        for volume in role.volumes:
            flat |= _leaves(f"roles.{role.name}.volumes.{volume.name}.", volume.model_dump(exclude={"name"}))
    return flat | {f"flows.{flow.key}": "open" for flow in spec.flows}


def _leaves(path: str, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, inside in value.items():
        if isinstance(inside, Mapping):
            yield from _leaves(f"{path}{name}.", inside)
        else:
            text = ", ".join(inside) if isinstance(inside, list) else str(inside)
            yield f"{path}{name}", text or ABSENT


def _of_steps(signed: Plan, fresh: Plan) -> Iterator[str]:
    before, after = _by_urn(signed), _by_urn(fresh)
    for urn in sorted(before.keys() | after.keys()):
        olds, news = before.get(urn, ()), after.get(urn, ())
        if len(olds) == len(news):
            for old, new in zip(olds, news, strict=True):
                yield from _of_step(old, new)
        else:
            yield from (f"{old.name} would no longer be {HAPPENS[old.action]}" for old in olds)
            yield from (f"{new.name} would now be {HAPPENS[new.action]}" for new in news)


def _by_urn(plan: Plan) -> dict[str, tuple[PlannedStep, ...]]:
    """Give the steps by URN; a preview has one for each, but nothing here depends on it."""
    steps: dict[str, tuple[PlannedStep, ...]] = {}
    for step in plan.steps:
        steps[step.urn] = (*steps.get(step.urn, ()), step)
    return steps


def _of_step(old: PlannedStep, new: PlannedStep) -> Iterator[str]:
    if old.action is not new.action:
        yield f"{new.name}: {new.action} instead of {old.action}"
    for what, was, is_now in (
        ("changes", old.changed, new.changed),
        ("is replaced because of", old.replaces, new.replaces),
    ):
        if was != is_now:
            yield f"{new.name}: {what} {_list(is_now)} instead of {_list(was)}"
    if old.stateful is not new.stateful:
        yield f"{new.name}: {'holds' if new.stateful else 'no longer holds'} data"
    if (old.name, old.type) != (new.name, new.type):
        yield f"{new.name} ({new.type}) instead of {old.name} ({old.type})"


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names) or ABSENT


def _of_costs(what: str, signed: Totals | None, fresh: Totals | None) -> Iterator[str]:
    before, after = dict(signed or ()), dict(fresh or ())
    for name in Totals.model_fields:
        old, new = before.get(name, ABSENT), after.get(name, ABSENT)
        if old != new:
            yield f"{what}: {name} {old} -> {new}"
