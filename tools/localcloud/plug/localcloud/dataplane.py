"""Data plane of the local cloud: one thread in the neutron process that makes the kernel agree with Neutron's database.

Neutron's callbacks only WAKE it; each pass reads the whole wanted state, so that a restart or a missed event repairs
itself. What was applied before is not looked at again but in the pass that comes when nothing happened for a while:
that one repairs damage done by hand. Without real hosts it only reports floating IPs and router ports as ACTIVE.
"""

import os
import threading
import time

from neutron_lib import context as neutron_context
from neutron_lib.callbacks import events, registry, resources
from neutron_lib.plugins import constants as plugin_constants
from neutron_lib.plugins import directory
from oslo_log import log as logging

from localcloud import net, routers, ruleset, security_groups, settings, wanted

LOG = logging.getLogger(__name__)
PERIOD_SECONDS = 10
GATHER_SECONDS = 0.05            # several callbacks of one request make one pass
WAKE = threading.Event()
GATEWAYS = {}                    # device of an external network -> addresses that were given to it
WATCHED = (resources.ROUTER, resources.ROUTER_INTERFACE, resources.ROUTER_GATEWAY, resources.FLOATING_IP,
           resources.PORT, resources.NETWORK, resources.SUBNET, resources.SECURITY_GROUP,
           resources.SECURITY_GROUP_RULE)


def start():
    for resource in WATCHED:
        for event in (events.AFTER_CREATE, events.AFTER_UPDATE, events.AFTER_DELETE):
            registry.subscribe(_wake, resource, event)
    threading.Thread(target=_loop, name="localcloud-dataplane", daemon=True).start()


def _wake(resource, event, trigger, payload=None):
    WAKE.set()


def _loop():
    while directory.get_plugin(plugin_constants.L3) is None:
        time.sleep(0.2)
    while True:
        WAKE.clear()
        try:
            reconcile()
            if not WAKE.wait(PERIOD_SECONDS):
                routers.doubt()
                ruleset.doubt()
                GATEWAYS.clear()
        except Exception:
            LOG.exception("localcloud data plane")
            time.sleep(1)
        time.sleep(GATHER_SECONDS)


def reconcile():
    # What the kernel has is read BEFORE the database: a name space that exists belongs to a network already committed.
    spaces = set(os.listdir("/run/netns")) if os.path.isdir("/run/netns") else set()
    devices = set(os.listdir("/sys/class/net"))
    context = neutron_context.get_admin_context()
    state = wanted.read(context)
    if settings.HOSTS_ARE_REAL:
        _remove_strays(spaces, state)
        _external_gateways(devices, state.gateways)
        for router in state.routers:
            routers.apply(router, spaces)
        security_groups.apply(state, spaces)
    _report(context, state)


def _remove_strays(spaces, state):
    known = {net.router_space(router.id) for router in state.routers}
    known |= {net.network_space(network) for network in state.networks}
    ours = {space for space in spaces if space.startswith((settings.TAG + "r-", settings.TAG + "n-"))}
    for space in ours - known:
        net.delete_space(space)
        routers.forget(space)
        ruleset.forget(space)


def _external_gateways(devices, gateways):
    """The machine itself is the gateway of every external network."""
    known = {net.external_device(network): (network, addresses) for network, addresses in gateways.items()}
    for device, (network, addresses) in known.items():
        if device not in devices or GATEWAYS.get(device) != addresses:
            net.plug(network, network, None, device, None, wanted.DEFAULT_MTU, addresses)
            GATEWAYS[device] = addresses
    for device in devices - known.keys():
        if device.startswith(settings.TAG + "x-"):
            net.attempt("ip", "link", "del", device)


def _report(context, state):
    """What an L3 agent would report."""
    core, l3 = directory.get_plugin(), directory.get_plugin(plugin_constants.L3)
    for router in state.routers:
        for floating in router.floating_ips:
            if floating.status != "ACTIVE":
                l3.update_floatingip_status(context, floating.id, "ACTIVE")
        for port in [*router.interfaces, *filter(None, [router.gateway])]:
            if port.status != "ACTIVE":
                core.update_port_status(context, port.id, "ACTIVE")
    for floating_id in state.idle_floating_ips:
        l3.update_floatingip_status(context, floating_id, "DOWN")
