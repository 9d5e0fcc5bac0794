"""What an environment's file would have to say otherwise, so that it says what the environment is, or is found to be.

A file leaves to its blueprint what is as usual there; two files that mean the same differ in nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from orchestrator.domain.blueprint import Blueprint, BlueprintRole
from orchestrator.domain.declaration import Declaration
from orchestrator.domain.drift import value_text
from orchestrator.domain.model import Model
from orchestrator.domain.records import Drift, DriftClass, Environment, ThingKind
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.domain.submission import RoleWish, Wish

FACTS = ("unit_name", "system_name", "oversize_reason", "classified", "mlps")
"""What a later request may say anew beside its wish. Its reason and its material are its own: they stay on record."""

LONGEST_VALUE = 100

SAYABLE = {ThingKind.SERVER: "flavor", ThingKind.VOLUME: "size", ThingKind.SUBNET: "dns"}
"""The properties of things in the cloud that a file can say."""

SUBNET = "subnet"
"""The name of the one subnet that every environment has."""

type Facts = Mapping[str, Any]
type Key = tuple[ThingKind, str]
"""Kind and name of a thing, as its environment's specification has it."""


class FileField(Model):
    """One field of an environment's file.

    Attributes:
        path: The keys that lead to it.
        before: What it says, or what the blueprint says where the file leaves it out.
        value: What it is to say; None when it goes.
    """

    path: tuple[str, ...]
    before: JsonValue = None
    value: JsonValue = None

    @property
    def name(self) -> str:
        """Its keys with dots between them, as errors name fields too."""
        return ".".join(self.path)

    @property
    def sentence(self) -> str:
        """Both values in one line, each cut where it is long."""
        return f"{self.name}: {_shown(self.before)} -> {_shown(self.value)}"


def _shown(value: JsonValue) -> str:
    text = value_text(value) or "–"
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def behind(
    file: Declaration, environment: Environment, content: Facts | None, blueprints: Mapping[str, Blueprint]
) -> tuple[FileField, ...]:
    """Give the fields in which a file is behind its environment.

    Args:
        file: What it declares.
        environment: As it is on record.
        content: What the environment is by, as it went on record: of the newest request with a wish. None when it is
            what the file asked for; then only who manages it may differ.
        blueprints: By name, those of the file and of the content.
    """
    manager = {} if environment.managed_by is None else {"managed_by": str(environment.managed_by)}
    if content is None:
        return _facts(file, manager)
    facts = {name: content[name] for name in FACTS if content.get(name)}
    wish = Wish.model_validate(content["environment"])
    same = blueprints[wish.blueprint] if wish.blueprint == file.environment.blueprint else None
    fields = _facts(file, {"stage": str(environment.stage), **manager, **facts})
    was, now = _plain(file.environment, same), _plain(_kept(wish, file.environment), same)
    return (*fields, *_differing(was, now, ("environment",)))


def _facts(file: Declaration, now: Facts) -> tuple[FileField, ...]:
    was = file.model_dump(mode="json", include=set(now))
    return tuple(_differing(was, now, ()))


def _kept(wish: Wish, before: Wish) -> Wish:
    """Give a later wish with the key that it does not name: who names none leaves it as it is."""
    key = wish.emergency_public_key or before.emergency_public_key
    return wish.model_copy(update={"emergency_public_key": key})


def _plain(wish: Wish, blueprint: Blueprint | None) -> dict[str, Any]:
    """Give a wish as plain values; with its blueprint, all that it leaves to it is written out."""
    if blueprint is None:
        return wish.model_dump(mode="json", exclude_defaults=True)
    roles = {name: _written_out(role, wish.roles.get(name, RoleWish())) for name, role in blueprint.roles.items()}
    return wish.model_dump(mode="json") | {"roles": roles}


def _written_out(role: BlueprintRole, wish: RoleWish) -> dict[str, Any]:
    sizes = {name: form.size_gib for name, form in role.volumes.items()}
    return {
        "count": wish.count or role.count,
        "flavor": wish.flavor or role.flavor,
        "volumes": sizes | wish.volumes,
    }


def _differing(was: Facts, now: Facts, path: tuple[str, ...]) -> Iterator[FileField]:
    for name in dict.fromkeys((*was, *now)):
        old, new = was.get(name), now.get(name)
        if isinstance(new, dict) and (old is None or isinstance(old, dict)):
            yield from _differing(old or {}, new, (*path, name))
        elif old != new:
            yield FileField(path=(*path, name), before=old, value=new)


class Found(Model):
    """What a file can say of what was found in the cloud, and what it cannot."""

    fields: tuple[FileField, ...] = ()
    rest: tuple[Drift, ...] = ()


def as_found(spec: EnvironmentSpec, drifts: Iterable[Drift]) -> Found:
    """Give the fields by which a file would say what the cloud shows.

    A file speaks of all hosts of a role at once: what one of several shows alone cannot be said.
    """
    standing = tuple(drifts)
    seen = {
        _key(drift): one.found
        for drift in standing
        for one in drift.properties
        if drift.drift is DriftClass.CHANGED and SAYABLE.get(drift.kind) == one.name
    }
    sentences = (*_of_roles(spec, seen), *_of_network(spec, seen))
    told = {key for _, keys in sentences for key in keys}
    rest = tuple(drift for drift in standing if _key(drift) not in told or len(drift.properties) > 1)
    return Found(fields=tuple(field for field, _ in sentences), rest=rest)


def _key(drift: Drift) -> Key:
    return drift.kind, drift.name.removeprefix(f"{drift.kind}-")


def _of_roles(spec: EnvironmentSpec, seen: Mapping[Key, str]) -> Iterator[tuple[FileField, set[Key]]]:
    for role in spec.roles:
        path = ("environment", "roles", role.name)
        hosts = {(ThingKind.SERVER, host) for host in role.host_names()}
        flavor = _of_all(seen, hosts)
        if flavor:
            yield FileField(path=(*path, "flavor"), before=role.flavor, value=flavor), hosts
        for volume in role.volumes:
            volumes = {(ThingKind.VOLUME, f"{host}-{volume.name}") for host in role.host_names()}
            size = _of_all(seen, volumes)
            if size.isdecimal():
                field = (*path, "volumes", volume.name)
                yield FileField(path=field, before=volume.size_gib, value=int(size)), volumes


def _of_all(seen: Mapping[Key, str], keys: set[Key]) -> str:
    """Give the value that all of these show; empty when they differ, or one is as it was made."""
    values = {seen.get(key, "") for key in keys}
    return values.pop() if len(values) == 1 else ""


def _of_network(spec: EnvironmentSpec, seen: Mapping[Key, str]) -> Iterator[tuple[FileField, set[Key]]]:
    key = (ThingKind.SUBNET, SUBNET)
    if key in seen:
        found: list[JsonValue] = [one for one in seen[key].split(", ") if one]
        path = ("environment", "network", "dns")
        yield FileField(path=path, before=list(spec.network.dns), value=found), {key}
