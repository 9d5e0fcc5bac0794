"""Copies in the projects of the fleet that Tenure did not make: volume snapshots and images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from orchestrator.adapters.openstack.rewind import NAME
from orchestrator.domain.records import Thing, ThingKind

if TYPE_CHECKING:
    from orchestrator.adapters.openstack.sights import Scene

OURS = frozenset({"managed-by", "backup", "tenure-sealed"})
"""Metadata of what backups, comparisons and ways back make; each of these copies has one of them, or the name."""
PAGE = 500


def snapshots(scene: Scene) -> Iterator[Thing]:
    """Give volume snapshots that nothing of ours made."""
    for one in scene.admin.block_storage.snapshots(details=True, all_projects=True, limit=PAGE, **scene.narrowed):
        if not _ours(str(one.name or ""), one.metadata or {}):
            yield _thing(ThingKind.SNAPSHOT, str(one.id), str(one.name or one.id), str(one.project_id or ""))


def images(scene: Scene) -> Iterator[Thing]:
    """Give images that belong to projects and that nothing of ours made; other projects' are sorted out later."""
    for one in scene.admin.image.images(visibility="all", limit=PAGE):
        if not _ours(str(one.name or ""), one.properties or {}):
            yield _thing(ThingKind.IMAGE, str(one.id), str(one.name or one.id), str(one.owner or ""))


def _ours(name: str, metadata: Mapping[str, object]) -> bool:
    return name.startswith(NAME) or not OURS.isdisjoint(metadata)


def _thing(kind: ThingKind, key: str, name: str, project: str) -> Thing:
    return Thing(kind=kind, id=key, name=name, project=project)
