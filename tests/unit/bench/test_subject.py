"""What the bench makes is an ordinary request, and OpenTofu is given the same."""

from __future__ import annotations

from orchestrator.domain.rulebook import admit
from orchestrator.domain.spec import Direction
from stacks import cloud_init
from tests.bench.provision import subject


def test_the_environment_is_the_one_that_the_comparison_is_about() -> None:
    """Three hosts with a volume each, three rules, a key, one floating address."""
    spec = subject.specification("tenure1", "public", "ssh-ed25519 AAAA authority")

    assert spec.host_count == 3
    assert (spec.totals.volumes, spec.totals.volume_gib, spec.totals.addresses) == (3, 3, 1)
    assert [(flow.direction, flow.first_port) for flow in spec.flows] == [
        (Direction.INGRESS, port) for port in (22, 80, 443)
    ]
    assert spec.access.emergency_public_key == subject.EMERGENCY_KEY
    assert not spec.container


def test_the_request_passes_the_rules_like_any_other() -> None:
    """No rule is bent for the bench."""
    admit(subject.submission("tenure1", "public"), subject.bench_library().rulebook())


def test_both_sides_differ_in_the_names_of_environment_and_request_only() -> None:
    """User data is the same but for the names, so that the hosts have the same to do."""
    ours, theirs = (subject.specification(system, "public", "ssh-ed25519 AAAA a") for system in ("one", "two"))
    (mine,), (other,) = ours.roles, theirs.roles

    assert mine == other
    assert cloud_init.user_data(ours, mine, "host-1").replace("bench-one", "bench-two") == cloud_init.user_data(
        theirs, other, "host-1"
    )


def test_everything_of_the_bench_has_its_prefix() -> None:
    """What a killed bench left is found by it."""
    assert subject.name_of("tenure1").startswith(subject.PREFIX)
    assert subject.submission("tenure1", "public").environment_name == subject.name_of("tenure1")
