"""Requests as they are written: what each kind needs, and what is refused with field and rule."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.errors import BadInputError, Diagnostic
from orchestrator.domain.names import Stage
from orchestrator.domain.submission import Submission, submission_from_data
from tests.unit.domain.samples import (
    TEST_REQUEST,
    WISH,
    a_submission,
    a_termination,
    a_wish,
    changed,
    refused_fields,
    without,
)

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB0F5bkVxYCtZb9r4sHvvZHcD1YDmZyJbmxP4ZkTzK0o duty"
VISIBLE_TEXTS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=50).filter(str.strip)
BARE = without(TEST_REQUEST, "environment", "classified", "mlps")
"""The fields that every kind has."""


def refusals(data: object) -> tuple[Diagnostic, ...]:
    """Give every diagnostic of a request that is refused."""
    with pytest.raises(BadInputError) as caught:
        submission_from_data(data)
    return caught.value.diagnostics


def fields_and_rules(data: object) -> list[tuple[str | None, str | None]]:
    """Give field and rule of everything that is wrong."""
    return refused_fields(refusals(data))


class TestKinds:
    """Each kind says its stage or names it, and carries what it needs."""

    @pytest.mark.parametrize(
        ("fields", "stage", "name"),
        [
            ({"kind": "test"}, Stage.TEST, "civil-eldercare-test"),
            ({"kind": "trial"}, Stage.TRIAL, "civil-eldercare-live"),
            ({"kind": "change", "stage": "production"}, Stage.PRODUCTION, "civil-eldercare-live"),
        ],
    )
    def test_kinds_that_describe_an_environment(self, fields: dict[str, str], stage: Stage, name: str) -> None:
        """Trial and production are one environment with one name."""
        submission = a_submission(**fields)
        assert (submission.stage, submission.environment_name) == (stage, name)

    @pytest.mark.parametrize(
        ("fields", "stage"),
        [
            ({"kind": "extend", "days": 7}, Stage.TEST),
            ({"kind": "production"}, Stage.PRODUCTION),
            ({"kind": "suspend", "stage": "trial", "severity": "high"}, Stage.TRIAL),
            ({"kind": "resume", "stage": "production"}, Stage.PRODUCTION),
            ({"kind": "terminate", "stage": "test"}, Stage.TEST),
        ],
    )
    def test_kinds_that_act_on_one_that_is_there(self, fields: dict[str, object], stage: Stage) -> None:
        """They need no description of an environment, no level and no statement on classification."""
        assert submission_from_data(BARE | fields).stage is stage

    @pytest.mark.parametrize("kind", ["change", "suspend", "resume", "terminate"])
    def test_nothing_is_ended_or_changed_by_a_default_stage(self, kind: str) -> None:
        """Kinds that fit every stage must name the one that is meant."""
        base = TEST_REQUEST if kind == "change" else BARE
        base = base | {"severity": "low"} if kind == "suspend" else base
        assert fields_and_rules(base | {"kind": kind}) == [("stage", "schema/missing")]

    @pytest.mark.parametrize(
        ("fields", "fault"),
        [
            ({"kind": "suspend", "stage": "trial"}, ("severity", "schema/missing")),
            (
                {"kind": "suspend", "stage": "trial", "severity": "high", "fix_by": "2026-12-01"},
                ("fix_by", "schema/not-here"),
            ),
            ({"kind": "resume", "stage": "trial", "severity": "low"}, ("severity", "schema/not-here")),
            ({"kind": "extend", "days": 3, "not_before": "2026-12-01T00:00:00Z"}, ("not_before", "schema/not-here")),
        ],
    )
    def test_fields_belong_to_their_kind(self, fields: dict[str, object], fault: tuple[str, str]) -> None:
        """A finding has its severity, only a low one a day, only a change a begin (Art. 15, 37)."""
        assert fields_and_rules(BARE | fields) == [fault]

    def test_a_stage_that_contradicts_its_kind_is_refused(self) -> None:
        """A test request is about the test environment."""
        assert fields_and_rules(TEST_REQUEST | {"stage": "production"}) == [("stage", "schema/value")]

    @pytest.mark.parametrize("kind", ["terminate", "resume", "change"])
    def test_nobody_asks_for_a_drills_environment(self, kind: str) -> None:
        """Drills make and remove their copies themselves (Art. 44); no request touches one."""
        base = TEST_REQUEST if kind == "change" else BARE
        (found,) = refusals(base | {"kind": kind, "stage": "drill"})
        assert (found.field, found.rule) == ("stage", "schema/value")
        assert "drill" in found.summary

    def test_a_stage_that_agrees_with_its_kind_may_stand_there(self) -> None:
        """Saying it twice does no harm."""
        assert a_submission(stage="test") == a_submission()

    def test_a_new_environment_states_what_the_rules_ask(self) -> None:
        """Classification and level are stated from the first request on, never assumed."""
        expected = [(name, "schema/missing") for name in ("environment", "classified", "mlps")]
        assert fields_and_rules(BARE) == expected

    def test_an_environment_has_no_place_in_a_termination(self) -> None:
        """A termination describes nothing."""
        fields = BARE | {"kind": "terminate", "stage": "test", "environment": WISH}
        assert fields_and_rules(fields) == [("environment", "schema/not-here")]

    def test_an_extension_says_by_how_many_days(self) -> None:
        """And no other kind does (Art. 13)."""
        assert fields_and_rules(BARE | {"kind": "extend"}) == [("days", "schema/missing")]
        assert fields_and_rules(TEST_REQUEST | {"days": 3}) == [("days", "schema/not-here")]

    def test_an_unknown_kind_is_refused_with_the_one_that_may_be_meant(self) -> None:
        """A slip of the finger is recognised."""
        (found,) = refusals(TEST_REQUEST | {"kind": "tset"})
        assert (found.field, found.rule, found.hint) == ("kind", "schema/value", "did you mean 'test'?")

    @pytest.mark.parametrize("kind", [3, None, ["test"], {"test": 1}])
    def test_a_kind_that_is_no_text_is_refused(self, kind: object) -> None:
        """Nothing breaks when JSON holds something else."""
        assert fields_and_rules(TEST_REQUEST | {"kind": kind}) == [("kind", "schema/value")]


class TestForm:
    """Faults of form, each with its field and rule."""

    @pytest.mark.parametrize(
        ("path", "value", "rule"),
        [
            (("unit",), "Civil", "schema/value"),
            (("unit",), "civil-affairs", "schema/value"),
            (("unit",), "a", "schema/value"),
            (("unit",), 7, "schema/type"),
            (("reason",), "", "schema/value"),
            (("reason",), " ", "schema/value"),
            (("classified",), "no", "schema/type"),
            (("classified",), 0, "schema/type"),
            (("mlps",), "2", "schema/type"),
            (("mlps",), 2.0, "schema/type"),
            (("mlps",), 6, "schema/value"),
            (("mlps",), 0, "schema/value"),
            (("material",), {"kind": "plan"}, "schema/type"),
            (("environment",), "three-tier", "schema/type"),
            (("environment", "blueprint"), "../etc", "schema/value"),
            (("environment", "roles"), ["web"], "schema/type"),
            (("environment", "roles", "web"), 3, "schema/type"),
            (("environment", "roles", "web", "count"), "2", "schema/type"),
            (("environment", "roles", "web", "count"), True, "schema/type"),
            (("environment", "roles", "web", "count"), 0, "schema/value"),
            (("environment", "roles", "web", "volumes", "data"), 0, "schema/value"),
            (("environment", "access_from"), [], "schema/value"),
            (("environment", "access_from"), "10.0.0.0/8", "schema/type"),
            (("environment", "network", "cidr"), "10.20.0.1/24", "network"),
            (("environment", "network", "cidr"), "10.20.0.0", "network"),
            (("environment", "network", "cidr"), "8.8.8.0/24", "network"),
            (("environment", "network", "cidr"), "10.0.0.0/8", "network"),
            (("environment", "network", "cidr"), "fd00::/64", "network"),
            (("environment", "network", "cidr"), "10.20.0.0/33", "network"),
            (("environment", "network", "cidr"), 10, "schema/type"),
            (("environment", "emergency_public_key"), "ssh-ed25519 AAAA", "public-key"),
        ],
    )
    def test_a_fault_names_its_field_and_rule(self, path: tuple[str, ...], value: object, rule: str) -> None:
        """One fault, one diagnostic, at the field itself."""
        assert fields_and_rules(changed(TEST_REQUEST, *path, to=value)) == [(".".join(path), rule)]

    @pytest.mark.parametrize(
        ("path", "unknown", "hint"),
        [
            (("reasn",), "reasn", "did you mean 'reason'?"),
            (("environment", "netwrok"), "environment.netwrok", "did you mean 'network'?"),
            (("environment", "roles", "web", "cout"), "environment.roles.web.cout", "did you mean 'count'?"),
            (("zzz",), "zzz", None),
        ],
    )
    def test_an_unknown_field_is_refused(self, path: tuple[str, ...], unknown: str, hint: str | None) -> None:
        """With the field that may be meant."""
        (found,) = refusals(changed(TEST_REQUEST, *path, to=1))
        assert (found.field, found.rule, found.hint) == (unknown, "schema/unknown-field", hint)

    @pytest.mark.parametrize("name", ["Web", "we b", "web-1", ""])
    def test_a_role_needs_a_proper_name(self, name: str) -> None:
        """The key is at fault."""
        (found,) = refusals(changed(TEST_REQUEST, "environment", "roles", name, to={}))
        assert found.rule == "schema/key"

    def test_a_bad_item_is_told_by_its_index_and_only_once(self) -> None:
        """The list does not also seem too short."""
        data = changed(TEST_REQUEST, "environment", "access_from", to=["0.0.0.0/0"])
        assert fields_and_rules(data) == [("environment.access_from.0", "network")]

    def test_every_fault_is_told_at_once(self) -> None:
        """Nobody mends a file in ten rounds."""
        data = changed(TEST_REQUEST | {"unit": 1, "mlps": "x", "what": 2}, "environment", "network", "cidr", to="x")
        assert len(refusals(data)) == 4

    @pytest.mark.parametrize("data", [None, [], "kind: test", 3])
    def test_a_document_that_is_no_mapping_is_refused(self, data: object) -> None:
        """There is no field to name."""
        assert fields_and_rules(data) == [(None, "schema/type")]

    def test_spaces_around_a_text_do_not_count(self) -> None:
        """They are taken off."""
        assert a_submission(reason="  测试  ").reason == "测试"


class TestTexts:
    """What people read shows what was written."""

    @pytest.mark.parametrize("hidden", ["\x1b[31m", "\x00", "\u202e", "\ud800", "\u200b"])
    @pytest.mark.parametrize("field", ["reason", "unit_name", "system_name"])
    def test_characters_that_steer_a_terminal_are_refused(self, field: str, hidden: str) -> None:
        """Controls, direction marks, half characters."""
        ((found, _),) = fields_and_rules(TEST_REQUEST | {field: f"测试{hidden}测试"})
        assert found == field

    def test_a_reason_may_have_lines_and_a_name_may_not(self) -> None:
        """A name stands in tables."""
        assert a_submission(reason="一\n二").reason == "一\n二"
        assert fields_and_rules(TEST_REQUEST | {"unit_name": "一\n二"}) == [("unit_name", "text")]


class TestNetworkTexts:
    """An address range that is no network says what would be one."""

    def test_host_bits_are_refused_with_the_network_that_is_meant(self) -> None:
        """10.20.0.1/24 is a host in 10.20.0.0/24."""
        (found,) = refusals(changed(TEST_REQUEST, "environment", "network", "cidr", to="10.20.0.1/24"))
        assert (found.summary, found.hint) == (
            "'10.20.0.1/24' is no network: it has host bits set",
            "the network is 10.20.0.0/24",
        )

    @pytest.mark.parametrize("cidr", ["0.0.0.0/0", "0.0.0.0/1", "64.0.0.0/2", "10.0.0.0/7"])
    def test_access_is_never_open_to_the_world(self, cidr: str) -> None:
        """A /8 is the widest source."""
        (found,) = refusals(changed(TEST_REQUEST, "environment", "access_from", to=[cidr]))
        assert found.rule == "network"

    def test_one_address_is_a_range_of_its_own(self) -> None:
        """With /32 behind it."""
        wish = a_wish(access_from=["198.51.100.7/32"]).environment
        assert wish is not None
        assert str(wish.access_from[0]) == "198.51.100.7/32"

    def test_a_range_that_was_read_already_is_taken_as_it_is(self) -> None:
        """Other parts of the program hand over values, not texts."""
        value = IPv4Network("10.20.0.0/24")
        wish = a_wish(network={"cidr": value}).environment
        assert wish is not None
        assert wish.network.cidr == value

    def test_resolvers_are_addresses(self) -> None:
        """A name can't resolve names."""
        network = {"cidr": "10.20.0.0/24", "dns": ["10.20.0.2", "dns.example"]}
        data = changed(TEST_REQUEST, "environment", "network", to=network)
        assert fields_and_rules(data) == [("environment.network.dns.1", "network")]


