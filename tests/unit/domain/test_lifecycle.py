"""The lives of requests, environments, operations and grants: what is in a table can happen, and nothing else."""

from __future__ import annotations

from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.errors import ConflictError
from orchestrator.domain.lifecycle import (
    ENVIRONMENT,
    GRANT,
    OPERATION,
    REQUEST,
    EnvironmentEvent,
    EnvironmentState,
    GrantEvent,
    GrantState,
    OperationEvent,
    OperationState,
    RequestEvent,
    RequestState,
    Table,
)

AnyTable = (
    Table[RequestState, RequestEvent]
    | Table[EnvironmentState, EnvironmentEvent]
    | Table[OperationState, OperationEvent]
    | Table[GrantState, GrantEvent]
)
LIVES: tuple[tuple[AnyTable, type[StrEnum], type[StrEnum]], ...] = (
    (REQUEST, RequestState, RequestEvent),
    (ENVIRONMENT, EnvironmentState, EnvironmentEvent),
    (OPERATION, OperationState, OperationEvent),
    (GRANT, GrantState, GrantEvent),
)
each_life = pytest.mark.parametrize(("life", "states", "events"), LIVES, ids=[life.name for life, _, _ in LIVES])


def reachable(life: AnyTable, start: StrEnum) -> set[StrEnum]:
    """Give every state that some walk reaches, the first one included."""
    found, open_states = {start}, [start]
    while open_states:
        here = open_states.pop()
        following = {target for (source, _), target in life.moves.items() if source is here} - found
        found |= following
        open_states += following
    return found


class TestTables:
    """Properties that every table has."""

    @each_life
    def test_every_state_is_reachable(self, life: AnyTable, states: type[StrEnum], events: type[StrEnum]) -> None:
        """No state stands in the code that nothing can get into."""
        assert reachable(life, life.first) == set(states)
        assert {event for _, event in life.moves} == set(events)

    @each_life
    def test_an_end_can_be_reached_from_everywhere(
        self, life: AnyTable, states: type[StrEnum], events: type[StrEnum]
    ) -> None:
        """Nobody gets stuck: from each state some walk ends."""
        assert events
        assert all(reachable(life, state) & life.last for state in states)

    @each_life
    def test_nothing_leaves_an_end(self, life: AnyTable, states: type[StrEnum], events: type[StrEnum]) -> None:
        """The last states are those without a move, and no others are."""
        assert events
        leaving = {source.value for source, _ in life.moves}
        assert {state.value for state in life.last} == {state.value for state in states} - leaving


class TestMoves:
    """What a table answers."""

    def test_a_move_gives_the_next_state(self) -> None:
        """Acceptance comes first (Art. 12)."""
        assert REQUEST.after(RequestState.SUBMITTED, RequestEvent.ACCEPT) is RequestState.ACCEPTED

    def test_an_impossible_move_says_what_is_possible(self) -> None:
        """Nothing is executed before its review."""
        with pytest.raises(ConflictError, match="request is submitted; start is not possible now") as caught:
            REQUEST.after(RequestState.SUBMITTED, RequestEvent.START)
        assert caught.value.diagnostic.detail == "possible now: accept, reject, ask, withdraw"
        assert caught.value.diagnostic.rule == "lifecycle"

    def test_at_the_end_nothing_is_possible(self) -> None:
        """A retired environment stays retired."""
        with pytest.raises(ConflictError) as caught:
            ENVIRONMENT.after(EnvironmentState.RETIRED, EnvironmentEvent.PROVISION)
        assert caught.value.diagnostic.detail == "possible now: nothing"

    @given(walk=st.lists(st.sampled_from(EnvironmentEvent), max_size=30))
    def test_a_walk_of_an_environment_never_leaves_the_table(self, walk: list[EnvironmentEvent]) -> None:
        """Each event either follows the table or is refused and changes nothing."""
        state = ENVIRONMENT.first
        for event in walk:
            state = follow(ENVIRONMENT, state, event)
            assert state in EnvironmentState

    @given(walk=st.lists(st.sampled_from(RequestEvent), max_size=30))
    def test_a_request_is_executed_only_after_acceptance_and_review(self, walk: list[RequestEvent]) -> None:
        """Whatever is tried, in whatever order (Art. 10)."""
        state, seen = REQUEST.first, [REQUEST.first]
        for event in walk:
            state = follow(REQUEST, state, event)
            seen.append(state)
        if RequestState.EXECUTING in seen:
            before = seen[: seen.index(RequestState.EXECUTING)]
            assert before.index(RequestState.ACCEPTED) < before.index(RequestState.REVIEWED)

    @given(walk=st.lists(st.sampled_from(OperationEvent), max_size=30))
    def test_a_success_is_final(self, walk: list[OperationEvent]) -> None:
        """No event brings a succeeded operation back."""
        state = OPERATION.first
        for event in walk:
            following = follow(OPERATION, state, event)
            assert state is not OperationState.SUCCEEDED or following is state
            state = following

    @given(walk=st.lists(st.sampled_from(GrantEvent), max_size=30))
    def test_a_right_to_enter_that_ended_never_comes_back(self, walk: list[GrantEvent]) -> None:
        """Whoever wants to enter again asks again (Art. 36); nothing is granted after a refusal."""
        state = GRANT.first
        for event in walk:
            following = follow(GRANT, state, event)
            assert following is not GrantState.GRANTED or state in {GrantState.REQUESTED, GrantState.GRANTED}
            assert state not in GRANT.last or following is state
            state = following


def follow[S: StrEnum, E: StrEnum](life: Table[S, E], state: S, event: E) -> S:
    """Give the next state, or the same one when the table refuses."""
    try:
        return life.after(state, event)
    except ConflictError:
        assert event not in life.events(state)
        return state
