"""The contract of :class:`orchestrator.ports.Records`: rights to enter hosts, and what is known of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from orchestrator.domain.errors import ConflictError, NotFoundError
from orchestrator.domain.lifecycle import GrantState
from orchestrator.domain.records import ReportKind
from orchestrator.ports import Records
from tests.care_samples import a_finding, a_grant, a_patch_window, a_report, an_authorisation, an_exclusion
from tests.life_samples import SUBJECT
from tests.samples import OFFICER, START

EARLIER_LIFE = "water-gauge-test@req-0"
HOUR = timedelta(hours=1)


class AuthorisationsContract:
    """Art. 36: office and unit authorise kinds of jobs for one life of an environment."""

    def test_a_life_has_its_own_authorisations(self, records: Records) -> None:
        """The newest comes first; what was authorised for an earlier environment of the name counts no more."""
        earlier = an_authorisation("auth-other", subject=EARLIER_LIFE)
        with records.transaction() as transaction:
            for authorisation in (an_authorisation("auth-1"), earlier, an_authorisation("auth-2", by_office=None)):
                transaction.authorisations.put(authorisation)
        with records.read() as look:
            found = look.authorisations.of(SUBJECT)
            assert found == (an_authorisation("auth-2", by_office=None), an_authorisation("auth-1"))
            assert [authorisation.in_force for authorisation in found] == [False, True]

    def test_a_revoked_one_stays_on_record_and_is_none(self, records: Records) -> None:
        """Revoking replaces it, keeps its place in the list, and says who did it."""
        revoked = an_authorisation(revoked_at=START + HOUR, revoked_by=OFFICER)
        with records.transaction() as transaction:
            for authorisation in (an_authorisation(), an_authorisation("auth-2"), revoked):
                transaction.authorisations.put(authorisation)
            assert transaction.authorisations.get("auth-1") == revoked
            assert [each.id for each in transaction.authorisations.of(SUBJECT) if each.in_force] == ["auth-2"]

    def test_an_unknown_one_is_not_found(self, records: Records) -> None:
        """The error names those that look like it."""
        with records.transaction() as transaction:
            transaction.authorisations.put(an_authorisation("auth-01k9"))
            with pytest.raises(NotFoundError) as caught:
                transaction.authorisations.get("auth-01k8")
        assert caught.value.diagnostic.hint == "did you mean auth-01k9?"


class GrantsContract:
    """Art. 36: a person's right to enter, from the question to its end."""

    def test_a_grant_is_stored_and_replaced(self, records: Records) -> None:
        """With both approvals, its time and the serial numbers of its certificates, of 64 bits."""
        granted = a_grant(
            state="granted", by_office=OFFICER, granted_at=START, until=START + HOUR, serials=(1, 2**63 + 7)
        )
        with records.transaction() as transaction:
            transaction.grants.put(a_grant())
            transaction.grants.put(granted, expected=a_grant())
        with records.read() as look:
            assert look.grants.get("gr-1") == granted

    def test_of_two_who_decide_at_once_one_is_refused(self, records: Records) -> None:
        """An approval is for what the approver saw."""
        with records.transaction() as transaction:
            transaction.grants.put(a_grant())
            transaction.grants.put(a_grant(state="refused"), expected=a_grant())
            with pytest.raises(ConflictError, match="changed meanwhile") as caught:
                transaction.grants.put(a_grant(state="granted"), expected=a_grant())
            assert transaction.grants.get("gr-1").state is GrantState.REFUSED
        assert caught.value.diagnostic.detail == "state was requested, is refused"

    def test_lists_are_by_environment_and_state(self, records: Records) -> None:
        """The newest comes first, up to the limit; no state wanted finds none."""
        with records.transaction() as transaction:
            for grant in (a_grant("gr-1", state="granted"), a_grant("gr-2"), a_grant("gr-3", state="revoked")):
                transaction.grants.put(grant)
            transaction.grants.put(a_grant("gr-4", environment="water-dam-test", state="granted"))
        with records.read() as look:
            assert [grant.id for grant in look.grants.list()] == ["gr-4", "gr-3", "gr-2", "gr-1"]
            assert [grant.id for grant in look.grants.list(limit=1)] == ["gr-4"]
            assert [grant.id for grant in look.grants.list(states={GrantState.GRANTED})] == ["gr-4", "gr-1"]
            assert look.grants.list(states=()) == ()
            mine = look.grants.list(environment="water-gauge-test", states={GrantState.GRANTED, GrantState.REQUESTED})
            assert [grant.id for grant in mine] == ["gr-2", "gr-1"]

    def test_an_unknown_one_is_not_found(self, records: Records) -> None:
        """Nor can it be replaced."""
        with records.transaction() as transaction:
            with pytest.raises(NotFoundError):
                transaction.grants.get("gr-9")
            with pytest.raises(NotFoundError):
                transaction.grants.put(a_grant("gr-9"), expected=a_grant("gr-9"))


