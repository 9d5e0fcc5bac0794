"""The cloud as its own APIs tell it: what it has room for, what a project holds, and its servers' power and backups."""

from orchestrator.adapters.openstack.backups import OpenStackBackups
from orchestrator.adapters.openstack.cloud import Cloud
from orchestrator.adapters.openstack.fleet import OpenStackFleet
from orchestrator.adapters.openstack.inventory import OpenStackInventory
from orchestrator.adapters.openstack.power import OpenStackPower
from orchestrator.adapters.openstack.rewind import OpenStackRewind

__all__ = ["Cloud", "OpenStackBackups", "OpenStackFleet", "OpenStackInventory", "OpenStackPower", "OpenStackRewind"]
