"""What a program must know of the cloud that it runs on, besides the environment's specification."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, SecretStr

from orchestrator.domain.model import Model
from orchestrator.domain.quota import NOTHING
from orchestrator.domain.spec import Totals

MEMBER = "member"
"""Role of the service users: enough for servers and volumes, too little for anything outside their project."""


class Spread(StrEnum):
    """How servers of a role with anti-affinity are kept apart."""

    SOFT = "soft-anti-affinity"
    """On different compute nodes while there is room: the only policy that serves a cloud of one node."""

    HARD = "anti-affinity"
    """On different compute nodes, or not at all."""


class CloudFacts(Model):
    """Where the service user logs in, and what this cloud offers.

    Attributes:
        auth_url: Keystone's address.
        region: Region of every resource; empty for the catalogue's only one.
        user_domain: Domain in which users are made.
        project_domain: Domain in which projects are made.
        ca_file: Certificates that vouch for the endpoints; empty for the system's.
        interface: Which endpoints are used: ``public``, ``internal`` or ``admin``.
        spread: What anti-affinity means here.
        object_storage: Whether the catalogue has an object store.
        member_role: Id of the service users' role, where the account that plans may not look it up; empty elsewhere.
    """

    auth_url: str
    region: str = ""
    user_domain: str = "Default"
    project_domain: str = "Default"
    ca_file: str = ""
    interface: str = "public"
    spread: Spread = Spread.SOFT
    object_storage: bool = False
    member_role: str = ""


class Surplus(Model):
    """What the project still has beyond the specification while it is changed.

    New things are made before old ones go, and Nova refuses a quota below what is in use: so quotas include the surplus
    until it is gone.
    """

    totals: Totals = NOTHING
    rules: int = 0

    @property
    def is_there(self) -> bool:
        """Whether there is any."""
        return self != Surplus()


class Context(Model):
    """Everything besides the specification that a program is a function of.

    Attributes:
        cloud: Facts of the cloud.
        service_password: Password of the project's service user; Pulumi keeps it encrypted.
        grown: Sizes in GiB that volumes have already, by name: block storage never makes a volume smaller, so the way
            back from a larger one leaves it as it is.
        surplus: For the quotas.
    """

    cloud: CloudFacts
    service_password: SecretStr
    grown: dict[str, int] = Field(default_factory=dict)
    surplus: Surplus = Surplus()
