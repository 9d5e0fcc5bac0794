"""Data plane of the local cloud: one thread in the neutron process that makes the kernel agree with Neutron's database.

Neutron's callbacks only WAKE it; each pass reads the whole wanted state, so that a restart, a missed event or damage
done by hand repairs itself. Without real hosts it only reports floating IPs and router ports as ACTIVE.
"""

import collections
import os
import threading
import time

from neutron_lib import context as neutron_context
from neutron_lib.callbacks import events, registry, resources
from neutron_lib.plugins import constants as plugin_constants
from neutron_lib.plugins import directory
from oslo_log import log as logging

from localcloud import net, routers, security_groups, settings

LOG = logging.getLogger(__name__)
PERIOD_SECONDS = 10
GATHER_SECONDS = 0.05            # several callbacks of one request make one pass
WAKE = threading.Event()
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
            WAKE.wait(PERIOD_SECONDS)
        except Exception:
            LOG.exception("localcloud data plane")
            time.sleep(1)
        time.sleep(GATHER_SECONDS)


def reconcile():
    # What the kernel has is read BEFORE the database: a name space that exists belongs to a network already committed.
    spaces = set(os.listdir("/run/netns")) if os.path.isdir("/run/netns") else set()
    devices = set(os.listdir("/sys/class/net"))
    context = neutron_context.get_admin_context()
    core, l3 = directory.get_plugin(), directory.get_plugin(plugin_constants.L3)
    wanted_routers = l3.get_sync_data(context)
    if settings.HOSTS_ARE_REAL:
        networks, ports = core.get_networks(context), core.get_ports(context)
        rules = collections.defaultdict(list)
        for rule in core.get_security_group_rules(context):
            rules[rule["security_group_id"]].append(rule)
        _remove_strays(spaces, networks, wanted_routers)
        _external_gateways(devices, networks, {subnet["id"]: subnet for subnet in core.get_subnets(context)})
        for router in wanted_routers:
            routers.apply(router)
        security_groups.apply(ports, rules)
    _report(context, core, l3, wanted_routers)


def _remove_strays(spaces, networks, wanted_routers):
    wanted = {net.router_space(router["id"]) for router in wanted_routers}
    wanted |= {net.network_space(network["id"]) for network in networks}
    ours = {space for space in spaces if space.startswith((settings.TAG + "r-", settings.TAG + "n-"))}
    for space in ours - wanted:
        net.delete_space(space)
        routers.forget(space)
        security_groups.forget(space)


def _external_gateways(devices, networks, subnets):
    """The machine itself is the gateway of every external network."""
    wanted = set()
    for network in networks:
        if network["router:external"]:
            gateways = [f"{subnet['gateway_ip']}/{subnet['cidr'].split('/')[1]}"
                        for subnet in map(subnets.get, network["subnets"])
                        if subnet and subnet["ip_version"] == 4 and subnet["gateway_ip"]]
            device = net.external_device(network["id"])
            wanted.add(device)
            net.plug(network["id"], network["id"], None, device, None, 1500, gateways)
    for device in devices - wanted:
        if device.startswith(settings.TAG + "x-"):
            net.attempt("ip", "link", "del", device)


def _report(context, core, l3, wanted_routers):
    """What an L3 agent would report."""
    for router in wanted_routers:
        for floating in router.get("_floatingips", []):
            if floating["status"] != "ACTIVE":
                l3.update_floatingip_status(context, floating["id"], "ACTIVE")
        for port in router.get("_interfaces", []) + ([router["gw_port"]] if router.get("gw_port") else []):
            if port["status"] != "ACTIVE":
                core.update_port_status(context, port["id"], "ACTIVE")
