"""What a blueprint tells operations of its hosts: signs of health, databases, hooks, software, ports."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from orchestrator.domain.blueprint import Blueprint
from orchestrator.domain.blueprint_care import BlueprintCare, HealthCheck, RoleCare
from orchestrator.domain.faults import faults_of
from orchestrator.domain.flows import REFERENCE_RULE
from tests.unit.domain.samples import LIBRARY, changed, the_blueprint

DATA = the_blueprint().model_dump(mode="json")


@pytest.mark.parametrize("blueprint", LIBRARY.blueprints(), ids=lambda blueprint: blueprint.name)
def test_what_ships_survives_its_own_json(blueprint: Blueprint) -> None:
    """The care section is data like the rest of a blueprint."""
    assert BlueprintCare.model_validate_json(blueprint.care.model_dump_json()) == blueprint.care


def test_a_role_that_is_not_named_has_nothing_of_its_own() -> None:
    """Every host is cared for; the section only adds to it."""
    care = BlueprintCare(roles={"web": RoleCare(ports=(8080,))})
    assert care.of("web").ports == (8080,)
    assert care.of("db") == RoleCare()


def test_a_role_that_there_is_not_is_refused_with_its_place() -> None:
    """Nobody believes that a host is watched which is not there."""
    with pytest.raises(ValidationError) as caught:
        Blueprint.model_validate(changed(DATA, "care", "roles", "cache", to={}))
    (fault,) = faults_of(caught.value, Blueprint)
    assert (fault.rule, fault.path) == (REFERENCE_RULE, ("care", "roles", "cache"))


@pytest.mark.parametrize(
    "check",
    [{"unit": "nginx.service"}, {"port": 443}, {"url": "https://localhost:8443/health?full"}],
    ids=str,
)
def test_a_health_check_is_one_sign(check: dict[str, Any]) -> None:
    """A unit that is active, a port that answers, or an address of the host itself."""
    assert HealthCheck.model_validate(check).model_dump(exclude_defaults=True) == check


@pytest.mark.parametrize("check", [{}, {"unit": "nginx", "port": 443}, {"port": 80, "url": "http://localhost/"}])
def test_no_sign_and_two_signs_are_no_health_check(check: dict[str, Any]) -> None:
    """Each of two would be one check."""
    with pytest.raises(ValidationError, match="names one of unit, port and url"):
        HealthCheck.model_validate(check)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "http://localhost.example.org/",
        "http://localhost@example.org/",
        "file:///etc/shadow",
        "http://localhost/ x",
    ],
)
def test_a_health_check_asks_no_other_host(url: str) -> None:
    """A host's health is its own."""
    with pytest.raises(ValidationError):
        HealthCheck(url=url)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("packages", ["nginx; reboot"]),
        ("ports", [0]),
        ("ports", [65536]),
        ("databases", ["oracle"]),
        ("hooks", {"before": "x" * 1001}),
        ("health", [{"unit": "nginx $(reboot)"}]),
    ],
)
def test_what_cannot_be_meant_is_refused(path: str, value: object) -> None:
    """Patterns reach a shell's matching and units its arguments: they hold no text that means something there."""
    with pytest.raises(ValidationError):
        RoleCare.model_validate({path: value})
