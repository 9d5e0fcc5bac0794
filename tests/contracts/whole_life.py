"""The contract of :class:`orchestrator.ports.Records`: backups, holds, rulebooks, certificates and checkpoints."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.adapters.store.records import SqlRecords
from orchestrator.adapters.store.tables import rulebooks
from orchestrator.domain.errors import ConflictError, NotFoundError
from orchestrator.ports import Records
from tests.life_samples import (
    EVALUATION,
    OFFLINE,
    SUBJECT,
    WAIVER,
    a_backup,
    a_certificate,
    a_checkpoint,
    a_hold,
    a_rulebook,
)
from tests.samples import DIGEST, OFFICER, START, a_request, an_environment

DAY = timedelta(days=1)
FILING = {
    "kind": "filing-certificate",
    "name": "备案.pdf",
    "sha256": "a" * 64,
    "size": 7,
    "issuer": "公安局",
    "valid_until": "2027-12-31",
}


class BacklogContract:
    """Backups are found by id and by the life that they belong to."""

    def test_a_backup_is_stored_and_replaced(self, records: Records) -> None:
        """A backup that was compared meanwhile replaces the one of its id (Art. 16, 30)."""
        compared = a_backup(compared_at=START + DAY)
        with records.transaction() as transaction:
            transaction.backups.put(a_backup())
            transaction.backups.put(compared)
        with records.read() as look:
            assert look.backups.get("bak-1") == compared

    def test_a_life_has_its_own_backups(self, records: Records) -> None:
        """The newest comes first; an earlier environment of the same name is another life."""
        earlier = a_backup("bak-other", subject="water-gauge-test@req-0")
        with records.transaction() as transaction:
            for backup in (a_backup("bak-1", until=None), a_backup("bak-2"), earlier):
                transaction.backups.put(backup)
            transaction.backups.put(a_backup("bak-1", removed_at=START))
        with records.read() as look:
            assert [backup.id for backup in look.backups.of(SUBJECT)] == ["bak-2", "bak-1"]

    def test_an_unknown_backup_is_not_found(self, records: Records) -> None:
        """The error names those that look like it."""
        with records.transaction() as transaction:
            transaction.backups.put(a_backup("bak-01k9"))
            with pytest.raises(NotFoundError) as caught:
                transaction.backups.get("bak-01k8")
        assert caught.value.diagnostic.hint == "did you mean bak-01k9?"


class HoldsContract:
    """Art. 46: no further resources for a system, or for a whole unit."""

    def test_holds_in_force_on_a_system(self, records: Records) -> None:
        """Its own and those on its whole unit count; lifted ones and those of others do not."""
        held = (a_hold("own"), a_hold("unit", system=""), a_hold("other", system="dam"), a_hold("far", unit="roads"))
        lifted = a_hold("lifted", lifted_at=START + DAY, lifted_by=OFFICER)
        with records.transaction() as transaction:
            for hold in (*held, lifted):
                transaction.holds.put(hold)
        with records.read() as look:
            assert [hold.id for hold in look.holds.on("water", "gauge")] == ["unit", "own"]
            assert [hold.id for hold in look.holds.on("roads", "lamps")] == []
            assert [hold.id for hold in look.holds.list()] == ["lifted", "far", "other", "unit", "own"]
            assert len(look.holds.list(limit=2)) == 2

    def test_a_lifted_hold_holds_no_more(self, records: Records) -> None:
        """Lifting replaces the hold, keeps its place in the list, and says who did it."""
        lifted = a_hold(lifted_at=START + DAY, lifted_by=OFFICER)
        with records.transaction() as transaction:
            transaction.holds.put(a_hold())
            transaction.holds.put(lifted)
            assert transaction.holds.on("water", "gauge") == ()
            assert transaction.holds.get("hold-1") == lifted
            with pytest.raises(NotFoundError):
                transaction.holds.get("hold-9")


class RulebooksContract:
    """A running request keeps the version under which it was submitted."""

    def test_a_version_comes_back_whole(self, records: Records) -> None:
        """Keeping the same content again changes nothing."""
        with records.transaction() as transaction:
            transaction.rulebooks.keep(a_rulebook())
            transaction.rulebooks.keep(a_rulebook())
        with records.read() as look:
            assert look.rulebooks.get(a_rulebook().label) == a_rulebook()

    def test_a_label_has_one_content(self, records: Records) -> None:
        """Other numbers need another version; both versions are kept then."""
        changed = a_rulebook(title="another city")
        raised = a_rulebook(title="another city", version=a_rulebook().version + 1)
        with records.transaction() as transaction:
            transaction.rulebooks.keep(a_rulebook())
            with pytest.raises(ConflictError, match="another content"):
                transaction.rulebooks.keep(changed)
            transaction.rulebooks.keep(raised)
            assert transaction.rulebooks.get(raised.label).title == "another city"
            assert transaction.rulebooks.get(a_rulebook().label) == a_rulebook()
            assert transaction.rulebooks.labels() == (a_rulebook().label, raised.label)

    def test_rules_that_came_later_are_those_of_the_present_rulebook(self, records: Records) -> None:
        """A version that an older Tenure kept has all of its own numbers, and today's where it has none."""
        older = a_rulebook(version=1).model_dump(mode="json")
        older["periods"]["trial"]["value"] = 60
        del older["care"]["patch_within"]
        assert isinstance(records, SqlRecords)
        with records.engine.begin() as connection:
            connection.execute(rulebooks.insert().values(label="default@1", rulebook=older))
        with records.read() as look:
            found = look.rulebooks.get("default@1", present=a_rulebook())
            assert (found.version, found.periods.trial.value) == (1, 60)
            assert found.care.patch_within == a_rulebook().care.patch_within
            with pytest.raises(ConflictError, match="kept by another Tenure"):
                look.rulebooks.get("default@1")

    def test_an_unknown_version_is_not_found(self, records: Records) -> None:
        """The error names the versions that look like it."""
        with records.transaction() as transaction:
            transaction.rulebooks.keep(a_rulebook())
            with pytest.raises(NotFoundError) as caught:
                transaction.rulebooks.get("default@99")
        assert caught.value.diagnostic.hint == f"did you mean {a_rulebook().label}?"


