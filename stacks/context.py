"""What a program must know of the cloud that it runs on, besides the environment's specification."""

from __future__ import annotations

from enum import StrEnum

from pydantic import SecretStr

from orchestrator.domain.model import Model


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
    """

    auth_url: str
    region: str = ""
    user_domain: str = "Default"
    project_domain: str = "Default"
    ca_file: str = ""
    interface: str = "public"
    spread: Spread = Spread.SOFT
    object_storage: bool = False


class Context(Model):
    """Everything besides the specification that a program is a function of.

    Attributes:
        cloud: Facts of the cloud.
        service_password: Password of the project's service user; Pulumi keeps it encrypted.
    """

    cloud: CloudFacts
    service_password: SecretStr
