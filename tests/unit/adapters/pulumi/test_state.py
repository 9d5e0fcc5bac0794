"""What is read from, and written into, an exported state."""

from __future__ import annotations

from typing import Any

from orchestrator.adapters.pulumi.recovery import MASK, SEALED_MARK, UNKNOWN, known
from orchestrator.adapters.pulumi.state import INSTANCE, PROJECT, StackState, Wanted, hashed, record_of

PORT = "openstack:networking/port:Port"


def resource(kind: str, name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Give a record of the state."""
    return {"urn": f"urn:{name}", "type": kind, "custom": True, "inputs": {"name": name}, **more}


def state() -> StackState:
    """A state in which a project stands, a server broke, and a port was being made and another one deleted."""
    return StackState(
        {
            "manifest": {"version": "v3"},
            "resources": [
                resource(PROJECT, "project", id="p-1"),
                resource(INSTANCE, "server", id="s-1", initErrors=["timeout"]),
            ],
            "pending_operations": [
                {"type": "creating", "resource": resource(PORT, "port")},
                {"type": "deleting", "resource": resource(PORT, "old-port", id="o-1")},
            ],
        }
    )


def test_only_creates_are_of_unknown_outcome() -> None:
    """What was being changed or deleted is on record anyway; the next run goes on with it."""
    assert set(state().pending_creates()) == {"urn:port"}


def test_an_empty_stack_has_nothing_to_recover() -> None:
    """No deployment, or one without resources."""
    assert StackState(None).resources == StackState({}).pending == []


def test_ids_are_found_by_type() -> None:
    """The project's id, and none for what is not on record."""
    assert state().id_of(PROJECT) == "p-1"
    assert state().id_of(PORT) is None


def test_settling_adopts_what_was_found_and_forgets_the_rest() -> None:
    """Found: on record with its id, after what was there. Discarded: gone. No operation is pending any more."""
    before = state()
    wanted = before.pending_creates()["urn:port"]
    after = before.settle({"urn:port": (wanted, "x-1")}, {"urn:server"})
    assert [(one["urn"], one["id"]) for one in after.resources] == [("urn:project", "p-1"), ("urn:port", "x-1")]
    assert after.pending == []
    assert after.deployment["manifest"] == {"version": "v3"}
    assert before.pending, "the state that was read stays as it was"


def test_settling_clears_errors_of_what_works_after_all() -> None:
    """A server whose creation was not seen to its end, but that runs, is as good as any."""
    after = state().settle({}, set())
    assert after.half_made() == []
    assert [one["urn"] for one in after.resources] == ["urn:project", "urn:server"]


def test_an_adopted_server_keeps_what_the_api_does_not_tell() -> None:
    """Its outputs begin as its inputs; user data stand there as the provider keeps them, hashed."""
    wanted = Wanted("urn:server", INSTANCE, {"name": "web-1", "userData": "#cloud-config", "__defaults": []})
    record = record_of(wanted, "s-9")
    assert record["id"] == record["outputs"]["id"] == "s-9"
    assert record["outputs"]["userData"] == hashed("#cloud-config") != "#cloud-config"
    assert record["inputs"]["userData"] == "#cloud-config"
    assert "__defaults" not in record["outputs"]


def test_what_was_being_changed_or_removed_is_told() -> None:
    """A recovery looks how far the cloud came with it."""
    deployment = state().deployment
    changing = {"type": "updating", "resource": resource(INSTANCE, "server", id="s-1")}
    both = StackState(deployment | {"pending_operations": [*deployment["pending_operations"], changing]})
    assert [one["urn"] for one in both.pending_updates()] == ["urn:server"]
    assert [one["urn"] for one in both.pending_deletes()] == ["urn:old-port"]


def test_what_was_removed_to_be_replaced_is_adopted_once() -> None:
    """Its old record is a mere reminder; beside it the found one would be there twice."""
    reminder = resource(PORT, "port", id="x-0", pendingReplacement=True)
    before = StackState({"resources": [resource(PROJECT, "project", id="p-1"), reminder]})
    assert set(before.standing()) == {"urn:project"}
    wanted = Wanted("urn:port", PORT, {"name": "port"}, resource(PORT, "port"))
    after = before.settle({"urn:port": (wanted, "x-1")}, set())
    assert [(one["urn"], one["id"]) for one in after.resources] == [("urn:project", "p-1"), ("urn:port", "x-1")]
    assert before.settle({}, set()).resources == before.resources


def test_protection_is_taken_away_from_what_goes_alone() -> None:
    """Of all of it only when everything goes."""
    guarded = [resource(PORT, name, id=name, protect=True) for name in ("a", "b")]
    before = StackState({"resources": guarded})
    assert before.protects
    after = before.unprotected({"urn:a"})
    assert [one.get("protect") for one in after.resources] == [None, True]
    assert not before.unprotected().protects
    assert before.protects


def test_what_a_vanished_user_made_can_be_struck_off() -> None:
    """Only resources and unknown outcomes of that provider go."""
    before = StackState(
        {
            "resources": [
                resource(PROJECT, "project", id="p-1", provider="urn::providers:openstack::default::1"),
                resource(INSTANCE, "server", id="s-1", provider="urn::providers:openstack::service::2"),
            ],
            "pending_operations": [
                {
                    "type": "creating",
                    "resource": resource(INSTANCE, "x", provider="urn::providers:openstack::service::2"),
                },
            ],
        }
    )
    after = before.without_provider("openstack::service::")
    assert [one["urn"] for one in after.resources] == ["urn:project"]
    assert after.pending == []


def test_what_a_plan_does_not_tell_does_not_go_on_record() -> None:
    """Unknown values and masked secrets are left to ``up``; a mask on record could not be opened again."""
    secret = {SEALED_MARK: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": MASK}
    assert known({"name": "a", "password": secret, "token": MASK, "id": UNKNOWN}) == {"name": "a"}
