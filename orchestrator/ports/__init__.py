"""What the workflows need from the world, as protocols; adapters implement them, tests/fakes/ has one fake for each."""

from orchestrator.ports.care import (
    Authorisations,
    Configurator,
    Exclusions,
    Findings,
    Grants,
    HostOutcome,
    PatchWindows,
    Play,
    PlayOutcome,
    Reports,
)
from orchestrator.ports.cloud import (
    BackupKey,
    Backups,
    Capacity,
    Examination,
    FoundResource,
    Inventory,
    Power,
    Provisioner,
    RestoreOrder,
    leftovers,
)
from orchestrator.ports.doors import NewKey, SenderKeys, SignatureVerifier, SignedMessage, Vault
from orchestrator.ports.drift import Drifts, DriftScans, Fleet, MadeThings
from orchestrator.ports.drills import DrillGround
from orchestrator.ports.hosts import HostAccess, HostCheck
from orchestrator.ports.kept import Kept, KeptOfLives
from orchestrator.ports.life import Backlog, Deadlines, Environments, Holds, Notices, Operations, Requests, Rulebooks
from orchestrator.ports.merges import CommandAnswers, FollowedBranches, Merges, WrittenBackProposals
from orchestrator.ports.proof import Audit, Blob, Blobs, Certificates, Checkpoints, Signer
from orchestrator.ports.records import Leases, Queue, Records, Senders, Transaction
from orchestrator.ports.rewinding import Rewind
from orchestrator.ports.surroundings import Clock, Ids, Library
from orchestrator.ports.telling import Notifier, Posts
from orchestrator.ports.work import Execution, Job, RunControl, Watch

__all__ = [
    "Audit",
    "Authorisations",
    "Backlog",
    "BackupKey",
    "Backups",
    "Blob",
    "Blobs",
    "Capacity",
    "Certificates",
    "Checkpoints",
    "Clock",
    "CommandAnswers",
    "Configurator",
    "Deadlines",
    "DriftScans",
    "Drifts",
    "DrillGround",
    "Environments",
    "Examination",
    "Exclusions",
    "Execution",
    "Findings",
    "Fleet",
    "FollowedBranches",
    "FoundResource",
    "Grants",
    "Holds",
    "HostAccess",
    "HostCheck",
    "HostOutcome",
    "Ids",
    "Inventory",
    "Job",
    "Kept",
    "KeptOfLives",
    "Leases",
    "Library",
    "MadeThings",
    "Merges",
    "NewKey",
    "Notices",
    "Notifier",
    "Operations",
    "PatchWindows",
    "Play",
    "PlayOutcome",
    "Posts",
    "Power",
    "Provisioner",
    "Queue",
    "Records",
    "Reports",
    "Requests",
    "RestoreOrder",
    "Rewind",
    "Rulebooks",
    "RunControl",
    "SenderKeys",
    "Senders",
    "SignatureVerifier",
    "SignedMessage",
    "Signer",
    "Transaction",
    "Vault",
    "Watch",
    "WrittenBackProposals",
    "leftovers",
]
