"""Linux network plumbing shared by the nova driver and the neutron reconciler; every function may be repeated.

Name spaces: <tag>n-<network> holds bridge br0 of one Neutron network (so equal address ranges never meet),
<tag>r-<router> one router, <tag>h-<server> one host. tap<port> is the bridge end of a port's veth pair. Only
<tag>x-<network>, the gateway address of an external network, is in the machine's own name space.
"""

import contextlib
import fcntl
import os
import subprocess

from localcloud import settings


def network_space(network_id):
    return f"{settings.TAG}n-{network_id[:11]}"


def router_space(router_id):
    return f"{settings.TAG}r-{router_id[:11]}"


def host_space(server_id):
    return f"{settings.TAG}h-{server_id[:11]}"


def external_device(network_id):
    """Device names end at 15 characters, hence the shorter id."""
    return f"{settings.TAG}x-{network_id[:7]}"


def run(*command, input=None):
    """Runs a command and gives its output; RuntimeError with its words when it fails."""
    done = attempt(*command, input=input)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def attempt(*command, input=None):
    """Runs a command whose failure means that the work was done before."""
    return subprocess.run([str(part) for part in command], input=input, capture_output=True, text=True)


def batch(space, *lines):
    """Several `ip` commands inside one name space (None: the machine's own), in one process."""
    if lines:
        inside = ["-n", space] if space else []
        run("ip", *inside, "-batch", "-", input="\n".join(lines) + "\n")


@contextlib.contextmanager
def lock(name="net"):
    """Nova and neutron are two processes that work on the same bridges."""
    with open(settings.ROOT / "run" / f"{name}.guard", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def exists(space):
    return os.path.exists(f"/run/netns/{space}")


def make_space(space, *sysctls):
    if not exists(space):
        run("ip", "netns", "add", space)
        run("ip", "netns", "exec", space, "sysctl", "-qw",
            "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1",
            "net.ipv4.conf.all.arp_notify=1", "net.ipv4.conf.default.arp_notify=1", *sysctls)
        batch(space, "link set lo up")
    return space


def delete_space(space):
    if exists(space):
        attempt("ip", "netns", "del", space)


def make_network(network_id):
    """Name space and bridge of a Neutron network.

    Bridged IPv4 goes through nft's ip family: the kernel may lack connection tracking for bridges.
    """
    space = network_space(network_id)
    with lock():
        fresh = not exists(space)
        make_space(space)
        if fresh or "br0" not in run("ip", "-n", space, "-br", "link"):
            batch(space, "link add br0 type bridge forward_delay 0 mcast_snooping 0", "link set br0 up")
            run("ip", "netns", "exec", space, "sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1",
                "net.bridge.bridge-nf-call-arptables=0", "net.bridge.bridge-nf-call-ip6tables=0",
                # A connection that was ended here must not come back to life with its next packet.
                "net.netfilter.nf_conntrack_tcp_loose=0")
    return space


def plug(network_id, port_id, space, device, mac, mtu, addresses, routes=()):
    """Makes one end of a veth pair `device` in `space` (None: the machine itself), the other a port of the bridge."""
    bridge_space, tap = make_network(network_id), "tap" + port_id[:11]
    inside = ["-n", space] if space else []
    devices = [line.split("@")[0].split()[0] for line in run("ip", *inside, "-br", "link").splitlines()]
    if device not in devices:
        attempt("ip", "-n", bridge_space, "link", "del", tap)
        address = ["address", mac] if mac else []
        run("ip", *inside, "link", "add", device, *address, "mtu", mtu,
            "type", "veth", "peer", "name", tap, "netns", bridge_space)
        batch(bridge_space, f"link set {tap} mtu {mtu} master br0 up")
    batch(space, *[f"addr replace {address} dev {device}" for address in addresses], f"link set {device} up",
          *[f"route replace {route} dev {device}" for route in routes])


def unplug(network_id, port_id):
    attempt("ip", "-n", network_space(network_id), "link", "del", "tap" + port_id[:11])
