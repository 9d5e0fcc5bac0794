"""The lines that a task changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.adapters.ansible.changes import LINES_TOLD, changed_lines
from orchestrator.adapters.ansible.masking import HIDDEN, Mask


def test_lines_of_a_file_stand_under_its_name() -> None:
    """Only what differs, marked as a unified diff marks it."""
    diff = {"before": "a\nb\nc\n", "after": "a\nB\nc\n", "after_header": "/etc/x"}
    assert changed_lines({"diff": diff}) == ("/etc/x", "-b", "+B")


def test_objects_are_written_out() -> None:
    """Modules tell mode and owner as objects."""
    assert changed_lines({"diff": [{"before": {"mode": "0644"}, "after": {"mode": "0600"}}]}) == (
        '- "mode": "0644"',
        '+ "mode": "0600"',
    )


def test_a_text_that_a_module_prepared_is_taken_as_it_is() -> None:
    """Package managers tell what they did in words of their own."""
    assert changed_lines({"diff": {"prepared": "Inst curl [1] (2)\n"}}) == ("Inst curl [1] (2)",)


def test_a_loop_tells_its_changed_rounds() -> None:
    """Rounds that changed nothing have nothing to tell."""
    rounds = [{"changed": True, "diff": {"before": "", "after": "x\n"}}, {"diff": {"before": "", "after": "y\n"}}]
    assert changed_lines({"results": rounds}) == ("+x",)


def test_a_long_change_is_cut() -> None:
    """The rest is a number."""
    lines = changed_lines({"diff": {"before": "", "after": "x\n" * 100}})
    assert (len(lines), lines[-1]) == (LINES_TOLD + 1, "… and 60 more")


@given(secret=st.text(st.characters(exclude_categories=["Cs"]), min_size=8), around=st.text("ab{}\"'\n ", max_size=5))
def test_no_secret_gets_through_the_mask(secret: str, around: str) -> None:
    """Whatever it is made of, in whatever text and depth it turns up."""
    masked = Mask([secret]).value({f"{around}{secret}": [{"x": f"{secret}{around}"}, 1, None]})
    if secret not in HIDDEN + around:
        assert secret not in str(masked["x"] if "x" in masked else next(iter(masked.values()))[0]["x"])
