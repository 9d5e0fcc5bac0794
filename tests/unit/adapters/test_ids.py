"""Ids are unique, sort by time, and fit wherever an id is written."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.adapters.ids import SortableIds

MILLISECOND = 1_000_000
NOW = 1_772_415_000_000 * MILLISECOND


def test_an_id_is_a_prefix_and_twenty_letters() -> None:
    """The form is the one that specifications accept."""
    made = SortableIds().new("req")
    assert re.fullmatch(r"req-[0-9a-hjkmnp-tv-z]{20}", made)
    assert re.fullmatch(r"^[a-z0-9-]{1,64}$", made)


@given(st.lists(st.integers(NOW, NOW + 5 * MILLISECOND), min_size=2, max_size=20))
def test_every_id_of_a_process_is_greater_than_the_one_before(instants: list[int]) -> None:
    """Also within one millisecond, and when the clock is set back."""
    clock = iter(instants)
    ids = SortableIds(clock_nanoseconds=lambda: next(clock))
    made = [ids.new("op") for _ in instants]
    assert made == sorted(set(made))


def test_ids_of_two_processes_sort_by_time() -> None:
    """An id of a later millisecond is greater, whatever the random part is."""
    early = SortableIds(lambda: NOW, lambda bits: (1 << bits) - 1).new("req")
    late = SortableIds(lambda: NOW + MILLISECOND, lambda _: 0).new("req")
    assert early < late


def test_threads_never_get_the_same_id() -> None:
    """Many threads that ask at once get different ids."""
    ids = SortableIds()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: ids.new("op"), range(2000)))
    assert len(set(made)) == 2000
