"""Instants as people write them: Shanghai's unless they name another zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orchestrator.cli.moments import moment_of
from orchestrator.domain.errors import BadInputError

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("now", NOW),
        ("2026-03-02T20:00", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-03-02 20:00", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-03-02T12:00Z", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-03-02T12:00+00:00", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-03-02T00:00", datetime(2026, 3, 1, 16, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 2, 16, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read(text: str, read: datetime) -> None:
    """A day alone is its end, midnight that is written out is midnight."""
    assert moment_of(text, NOW) == read


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "20:00"])
def test_what_is_no_instant_is_told_with_its_forms(text: str) -> None:
    """The hint shows how to write it."""
    with pytest.raises(BadInputError) as caught:
        moment_of(text, NOW)
    assert "2026-03-02T20:00" in str(caught.value.diagnostic.hint)
