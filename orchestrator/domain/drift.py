"""What drift is: the difference between what `up` made and what the cloud shows, and what may be done about it.

A thing whose service did not answer is neither missing nor changed: nothing is told from silence. What goes with
another thing (a rule with its group, an attachment with its server) is not told beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from pydantic import Field

from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.model import Model
from orchestrator.domain.records import Difference, Drift, DriftClass, Made, Severity, Thing, ThingKind
from orchestrator.domain.rulebook import DriftRules, Response

STATEFUL = frozenset({ThingKind.SERVER, ThingKind.VOLUME, ThingKind.CONTAINER, ThingKind.ADDRESS})
"""What cannot be made again as it was: data, and an address that others have in their books."""

UNOWNED = frozenset(
    {
        ThingKind.PROJECT,
        ThingKind.USER,
        ThingKind.COMPUTE_QUOTA,
        ThingKind.NETWORK_QUOTA,
        ThingKind.VOLUME_QUOTA,
    }
)
"""What is never extra: a project has one of each, and users belong to none."""

ONE_BY_ONE = frozenset({ThingKind.COMPUTE_QUOTA, ThingKind.VOLUME_QUOTA})
"""What no service lists over projects; a look may leave some of them for another time."""

COMPARED = frozenset({EnvironmentState.READY, EnvironmentState.SUSPENDED, EnvironmentState.EXPIRING})
"""States in which an environment should stand as it was made; the others are half made or half gone."""

SWITCHED: dict[ThingKind, frozenset[str]] = {
    ThingKind.SERVER: frozenset({"status"}),
    ThingKind.PORT: frozenset({"groups"}),
    ThingKind.NETWORK_QUOTA: frozenset({"security_group", "security_group_rule"}),
}
"""What a stop or a suspension changes by right: compared only while the environment is ready."""

CLOSED_GROUP = "tenure-closed"
"""The group that a suspension gives to ports: it stands there by right until the environment is ready again."""

RUNS = "ACTIVE"


class Sight(Model):
    """What a look at the fleet saw.

    Attributes:
        things: What stands in the projects that were asked for, and every user.
        silent: Kinds that could not be listed, each with what its service said.
        unasked: Projects of which nothing was asked for that has to be asked for one by one.
    """

    things: tuple[Thing, ...]
    silent: dict[ThingKind, Diagnostic] = Field(default_factory=dict)
    unasked: frozenset[str] = frozenset()

    def unknown(self, made: Made) -> frozenset[ThingKind]:
        """Give the kinds of which this look says nothing about one environment."""
        unasked = any(thing.id in self.unasked for thing in made.things if thing.kind is ThingKind.PROJECT)
        return frozenset(self.silent) | (ONE_BY_ONE if unasked else frozenset())


class Suspect(Model):
    """One difference, before it is on record."""

    drift: DriftClass
    kind: ThingKind
    thing: str
    name: str
    properties: tuple[Difference, ...] = ()


def parted(sight: Sight, records: Iterable[Made]) -> dict[str, Sight]:
    """Give each life of an environment what a look saw of it, by subject; everything is gone through once."""
    users = {thing.id: thing for thing in sight.things if thing.kind is ThingKind.USER}
    of_projects: dict[str, list[Thing]] = {}
    for thing in sight.things:
        of_projects.setdefault(thing.project, []).append(thing)
    return {
        made.subject: sight.model_copy(update={"things": tuple(_of_one(made, of_projects, users))}) for made in records
    }


def _of_one(made: Made, of_projects: Mapping[str, list[Thing]], users: Mapping[str, Thing]) -> Iterator[Thing]:
    for thing in made.things:
        if thing.kind is ThingKind.PROJECT:
            yield from of_projects.get(thing.id, [])
        elif thing.kind is ThingKind.USER and thing.id in users:
            yield users[thing.id]


def value_text(value: object) -> str:
    """Give a property's value as one text, the same whichever side tells it: no value, false and empty differ not.

    Numbers that are whole lose their fraction, since JSON may tell one that has none.
    """
    match value:
        case None | False | "" | [] | ():
            return ""
        case True:
            return "true"
        case float() if value.is_integer():
            return str(int(value))
        case list() | tuple() | set() | frozenset():
            return ", ".join(sorted(value_text(one) for one in value))
    return str(value)


def compare(made: Made, sight: Sight, state: EnvironmentState) -> tuple[Suspect, ...]:
    """Give where the cloud differs from what was made in one environment, by kind and name.

    Args:
        made: What its newest ``up`` left standing.
        sight: What the cloud shows; may hold other environments' things.
        state: What was stopped or cut off by right is no drift.
    """
    unknown = sight.unknown(made)
    heard = [thing for thing in made.things if thing.kind not in unknown]
    seen = {(thing.kind, thing.id): thing for thing in sight.things}
    found = [*_missing(heard, seen), *_changed(heard, seen, state), *_extra(made, sight, state)]
    gone_or_new = {each.thing for each in found if each.drift is not DriftClass.CHANGED}
    parts = {(thing.kind, thing.id): thing.part_of for thing in (*sight.things, *made.things)}
    told = [each for each in found if parts[each.kind, each.thing] not in gone_or_new - {each.thing}]
    return tuple(sorted(told, key=lambda each: (each.drift, each.kind, each.name, each.thing)))


def _missing(made: list[Thing], seen: dict[tuple[ThingKind, str], Thing]) -> Iterator[Suspect]:
    for thing in made:
        if (thing.kind, thing.id) not in seen:
            yield Suspect(drift=DriftClass.MISSING, kind=thing.kind, thing=thing.id, name=thing.name)


def _changed(made: list[Thing], seen: dict[tuple[ThingKind, str], Thing], state: EnvironmentState) -> Iterator[Suspect]:
    for thing in made:
        now = seen.get((thing.kind, thing.id))
        if now is None:
            continue
        switched = frozenset() if state is EnvironmentState.READY else SWITCHED.get(thing.kind, frozenset())
        differing = tuple(
            Difference(name=name, expected=expected, found=now.properties[name])
            for name, expected in sorted(thing.properties.items())
            if name in now.properties and name not in switched and now.properties[name] != expected
        )
        if differing:
            yield Suspect(
                drift=DriftClass.CHANGED, kind=thing.kind, thing=thing.id, name=thing.name, properties=differing
            )


def _extra(made: Made, sight: Sight, state: EnvironmentState) -> Iterator[Suspect]:
    projects = {thing.id for thing in made.things if thing.kind is ThingKind.PROJECT}
    known = {(thing.kind, thing.id) for thing in made.things}
    for thing in sight.things:
        by_right = (thing.kind, thing.name) == (ThingKind.GROUP, CLOSED_GROUP) and state is not EnvironmentState.READY
        unknown = (thing.kind, thing.id) not in known and not by_right
        if thing.project in projects and thing.kind not in UNOWNED and unknown:
            yield Suspect(drift=DriftClass.EXTRA, kind=thing.kind, thing=thing.id, name=thing.name)


def drift_id(subject: str, suspect: Suspect) -> str:
    """Give the id under which a drift is found again; another value of the property is another drift."""
    text = json.dumps([subject, suspect.model_dump(mode="json", exclude={"name"})], sort_keys=True)
    return "drift-" + hashlib.sha256(text.encode()).hexdigest()[:16]


def recorded(suspect: Suspect, made: Made, rules: DriftRules, now: datetime) -> Drift:
    """Give the record of a drift that was found just now."""
    return Drift(
        id=drift_id(made.subject, suspect),
        environment=made.environment,
        subject=made.subject,
        severity=severity(suspect, rules),
        stateful=suspect.kind in STATEFUL,
        found_at=now,
        seen_at=now,
        **suspect.model_dump(),
    )


def severity(suspect: Suspect, rules: DriftRules) -> Severity:
    """Weigh a drift: kinds that the rulebook names are grave, and so is a missing thing that held data."""
    lost = suspect.drift is DriftClass.MISSING and suspect.kind in STATEFUL
    return Severity.HIGH if lost or suspect.kind in rules.grave.kinds else Severity.LOW


def response(drift: Drift, rules: DriftRules) -> Response:
    """Give what the rulebook does about a drift; what cannot be mended is told."""
    wished: Response = {
        DriftClass.CHANGED: rules.changed.response,
        DriftClass.MISSING: rules.missing.response,
        DriftClass.EXTRA: rules.extra.response,
    }[drift.drift]
    return Response.TELL if why_not_mended(drift) else wished


def why_not_mended(drift: Drift) -> str:
    """Give why a drift is never mended by machine; empty when it may be.

    An extra thing may be somebody's work; a volume or a server made anew under the old name would hide that its data
    are gone.
    """
    if drift.drift is DriftClass.EXTRA:
        return "what nobody's record knows is removed by people"
    if drift.drift is DriftClass.MISSING and drift.stateful:
        return "made anew it would be empty: restore it from a backup, or ask for a change"
    return ""


def unmendable(drifts: Iterable[Drift]) -> tuple[Drift, ...]:
    """Give those that stand in the way of a mend: it would make an empty thing where data were."""
    return tuple(drift for drift in drifts if drift.drift is DriftClass.MISSING and drift.stateful)
