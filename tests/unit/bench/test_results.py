"""Ratios are medians of pairs, and a part's JSON has exactly the format that pipelines read."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.results import Pairs, Result, medians

SECONDS = st.floats(min_value=0.01, max_value=1000)


def a_result(**changes: dict[str, float]) -> Result:
    """Give a result in which the one bound is kept, unless changed."""
    fields: dict[str, dict[str, float]] = {
        "ratios": {"create_vs_opentofu": 1.05, "other_vs_opentofu": 3.0},
        "figures": {"tenure_create_seconds": 11.5},
        "wanted": {"create_vs_opentofu": 1.1},
    }
    return Result.model_validate({"part": "provision", "rounds": 5, **fields, **changes})


def test_the_ratio_is_the_median_of_the_pairs_not_the_ratio_of_the_medians() -> None:
    """Each round is compared within itself, since the machine may be slower in one round than in another."""
    pairs = Pairs()
    for ours, theirs in ((10.0, 10.0), (40.0, 20.0), (9.0, 3.0)):
        pairs.add(ours, theirs)

    assert pairs.ratio == 2.0


def test_a_ratio_to_our_own_time_is_wanted_to_be_large() -> None:
    """``other_vs_tenure`` says how many times faster we are: its bound is the least that it may be."""
    result = a_result(ratios={"plain_vs_tenure": 2.5, "create_vs_opentofu": 1.0}, wanted={"plain_vs_tenure": 2.0})
    assert result.missed() == ()
    assert a_result(ratios={"plain_vs_tenure": 1.5}, wanted={"plain_vs_tenure": 2.0}).missed() == ("plain_vs_tenure",)


def test_x_vs_y_is_time_of_x_over_time_of_y() -> None:
    """A ratio under one means that ours took less time."""
    pairs = Pairs()
    pairs.add(5.0, 10.0)

    assert pairs.ratio == 0.5


def test_without_a_pair_there_is_no_ratio() -> None:
    """Nothing measured is an error, not a number."""
    with pytest.raises(ValueError, match="no median"):
        _ = Pairs().ratio


@given(st.lists(st.tuples(SECONDS, SECONDS), min_size=1, max_size=9))
def test_the_ratio_lies_between_the_best_and_the_worst_round(rounds: list[tuple[float, float]]) -> None:
    """Whatever was measured, the ratio is one that some rounds reached."""
    pairs = Pairs()
    for ours, theirs in rounds:
        pairs.add(ours, theirs)
    each = [ours / theirs for ours, theirs in rounds]

    assert round(min(each), 4) <= pairs.ratio <= round(max(each), 4)


@given(st.lists(st.fixed_dictionaries({"a": SECONDS}, optional={"b": SECONDS}), min_size=1, max_size=9))
def test_figures_are_medians_over_the_rounds_that_have_them(measured: list[dict[str, float]]) -> None:
    """A figure that only some rounds gave is the median of those."""
    found = medians(measured)

    assert found["a"] == pytest.approx(median(one["a"] for one in measured), abs=0.001)
    assert ("b" in found) == any("b" in one for one in measured)


def test_the_file_has_exactly_the_published_fields(tmp_path: Path) -> None:
    """Pipelines read part, ratios, figures, wanted and rounds, and nothing else."""
    file = a_result().keep(tmp_path / "results")

    assert file.name == "provision.json"
    assert json.loads(file.read_text(encoding="utf-8")) == {
        "part": "provision",
        "ratios": {"create_vs_opentofu": 1.05, "other_vs_opentofu": 3.0},
        "figures": {"tenure_create_seconds": 11.5},
        "wanted": {"create_vs_opentofu": 1.1},
        "rounds": 5,
    }


def test_a_bound_that_is_passed_is_missed_and_told() -> None:
    """The bound itself is still good; a ratio without a bound is told without a verdict."""
    good = a_result(ratios={"create_vs_opentofu": 1.1, "other_vs_opentofu": 3.0})
    bad = a_result(ratios={"create_vs_opentofu": 1.11})

    assert good.missed() == ()
    assert "MISSED" not in good.table()
    assert bad.missed() == ("create_vs_opentofu",)
    assert "MISSED" in bad.table()


def test_a_bound_that_was_not_measured_is_missed() -> None:
    """A part cannot keep its bounds by leaving them out."""
    assert a_result(ratios={}).missed() == ("create_vs_opentofu",)


def test_a_speed_has_a_lower_bound() -> None:
    """What is counted in a second should be more than its bound; other figures should be less than theirs."""
    bounds = {"append_per_s": 2000.0, "sweep_seconds": 1.0}
    good = a_result(figures={"append_per_s": 2000.0, "sweep_seconds": 1.0}, wanted=bounds)
    bad = a_result(figures={"append_per_s": 1999.0, "sweep_seconds": 1.1}, wanted=bounds)

    assert good.missed() == ()
    assert bad.missed() == ("append_per_s", "sweep_seconds")
    assert a_result(figures={}, wanted=bounds).missed() == ("append_per_s", "sweep_seconds")
