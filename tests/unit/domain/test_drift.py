"""Drift: what differs from what was made, what it is called, how grave it is, and what may be done about it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.drift import (
    CLOSED_GROUP,
    UNOWNED,
    Sight,
    Suspect,
    compare,
    drift_id,
    parted,
    recorded,
    response,
    unmendable,
    value_text,
    why_not_mended,
)
from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.records import DriftClass, Made, Severity, Suppression, Thing, ThingKind
from orchestrator.domain.rulebook import Response
from tests.drift_samples import a_drift, a_made, a_thing
from tests.samples import OFFICER, START
from tests.unit.domain.samples import the_rulebook

RULES = the_rulebook().drift
READY = EnvironmentState.READY
NAMES = st.sampled_from(("a", "b", "c", "d", "e"))
THINGS = st.lists(
    st.builds(
        lambda kind, name, value: a_thing(kind, name, properties={"name": value}),
        st.sampled_from([str(kind) for kind in ThingKind if kind not in UNOWNED]),
        NAMES,
        NAMES,
    ),
    unique_by=lambda thing: (thing.kind, thing.id),
    max_size=8,
)


def sees(*things: Thing, made: Made | None = None, **silent: Diagnostic) -> Sight:
    """Give a sight of things beside those of the record."""
    kinds = {ThingKind(kind.replace("_", "-")): said for kind, said in silent.items()}
    return Sight(things=(*(made.things if made else ()), *things), silent=kinds)


def told(made: Made, sight: Sight, state: EnvironmentState = READY) -> list[tuple[str, str]]:
    """Give class and name of what differs."""
    return [(str(one.drift), one.name) for one in compare(made, sight, state)]


class TestComparison:
    """Every class by itself."""

    @given(THINGS)
    def test_what_is_as_it_was_made_is_no_drift(self, things: list[Thing]) -> None:
        """Whatever stands there, in any order, beside things of other projects."""
        made = a_made(*things)
        elsewhere = a_thing("network", "of-others", project="p2")
        assert compare(made, Sight(things=(elsewhere, *reversed(made.things))), READY) == ()

    @given(THINGS, THINGS)
    def test_each_thing_is_told_at_most_once(self, made: list[Thing], seen: list[Thing]) -> None:
        """As changed, missing or extra, never as two of them, and only when it really differs."""
        record = a_made(*made)
        found = compare(record, Sight(things=(record.things[0], *seen)), READY)
        assert len({(one.kind, one.thing) for one in found}) == len(found)
        before, now = ({(one.kind, one.id): one for one in things} for things in (made, seen))
        for one in found:
            key = (one.kind, one.thing)
            assert before.get(key) != now.get(key)

    @given(THINGS)
    def test_an_environment_is_compared_with_what_is_its_own(self, things: list[Thing]) -> None:
        """Its project's things and its users, whatever else stands in the fleet."""
        user, other = a_thing("user", "u1", project=""), a_thing("user", "u2", project="")
        made = a_made(*things, user)
        elsewhere = a_thing("network", "of-others", project="p2")
        mine = parted(Sight(things=(elsewhere, other, *made.things)), [made])[made.subject]
        assert set(map(str, mine.things)) == set(map(str, made.things))

    def test_a_property_that_differs_is_named_with_both_values(self) -> None:
        """A property that only one side tells is none that can be compared."""
        made = a_made(a_thing(properties={"groups": "g1", "name": "web-1", "unseen": "x"}))
        (found,) = compare(made, sees(made.things[0], a_thing(properties={"groups": "g1, g2", "name": "web-1"})), READY)
        assert (found.drift, found.kind, found.name) == (DriftClass.CHANGED, ThingKind.PORT, "the-port-1")
        assert [(one.name, one.expected, one.found) for one in found.properties] == [("groups", "g1", "g1, g2")]

    def test_what_is_gone_is_missing_and_what_nobody_knows_is_extra(self) -> None:
        """A port that was made anew by hand is both: another id is another thing."""
        made = a_made(a_thing())
        assert told(made, sees(made.things[0], a_thing(thing_id="port-2"))) == [
            ("extra", "the-port-2"),
            ("missing", "the-port-1"),
        ]

    @pytest.mark.parametrize("kind", sorted(UNOWNED))
    def test_what_a_project_has_one_of_is_never_extra(self, kind: str) -> None:
        """Users, quotas and projects that no record knows are none of this environment's."""
        made = a_made()
        assert told(made, sees(a_thing(kind, "other"), made=made)) == []

    def test_what_goes_with_another_thing_is_not_told_beside_it(self) -> None:
        """A server's attachment, the rules of a group: the one that they belong to says enough."""
        group, rule = a_thing("security-group", "g1"), a_thing("security-group-rule", "r1", part_of="g1")
        made = a_made(group, rule)
        assert told(made, sees(made.things[0])) == [("missing", "the-g1")]
        assert told(made, sees(made.things[0], group)) == [("missing", "the-r1")]
        assert told(a_made(), sees(made=made)) == [("extra", "the-g1")]

    def test_a_kind_whose_service_is_silent_is_not_missing(self) -> None:
        """Nothing is told from silence; the other kinds are compared."""
        silent = Diagnostic(summary="network does not answer in time")
        made = a_made(a_thing(), a_thing("volume", "v1"))
        assert told(made, sees(made.things[0], port=silent)) == [("missing", "the-v1")]

    def test_what_a_stop_or_a_suspension_changes_by_right_is_no_drift(self) -> None:
        """Servers that are off, ports without groups and the closed group count only while the environment is ready."""
        made = a_made(
            a_thing("server", "s1", properties={"status": "ACTIVE", "flavor": "small"}),
            a_thing(properties={"groups": "g1"}),
        )
        stopped = a_thing("server", "s1", properties={"status": "SHUTOFF", "flavor": "small"})
        closed = a_thing("security-group", "g2", name=CLOSED_GROUP)
        sight = sees(made.things[0], stopped, a_thing(properties={"groups": "g2"}), closed)
        assert told(made, sight) == [("changed", "the-port-1"), ("changed", "the-s1"), ("extra", CLOSED_GROUP)]
        assert told(made, sight, EnvironmentState.SUSPENDED) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (False, ""),
        (True, "true"),
        ("", ""),
        ([], ""),
        (0, "0"),
        (20, "20"),
        (20.0, "20"),
        (0.5, "0.5"),
        (["b", "a"], "a, b"),
        ("ACTIVE", "ACTIVE"),
    ],
)
def test_both_sides_write_a_value_alike(value: object, text: str) -> None:
    """The engine tells no value where the cloud says false or nothing; lists have no order."""
    assert value_text(value) == text


