"""What a file would have to say otherwise: just the fields that mean something else."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.domain.blueprint import Blueprint, resolve
from orchestrator.domain.declaration import Declaration
from orchestrator.domain.file_fields import FileField, as_found, behind
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.names import ManagedBy, Stage
from orchestrator.domain.records import Drift, Environment, Kind
from orchestrator.domain.spec import EnvironmentSpec
from tests.drift_samples import a_drift
from tests.samples import START
from tests.unit.domain.samples import LIBRARY, TEST_REQUEST, WISH, a_wish, without

BLUEPRINTS: dict[str, Blueprint] = {name: LIBRARY.blueprint(name) for name in ("three-tier", "single-host")}


def a_declaration(**changes: object) -> Declaration:
    """Give a file that leaves everything to its blueprint."""
    return Declaration.model_validate({**without(TEST_REQUEST, "kind"), "stage": "test", **changes})


def spec_of(**wish: object) -> EnvironmentSpec:
    """Give what a wish is resolved to."""
    return resolve(a_wish(**wish), BLUEPRINTS["three-tier"], request_id="req-1")


def an_environment(stage: Stage = Stage.TEST, manager: ManagedBy | None = None) -> Environment:
    """Give an environment; what it is made of is said by a request's content."""
    return Environment(
        name="civil-eldercare-test",
        stage=stage,
        state=EnvironmentState.READY,
        request="req-1",
        spec=spec_of(),
        created_at=START,
        managed_by=manager,
    )


def content(**wish: object) -> dict[str, Any]:
    """Give the content of a change on record."""
    return a_wish(**wish).model_copy(update={"kind": Kind.CHANGE}).content


def names(fields: tuple[FileField, ...]) -> dict[str, object]:
    """Give the new values by dotted name."""
    return {field.name: field.value for field in fields}


class TestBehind:
    """What another door changed."""

    def test_what_means_the_same_is_no_difference(self) -> None:
        """A request may write out what a file leaves to the blueprint, and the other way round."""
        written_out = {"web": {"count": 2, "flavor": "m1.tiny"}, "db": {"volumes": {"data": 2}}}
        assert behind(a_declaration(), an_environment(), content(roles=written_out), BLUEPRINTS) == ()
        file = a_declaration(environment=WISH | {"roles": written_out})
        assert behind(file, an_environment(), content(), BLUEPRINTS) == ()

    @pytest.mark.parametrize(
        ("wish", "expected"),
        [
            ({"roles": {"web": {"count": 4}}}, {"environment.roles.web.count": 4}),
            ({"roles": {"db": {"volumes": {"data": 9}}}}, {"environment.roles.db.volumes.data": 9}),
            ({"access_from": ["192.0.2.0/24"]}, {"environment.access_from": ["192.0.2.0/24"]}),
            (
                {"network": {"cidr": "10.20.0.0/24", "dns": ["192.0.2.1"]}},
                {"environment.network.dns": ["192.0.2.1"]},
            ),
        ],
    )
    def test_just_the_changed_field_differs(self, wish: dict[str, Any], expected: dict[str, object]) -> None:
        """By its value, not by how it is written."""
        assert names(behind(a_declaration(), an_environment(), content(**wish), BLUEPRINTS)) == expected

    def test_a_way_back_to_the_blueprint_is_said_by_its_value(self) -> None:
        """The file has a value of its own: it gets the blueprint's."""
        file = a_declaration(environment=WISH | {"roles": {"web": {"count": 4}}})
        (field,) = behind(file, an_environment(), content(), BLUEPRINTS)
        assert field.sentence == "environment.roles.web.count: 4 -> 2"

    def test_stage_and_manager_are_those_on_record(self) -> None:
        """No request's content says them; without one nothing else is compared."""
        fields = behind(a_declaration(), an_environment(Stage.TEST, ManagedBy.HOOK), None, BLUEPRINTS)
        assert names(fields) == {"managed_by": "hook"}
        assert behind(a_declaration(), an_environment(Stage.TEST, ManagedBy.GIT), None, BLUEPRINTS) == ()

    def test_a_key_that_nobody_names_stays(self) -> None:
        """As it does in the environment (Art. 36)."""
        key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIm1rFs9vUQbOQaDbJqvbUSjCrbJIRGV0K3pa0Wgfwgy"
        file = a_declaration(environment=WISH | {"emergency_public_key": key})
        assert behind(file, an_environment(), content(), BLUEPRINTS) == ()

    def test_another_blueprint_takes_its_own_roles_along(self) -> None:
        """What the old one had goes."""
        file = a_declaration(environment=WISH | {"roles": {"web": {"count": 4}}})
        fields = behind(file, an_environment(), content(blueprint="single-host"), BLUEPRINTS)
        assert names(fields) == {"environment.blueprint": "single-host", "environment.roles": None}

    def test_facts_that_a_request_says_anew_are_taken_over(self) -> None:
        """Its reason and material stay its own."""
        later = content() | {"mlps": 3, "reason": "more readers", "oversize_reason": "twice the readers"}
        fields = behind(a_declaration(), an_environment(), later, BLUEPRINTS)
        assert names(fields) == {"mlps": 3, "oversize_reason": "twice the readers"}


def found(kind: str, name: str, **properties: str) -> Drift:
    """Give a thing whose properties were changed by hand."""
    told = [{"name": key, "expected": "", "found": value} for key, value in properties.items()]
    return a_drift(f"drift-{name}", kind=kind, name=f"{kind}-{name}", thing=name, properties=told)


class TestFound:
    """What somebody changed in the cloud by hand, as far as a file can say it."""

    def test_what_all_hosts_of_a_role_show_is_a_field(self) -> None:
        """Flavors and sizes are said of a role."""
        both = (found("server", "web-1", flavor="m1.small"), found("server", "web-2", flavor="m1.small"))
        said = as_found(spec_of(), (*both, found("volume", "db-1-data", size="9")))
        assert names(said.fields) == {
            "environment.roles.web.flavor": "m1.small",
            "environment.roles.db.volumes.data": 9,
        }
        assert said.rest == ()

    def test_resolvers_are_a_field(self) -> None:
        """Those of the one subnet; none at all are said too."""
        drift = a_drift(
            kind="subnet", name="subnet", properties=[{"name": "dns", "expected": "", "found": "192.0.2.1"}]
        )
        assert names(as_found(spec_of(), (drift,)).fields) == {"environment.network.dns": ["192.0.2.1"]}

    @pytest.mark.parametrize(
        "drift",
        [
            found("server", "web-1", flavor="m1.small"),
            found("server", "db-1", status="SHUTOFF"),
            found("port", "web-1", admin_state_up=""),
            a_drift(drift="missing", kind="router", name="router", properties=[]),
            a_drift(drift="extra", kind="volume", name="beside", properties=[]),
        ],
    )
    def test_what_a_file_cannot_say_is_left(self, drift: Drift) -> None:
        """One host of several, a property without a field, what is gone, and what nobody knows."""
        said = as_found(spec_of(), (drift,))
        assert (said.fields, said.rest) == ((), (drift,))

    def test_what_a_file_can_say_in_part_is_told_besides(self) -> None:
        """The field says the flavor; that it does not run is for the mend."""
        drift = found("server", "db-1", flavor="m1.medium", status="SHUTOFF")
        said = as_found(spec_of(), (drift,))
        assert (names(said.fields), said.rest) == ({"environment.roles.db.flavor": "m1.medium"}, (drift,))
