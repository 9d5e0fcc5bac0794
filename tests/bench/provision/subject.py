"""The environment that is made: an ordinary submission over the bench's own blueprint."""

from __future__ import annotations

from pathlib import Path

from orchestrator.adapters.library import TemplateLibrary, installed_templates
from orchestrator.domain.blueprint import resolve
from orchestrator.domain.names import Stage, environment_name
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.domain.submission import Submission

UNIT = "bench"
PREFIX = f"{UNIT}-"
"""Every project and user of the bench is called so; nothing else may be."""

BLUEPRINT = "three-hosts"
EMERGENCY_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl bench"
"""A well-formed public key; its private half does not exist."""


def bench_library() -> TemplateLibrary:
    """Give a library with the bench's blueprint and the installed rulebook."""
    rulebook = installed_templates() / "rulebooks" / "default.yaml"
    return TemplateLibrary(Path(__file__).parents[1], str(rulebook))


def submission(system: str, external_network: str) -> Submission:
    """Give the request for one environment.

    Args:
        system: Id of the system, which makes the environment's name.
        external_network: The cloud's network of the floating address.
    """
    return Submission.model_validate(
        {
            "kind": "test",
            "unit": UNIT,
            "system": system,
            "reason": "measured by the bench",
            "classified": False,
            "mlps": 2,
            "environment": {
                "blueprint": BLUEPRINT,
                "network": {"cidr": "10.77.0.0/24", "external_network": external_network},
                "access_from": ["10.0.0.0/8"],
                "emergency_public_key": EMERGENCY_KEY,
            },
        }
    )


def specification(system: str, external_network: str, ca_public_key: str) -> EnvironmentSpec:
    """Give the specification that follows from the request, for whoever makes it without Tenure."""
    wanted = submission(system, external_network)
    blueprint = bench_library().blueprint(BLUEPRINT)
    return resolve(wanted, blueprint, request_id=f"req-{system}", ca_public_key=ca_public_key)


def name_of(system: str) -> str:
    """Give the name of the environment, its project and its stack."""
    return environment_name(UNIT, system, Stage.TEST)
