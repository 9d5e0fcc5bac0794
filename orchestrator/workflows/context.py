"""What every workflow works with: one bundle of ports, built once by bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.ports import (
    Backups,
    Blobs,
    Clock,
    Configurator,
    DrillGround,
    Fleet,
    HostAccess,
    Ids,
    Inventory,
    Library,
    Power,
    Provisioner,
    Records,
    Rewind,
    Signer,
)


@dataclass(frozen=True)
class Ports:
    """The ports that workflows need; tests/fakes has one fake for each."""

    records: Records
    provisioner: Provisioner
    inventory: Inventory
    fleet: Fleet
    power: Power
    rewind: Rewind
    access: HostAccess
    configurator: Configurator
    library: Library
    clock: Clock
    ids: Ids
    backups: Backups
    ground: DrillGround
    blobs: Blobs
    signer: Signer