class TestRecords:
    """What is kept of a difference."""

    def test_another_value_is_another_drift(self) -> None:
        """Somebody's word for one change does not cover the next; the name and the order do not matter."""
        one = Suspect(drift=DriftClass.EXTRA, kind=ThingKind.PORT, thing="port-1", name="web-1")
        ids = {
            drift_id("a@req-1", one),
            drift_id("a@req-1", one.model_copy(update={"name": "other"})),
            drift_id("a@req-2", one),
            drift_id("a@req-1", one.model_copy(update={"drift": DriftClass.MISSING})),
        }
        assert len(ids) == 3

    @pytest.mark.parametrize(
        ("drift", "kind", "grave"),
        [
            ("extra", "security-group-rule", Severity.HIGH),
            ("extra", "role-assignment", Severity.HIGH),
            ("changed", "subnet", Severity.LOW),
            ("changed", "volume", Severity.LOW),
            ("missing", "volume", Severity.HIGH),
            ("missing", "port", Severity.LOW),
        ],
    )
    def test_what_opens_doors_or_loses_data_is_grave(self, drift: str, kind: str, grave: Severity) -> None:
        """By the rulebook's kinds, and by what held data."""
        suspect = Suspect(drift=DriftClass(drift), kind=ThingKind(kind), thing="x", name="x")
        found = recorded(suspect, a_made(), RULES, START)
        assert (found.severity, found.environment, found.found_at, found.seen_at) == (
            grave,
            a_made().environment,
            START,
            START,
        )

    def test_a_word_covers_a_drift_until_its_time_is_over(self) -> None:
        """And not at that instant itself."""
        until = START + timedelta(days=1)
        word = Suppression(by=OFFICER, reason="maintenance", at=START, until=until)
        drift = a_drift(suppression=word)
        assert drift.suppressed(START)
        assert not drift.suppressed(until)
        assert not a_drift().suppressed(START)


class TestMending:
    """What a machine may do about it."""

    @pytest.mark.parametrize(
        ("drift", "kind", "stateful", "answer"),
        [
            ("changed", "port", False, Response.PROPOSE),
            ("changed", "volume", True, Response.PROPOSE),
            ("missing", "port", False, Response.PROPOSE),
            ("missing", "volume", True, Response.TELL),
            ("extra", "port", False, Response.TELL),
        ],
    )
    def test_what_cannot_be_mended_is_told(self, drift: str, kind: str, stateful: bool, answer: Response) -> None:  # noqa: FBT001  a field of the record
        """An extra thing may be somebody's work; an empty volume would hide that data are gone."""
        found = a_drift(drift=drift, kind=kind, stateful=stateful)
        assert response(found, RULES) is answer
        assert bool(why_not_mended(found)) is (answer is Response.TELL)

    def test_a_missing_thing_that_held_data_stands_in_the_way(self) -> None:
        """What is extra or changed does not."""
        lost = a_drift("drift-2", drift="missing", kind="server", stateful=True)
        assert unmendable((a_drift(stateful=True), lost, a_drift("drift-3", drift="extra", stateful=True))) == (lost,)
