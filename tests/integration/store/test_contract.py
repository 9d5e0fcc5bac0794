"""The records on PostgreSQL keep the whole contract."""

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


class TestTransactionsOnPostgresql(TransactionContract):
    """Transactions on PostgreSQL."""


class TestRequestsOnPostgresql(RequestsContract):
    """Requests on PostgreSQL."""


class TestEnvironmentsOnPostgresql(EnvironmentsContract):
    """Environments on PostgreSQL."""


class TestOperationsOnPostgresql(OperationsContract):
    """Operations on PostgreSQL."""


class TestDeadlinesOnPostgresql(DeadlinesContract):
    """Deadlines on PostgreSQL."""


class TestLeasesOnPostgresql(LeasesContract):
    """Leases on PostgreSQL."""


class TestAuditOnPostgresql(AuditContract):
    """The audit log on PostgreSQL."""


class TestPostsOnPostgresql(PostsContract):
    """Notices on their way on PostgreSQL."""


class TestNoticesOnPostgresql(NoticesContract):
    """Notices on PostgreSQL."""


class TestSendersOnPostgresql(SendersContract):
    """Senders on PostgreSQL."""


class TestBacklogOnPostgresql(BacklogContract):
    """Backups on PostgreSQL."""


class TestHoldsOnPostgresql(HoldsContract):
    """Holds on PostgreSQL."""


class TestRulebooksOnPostgresql(RulebooksContract):
    """Rulebooks on PostgreSQL."""


class TestCertificatesOnPostgresql(CertificatesContract):
    """Certificates on PostgreSQL."""


class TestCheckpointsOnPostgresql(CheckpointsContract):
    """Checkpoints on PostgreSQL."""


class TestWholeRecordsOnPostgresql(WholeRecordsContract):
    """Requests and environments of a whole life on PostgreSQL."""


class TestAuthorisationsOnPostgresql(AuthorisationsContract):
    """Standing authorisations on PostgreSQL."""


class TestGrantsOnPostgresql(GrantsContract):
    """Grants on PostgreSQL."""


class TestFindingsOnPostgresql(FindingsContract):
    """Findings on PostgreSQL."""


class TestPatchWindowsOnPostgresql(PatchWindowsContract):
    """Patch windows on PostgreSQL."""


class TestExclusionsOnPostgresql(ExclusionsContract):
    """Exclusions on PostgreSQL."""


class TestReportsOnPostgresql(ReportsContract):
    """Reports on PostgreSQL."""


class TestFollowOnPostgresql(FollowContract):
    """Following on PostgreSQL."""


class TestSurvivalOnPostgresql(SurvivalContract):
    """Many processes, and processes that die, on PostgreSQL."""


class TestForgeDeliveriesOnPostgresql(ForgeDeliveriesContract):
    """Forges' deliveries on PostgreSQL."""


class TestPullChecksOnPostgresql(PullChecksContract):
    """Checks of pull requests on PostgreSQL."""


class TestCommandAnswersOnPostgresql(CommandAnswersContract):
    """What came of commands on PostgreSQL."""


class TestWrittenBackOnPostgresql(WrittenBackContract):
    """What was written back, on PostgreSQL."""


class TestMergesOnPostgresql(MergesContract):
    """Merges on PostgreSQL."""


class TestFollowedBranchesOnPostgresql(FollowedBranchesContract):
    """Followed branches on PostgreSQL."""


class TestMadeThingsOnPostgresql(MadeThingsContract):
    """What was made on PostgreSQL."""


class TestDriftsOnPostgresql(DriftsContract):
    """Drifts on PostgreSQL."""


class TestDriftScansOnPostgresql(DriftScansContract):
    """Looks at the fleet on PostgreSQL."""
