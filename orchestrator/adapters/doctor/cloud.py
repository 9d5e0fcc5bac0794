"""The cloud's account: it authenticates, may administer, and the services that environments need are there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from orchestrator.adapters.doctor.finding import Finding, Serves
from orchestrator.adapters.openstack.cloud import Cloud
from orchestrator.domain.errors import OperationFailedError

if TYPE_CHECKING:
    from keystoneauth1.identity.base import BaseIdentityPlugin

PART = "cloud credentials"
ASK_SECONDS = 5.0
NEEDED_SERVICES = ("block-storage", "compute", "image", "network")
WELCOME_SERVICES = {"object-store": "no object containers", "load-balancer": "no load balancers"}
GIVE = "set OS_CLOUD to an entry of clouds.yaml, or start a cloud on this machine: tenure cloud up"

logging.getLogger("keystoneauth").addHandler(logging.NullHandler())  # what it would print, the finding says


def cloud(name: str) -> Finding:
    """Authenticate once.

    Args:
        name: Entry of clouds.yaml; empty for the ``OS_…`` variables.
    """
    address = auth_address(name)
    if address is None:
        entry = f"clouds.yaml has no entry {name}" if name else "neither OS_CLOUD nor OS_AUTH_URL is set"
        return Finding(part=PART, serves=Serves.NO, detail=entry, hint=GIVE)
    found = f"{name or 'OS_ variables'} at {address}"
    access = Cloud(name, timeout_seconds=ASK_SECONDS)
    try:
        services = access.services()
        roles = _roles(access)
    except OperationFailedError as error:
        detail = ": ".join(part for part in (error.diagnostic.summary, error.diagnostic.detail) if part)
        return Finding(part=PART, serves=Serves.NO, found=found, detail=detail, hint=error.diagnostic.hint or GIVE)
    missing = [service for service in NEEDED_SERVICES if service not in services]
    if missing:
        detail = f"the catalogue has no {', '.join(missing)}"
        return Finding(part=PART, serves=Serves.NO, found=found, detail=detail, hint="check region and interface")
    if "admin" not in roles:
        detail = f"the account has the roles {', '.join(sorted(roles))}: it can't make projects"
        return Finding(part=PART, serves=Serves.NO, found=found, detail=detail, hint="use an account with role admin")
    absent = [loss for service, loss in WELCOME_SERVICES.items() if service not in services]
    return Finding(part=PART, serves=Serves.YES, found=found, detail="; ".join(["authenticated as admin", *absent]))


def auth_address(name: str) -> str | None:
    """The identity service's address by clouds.yaml or the environment; None when they don't name one."""
    from keystoneauth1.exceptions import ClientException  # noqa: PLC0415 - the SDK loads when it is needed
    from openstack.config import OpenStackConfig  # noqa: PLC0415 - as above
    from openstack.exceptions import SDKException  # noqa: PLC0415 - as above

    try:
        region = OpenStackConfig().get_one(cloud=name or None)
    except (ClientException, SDKException):
        return None
    address = region.config.get("auth", {}).get("auth_url")
    return None if address is None else str(address)


def _roles(access: Cloud) -> set[str]:
    session = access.admin().session
    return set(cast("BaseIdentityPlugin", session.auth).get_access(session).role_names or ())