class CertificatesContract:
    """Certificates are stored once and never changed."""

    def test_a_certificate_comes_back_as_it_was_signed(self, records: Records) -> None:
        """Not a byte of what was signed is different afterwards."""
        with records.transaction() as transaction:
            transaction.certificates.add(a_certificate())
        with records.read() as look:
            found = look.certificates.find("water-gauge-test")
        assert found == a_certificate()
        assert found.certificate.canonical == a_certificate().certificate.canonical

    def test_the_newest_of_a_name_is_found(self, records: Records) -> None:
        """A name that was used again has a certificate for each life; the same id again is ignored."""
        with records.transaction() as transaction:
            for certificate_id in ("cert-1", "cert-2", "cert-1"):
                transaction.certificates.add(a_certificate(certificate_id))
            transaction.certificates.add(a_certificate("cert-3", environment="water-dam-test"))
        with records.read() as look:
            found = look.certificates.find("water-gauge-test")
            assert found is not None
            assert found.certificate.id == "cert-2"
            assert look.certificates.find("water-none-test") is None
            assert [one.certificate.id for one in look.certificates.list(limit=2)] == ["cert-3", "cert-2"]


class CheckpointsContract:
    """Checkpoints sign the audit log in order."""

    def test_checkpoints_are_in_order(self, records: Records) -> None:
        """The newest signs the highest entry; a second one for an entry is ignored."""
        with records.transaction() as transaction:
            assert transaction.checkpoints.newest() is None
            for sequence in (1, 200, 100):
                transaction.checkpoints.add(a_checkpoint(sequence))
            transaction.checkpoints.add(a_checkpoint(100, hash="0" * 64))
        with records.read() as look:
            assert look.checkpoints.newest() == a_checkpoint(200)
            assert look.checkpoints.list(after=1) == (a_checkpoint(100), a_checkpoint(200))
            assert [one.sequence for one in look.checkpoints.list(limit=2)] == [1, 100]


class WholeRecordsContract:
    """What a whole life adds to requests and environments is kept."""

    def test_a_request_keeps_what_was_shown_and_waived(self, records: Records) -> None:
        """Plan, waivers, evidence, what the unit is asked for, and the weight of a change."""
        asked = a_request(
            state="waiting",
            plan_digest=DIGEST,
            waivers=(WAIVER,),
            evidence=(OFFLINE,),
            waiting_for="等保备案证明",
            weight="major",
            material=(FILING,),
        )
        with records.transaction() as transaction:
            transaction.requests.add(asked)
        with records.read() as look:
            assert look.requests.get("req-1") == asked

    def test_an_environment_keeps_its_milestones(self, records: Records) -> None:
        """Evaluations (Art. 21), promotion and suspension (Art. 37)."""
        promoted = an_environment(evaluations=(EVALUATION,), promoted_at=START, suspended_at=START + DAY)
        with records.transaction() as transaction:
            transaction.environments.add(promoted)
        with records.read() as look:
            assert look.environments.get("water-gauge-test") == promoted
