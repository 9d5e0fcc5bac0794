"""The contract of :class:`orchestrator.ports.Records`: what was made, drifts, and looks at the fleet."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.domain.errors import NotFoundError
from orchestrator.ports import Records
from tests.drift_samples import a_drift, a_made, a_scan, a_thing
from tests.life_samples import SUBJECT
from tests.samples import OFFICER, START

EARLIER_LIFE = "water-gauge-test@req-0"
HOUR = timedelta(hours=1)


class MadeThingsContract:
    """What stands is one record for each life of an environment."""

    def test_the_newest_work_replaces_the_record(self, records: Records) -> None:
        """With every thing and its properties; another life has its own, and one that made nothing has none."""
        first, second = a_made(a_thing()), a_made(a_thing(properties={"groups": "a, b"}), operation="op-2")
        with records.transaction() as transaction:
            for made in (first, second, a_made(subject=EARLIER_LIFE)):
                transaction.made.put(made)
        with records.read() as look:
            assert look.made.of(SUBJECT) == second
            assert look.made.of("water-gauge-test@req-9") is None


class DriftsContract:
    """Where the cloud differs, or did."""

    def test_a_drift_is_stored_replaced_and_listed(self, records: Records) -> None:
        """The newest comes first; what is gone stays on record and is in no list of open ones."""
        word = {"by": OFFICER, "reason": "维护", "at": START, "until": START + HOUR}
        suppressed, gone = a_drift(suppression=word, told_at=START), a_drift("drift-2", gone_at=START + HOUR)
        with records.transaction() as transaction:
            for drift in (a_drift(), gone, a_drift("drift-3", subject=EARLIER_LIFE), suppressed):
                transaction.drifts.put(drift)
        with records.read() as look:
            assert look.drifts.get("drift-1") == suppressed
            assert look.drifts.of(SUBJECT) == (gone, suppressed)
            assert [drift.id for drift in look.drifts.open()] == ["drift-3", "drift-1"]
            assert [drift.id for drift in look.drifts.open(limit=1)] == ["drift-3"]

    def test_an_unknown_one_is_not_found(self, records: Records) -> None:
        """The error names those that look like it."""
        with records.transaction() as transaction:
            transaction.drifts.put(a_drift("drift-01k9"))
            with pytest.raises(NotFoundError) as caught:
                transaction.drifts.get("drift-01k8")
        assert caught.value.diagnostic.hint == "did you mean drift-01k9?"


class DriftScansContract:
    """The looks at the whole fleet."""

    def test_the_one_that_was_begun_last_is_the_newest(self, records: Records) -> None:
        """It is replaced when it is over; before the first there is none."""
        over = a_scan("scan-2", finished_at=START + HOUR, environments=3, silent={"server": "no answer"}, found=1)
        with records.transaction() as transaction:
            assert transaction.drift_scans.newest() is None
            for scan in (a_scan(), a_scan("scan-2"), over):
                transaction.drift_scans.put(scan)
        with records.read() as look:
            assert look.drift_scans.newest() == over