class TestEmergencyKey:
    """The office's key for emergencies (Art. 36): public, or refused."""

    def test_a_public_key_is_kept(self) -> None:
        """With its comment."""
        wish = a_wish(emergency_public_key=ED25519).environment
        assert wish is not None
        assert wish.emergency_public_key == ED25519

    @pytest.mark.parametrize(
        "key",
        [
            "AAAAC3NzaC1lZDI1NTE5AAAAIB0F5bkVxYCtZb9r4sHvvZHcD1YDmZyJbmxP4ZkTzK0o",
            "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIB0F5bkVxYCtZb9r4sHvvZHcD1YDmZyJbmxP4ZkTzK0o",
            "ssh-ed25519 not-base64",
            "ssh-ed25519",
            f'command="sh" {ED25519}',
            f"{ED25519}\n{ED25519}",
        ],
    )
    def test_anything_else_is_refused(self, key: str) -> None:
        """The inner type must be the outer one, on one line, without options."""
        data = changed(TEST_REQUEST, "environment", "emergency_public_key", to=key)
        assert fields_and_rules(data) == [("environment.emergency_public_key", "public-key")]

    def test_a_private_key_is_refused_without_being_repeated(self) -> None:
        """The diagnostic holds nothing of the key."""
        key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----"
        (found,) = refusals(changed(TEST_REQUEST, "environment", "emergency_public_key", to=key))
        assert found.rule == "private-key"
        assert "b3BlbnNzaC1rZXk" not in found.model_dump_json()