class FindingsContract:
    """Art. 37, 39: what should not be on a host."""

    def test_what_is_found_again_is_the_same_finding(self, records: Records) -> None:
        """A later look moves its time, and it stays one."""
        again = a_finding(seen_at=START + HOUR, request="req-7")
        with records.transaction() as transaction:
            transaction.findings.put(a_finding())
            transaction.findings.put(again)
        with records.read() as look:
            assert look.findings.of(SUBJECT) == (again,)
            assert look.findings.get("find-1") == again

    def test_what_is_gone_is_open_no_more(self, records: Records) -> None:
        """It stays on its environment's record; what is open is told over all environments, newest first."""
        elsewhere = a_finding("find-3", environment="water-dam-test", subject="water-dam-test@req-5")
        with records.transaction() as transaction:
            for finding in (
                a_finding("find-1"),
                a_finding("find-2", kind="port-undeclared", thing="23/tcp"),
                elsewhere,
            ):
                transaction.findings.put(finding)
            transaction.findings.put(a_finding("find-1", gone_at=START + HOUR))
        with records.read() as look:
            assert [finding.id for finding in look.findings.open()] == ["find-3", "find-2"]
            assert [finding.id for finding in look.findings.open(limit=1)] == ["find-3"]
            assert [finding.id for finding in look.findings.of(SUBJECT)] == ["find-2", "find-1"]
            with pytest.raises(NotFoundError):
                look.findings.get("find-9")


class ExclusionsContract:
    """Art. 30, 32: packages that patching leaves alone."""

    def test_holds_and_exclusions_of_one_life(self, records: Records) -> None:
        """Until a day or until they are lifted; lifted ones stay on record."""
        until = an_exclusion("exc-2", until=date(2026, 4, 30))
        lifted = an_exclusion("exc-1", lifted_at=START + HOUR, lifted_by=OFFICER)
        with records.transaction() as transaction:
            for exclusion in (an_exclusion("exc-1"), until, an_exclusion("exc-3", subject=EARLIER_LIFE), lifted):
                transaction.exclusions.put(exclusion)
        with records.read() as look:
            assert look.exclusions.of(SUBJECT) == (until, lifted)
            assert look.exclusions.get("exc-2") == until
            with pytest.raises(NotFoundError):
                look.exclusions.get("exc-9")


class PatchWindowsContract:
    """Art. 30, 32: hours that somebody decided for one environment."""

    def test_the_newest_comes_first(self, records: Records) -> None:
        """What was decided before stays on record; another life of the name has its own."""
        own = a_patch_window("win-1")
        usual = a_patch_window("win-2", hours=None)
        with records.transaction() as transaction:
            for window in (own, usual, a_patch_window("win-3", subject=EARLIER_LIFE)):
                transaction.patch_windows.put(window)
        with records.read() as look:
            assert look.patch_windows.of(SUBJECT) == (usual, own)
            assert look.patch_windows.get("win-1") == own
            with pytest.raises(NotFoundError):
                look.patch_windows.get("win-9")


class ReportsContract:
    """Art. 38, 39, 44: what jobs brought home is kept as it was."""

    def test_a_report_is_stored_once_and_never_changed(self, records: Records) -> None:
        """A step that is repeated brings the same id, and the first one stays."""
        with records.transaction() as transaction:
            transaction.reports.add(a_report())
            transaction.reports.add(a_report(body={}))
        with records.read() as look:
            assert look.reports.list() == (a_report(),)

    def test_the_newest_is_by_life_kind_and_host(self, records: Records) -> None:
        """A report about the whole environment is none about a host."""
        whole = a_report("rep-3", host="")
        with records.transaction() as transaction:
            for report in (a_report("rep-1"), a_report("rep-2"), whole, a_report("rep-4", subject=EARLIER_LIFE)):
                transaction.reports.add(report)
        with records.read() as look:
            assert look.reports.newest(SUBJECT, ReportKind.SOFTWARE, "web-1") == a_report("rep-2")
            assert look.reports.newest(SUBJECT, ReportKind.SOFTWARE) == whole
            assert look.reports.newest(SUBJECT, ReportKind.PATCHES, "web-1") is None

    def test_lists_are_by_environment_and_kind(self, records: Records) -> None:
        """The newest comes first, up to the limit."""
        with records.transaction() as transaction:
            transaction.reports.add(a_report("rep-1"))
            transaction.reports.add(a_report("rep-2", kind="drill"))
            transaction.reports.add(a_report("rep-3", environment="water-dam-test"))
        with records.read() as look:
            assert [report.id for report in look.reports.list(limit=2)] == ["rep-3", "rep-2"]
            assert [report.id for report in look.reports.list(environment="water-gauge-test")] == ["rep-2", "rep-1"]
            assert [report.id for report in look.reports.list(kind=ReportKind.DRILL)] == ["rep-2"]
