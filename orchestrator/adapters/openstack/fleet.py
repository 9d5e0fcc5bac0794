"""What stands in the projects of the fleet, by a few list calls to each service over all projects."""

from __future__ import annotations

from collections.abc import Collection

from orchestrator.adapters.openstack.cloud import Cloud, at_once
from orchestrator.adapters.openstack.faults import asking
from orchestrator.adapters.openstack.sights import LISTINGS, Listing, Scene
from orchestrator.domain.drift import Sight
from orchestrator.domain.errors import Diagnostic, OperationFailedError
from orchestrator.domain.records import Thing, ThingKind

MARK = "managed-by=tenure"
"""Stands in the description of every project that Tenure made, whichever installation it was."""


class OpenStackFleet:
    """Implements :class:`orchestrator.ports.Fleet` by openstacksdk, with the administrator's account.

    Object containers are not listed: only an account's own user sees them.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def look(self, projects: Collection[str], quotas_of: Collection[str] | None = None) -> Sight:
        """Give what stands in projects, every user, and every project that has Tenure's mark.

        A list that fails makes its kinds silent, no more.
        """
        if not projects:
            return Sight(things=())
        asked = frozenset(projects if quotas_of is None else quotas_of)
        scene = Scene(self._cloud.admin(), frozenset(projects), asked)
        answers = at_once(lambda listing: self._ask(listing, scene), LISTINGS)
        things = [thing for answer in answers if isinstance(answer, list) for thing in answer]
        return Sight(things=tuple(things), silent=_silent(answers), unasked=scene.projects - asked)

    def _ask(self, listing: Listing, scene: Scene) -> list[Thing] | Diagnostic:
        try:
            with asking(listing.service, self._cloud.name):
                return [thing for thing in listing.things(scene) if _counts(thing, scene)]
        except OperationFailedError as error:
            return error.diagnostic


def _counts(thing: Thing, scene: Scene) -> bool:
    marked = thing.kind is ThingKind.PROJECT and MARK in thing.properties["description"].split()
    return thing.project in scene.projects or thing.kind is ThingKind.USER or marked


def _silent(answers: list[list[Thing] | Diagnostic]) -> dict[ThingKind, Diagnostic]:
    """Give every kind whose list failed, with what its service said."""
    pairs = zip(LISTINGS, answers, strict=True)
    failed = [(listing, answer) for listing, answer in pairs if isinstance(answer, Diagnostic)]
    return {kind: answer for listing, answer in failed for kind in listing.kinds}
