"""Backups by restic in an object store, with manifests made on the hosts (docs/backups.md, docs/adr/0013)."""

from orchestrator.adapters.restic.asking import Way
from orchestrator.adapters.restic.backups import ResticBackups
from orchestrator.adapters.restic.repositories import Repositories
from orchestrator.adapters.restic.store import Store, StoreSettings

__all__ = ["Repositories", "ResticBackups", "Store", "StoreSettings", "Way"]
