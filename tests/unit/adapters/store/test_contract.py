"""The records on SQLite keep the whole contract."""

from __future__ import annotations

from tests.contracts.care import (
    AuthorisationsContract,
    ExclusionsContract,
    FindingsContract,
    GrantsContract,
    PatchWindowsContract,
    ReportsContract,
)
from tests.contracts.dates_and_rights import (
    AuditContract,
    DeadlinesContract,
    LeasesContract,
    NoticesContract,
    PostsContract,
    SendersContract,
)
from tests.contracts.drift import DriftScansContract, DriftsContract, MadeThingsContract
from tests.contracts.following import FollowContract
from tests.contracts.merges import CommandAnswersContract, FollowedBranchesContract, MergesContract, WrittenBackContract
from tests.contracts.pulls import ForgeDeliveriesContract, PullChecksContract
from tests.contracts.records import EnvironmentsContract, OperationsContract, RequestsContract, TransactionContract
from tests.contracts.surviving import SurvivalContract
from tests.contracts.whole_life import (
    BacklogContract,
    CertificatesContract,
    CheckpointsContract,
    HoldsContract,
    RulebooksContract,
    WholeRecordsContract,
)


class TestTransactionsOnSqlite(TransactionContract):
    """Transactions on SQLite."""


class TestRequestsOnSqlite(RequestsContract):
    """Requests on SQLite."""


class TestEnvironmentsOnSqlite(EnvironmentsContract):
    """Environments on SQLite."""


class TestOperationsOnSqlite(OperationsContract):
    """Operations on SQLite."""


class TestDeadlinesOnSqlite(DeadlinesContract):
    """Deadlines on SQLite."""


class TestLeasesOnSqlite(LeasesContract):
    """Leases on SQLite."""


class TestAuditOnSqlite(AuditContract):
    """The audit log on SQLite."""


class TestPostsOnSqlite(PostsContract):
    """Notices on their way on SQLite."""


class TestNoticesOnSqlite(NoticesContract):
    """Notices on SQLite."""


class TestSendersOnSqlite(SendersContract):
    """Senders on SQLite."""


class TestBacklogOnSqlite(BacklogContract):
    """Backups on SQLite."""


class TestHoldsOnSqlite(HoldsContract):
    """Holds on SQLite."""


class TestRulebooksOnSqlite(RulebooksContract):
    """Rulebooks on SQLite."""


class TestCertificatesOnSqlite(CertificatesContract):
    """Certificates on SQLite."""


class TestCheckpointsOnSqlite(CheckpointsContract):
    """Checkpoints on SQLite."""


class TestWholeRecordsOnSqlite(WholeRecordsContract):
    """Requests and environments of a whole life on SQLite."""


class TestAuthorisationsOnSqlite(AuthorisationsContract):
    """Standing authorisations on SQLite."""


class TestGrantsOnSqlite(GrantsContract):
    """Grants on SQLite."""


class TestFindingsOnSqlite(FindingsContract):
    """Findings on SQLite."""


class TestPatchWindowsOnSqlite(PatchWindowsContract):
    """Patch windows on SQLite."""


class TestExclusionsOnSqlite(ExclusionsContract):
    """Exclusions on SQLite."""


class TestReportsOnSqlite(ReportsContract):
    """Reports on SQLite."""


class TestFollowOnSqlite(FollowContract):
    """Following on SQLite."""


class TestSurvivalOnSqlite(SurvivalContract):
    """Many processes, and processes that die, on SQLite."""


class TestForgeDeliveriesOnSqlite(ForgeDeliveriesContract):
    """Forges' deliveries on SQLite."""


class TestPullChecksOnSqlite(PullChecksContract):
    """Checks of pull requests on SQLite."""


class TestCommandAnswersOnSqlite(CommandAnswersContract):
    """What came of commands on SQLite."""


class TestWrittenBackOnSqlite(WrittenBackContract):
    """What was written back, on SQLite."""


class TestMergesOnSqlite(MergesContract):
    """Merges on SQLite."""


class TestFollowedBranchesOnSqlite(FollowedBranchesContract):
    """Followed branches on SQLite."""


class TestMadeThingsOnSqlite(MadeThingsContract):
    """What was made on SQLite."""


class TestDriftsOnSqlite(DriftsContract):
    """Drifts on SQLite."""


class TestDriftScansOnSqlite(DriftScansContract):
    """Looks at the fleet on SQLite."""