class TestDigest:
    """What an approval binds to."""

    def test_the_digest_does_not_depend_on_the_order_of_fields(self) -> None:
        """Canonical JSON sorts keys."""
        backwards = dict(reversed(list(TEST_REQUEST.items())))
        assert submission_from_data(backwards).digest == a_submission().digest

    @pytest.mark.parametrize(
        "other",
        [a_submission(reason="别的原因"), a_submission(mlps=3), a_wish(access_from=["10.0.0.0/9"]), a_termination()],
    )
    def test_another_content_has_another_digest(self, other: Submission) -> None:
        """Each field counts."""
        assert other.digest != a_submission().digest
        assert other.digest.startswith("sha256:")

    @given(
        reason=st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=50).filter(str.strip),
        mlps=st.integers(1, 5),
    )
    def test_a_recorded_content_reads_back_as_the_same_request(self, reason: str, mlps: int) -> None:
        """The record is whole: request and digest follow from it again."""
        submission = a_submission(reason=reason, mlps=mlps)
        again = submission_from_data(submission.content)
        assert (again, again.digest) == (submission, submission.digest)

    def test_every_field_of_the_schema_is_described(self) -> None:
        """Editors show what a field means."""
        schema = Submission.model_json_schema()
        parts = [schema, *(schema["$defs"][name] for name in ("Wish", "NetworkWish", "RoleWish"))]
        undescribed = [
            name for part in parts for name, field in part["properties"].items() if "description" not in field
        ]
        assert undescribed == []
