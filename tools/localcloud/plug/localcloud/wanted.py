"""What the kernel should look like, read from Neutron's tables in one snapshot.

Plain SQL, not Neutron's plugin calls: those took more of the neutron process than all API requests together (60 % of
the time that the interpreter ran, measured by sampling while one tenant was made).
"""

import collections
import ipaddress
from dataclasses import dataclass, field

from neutron_lib.db import api as db_api
from sqlalchemy import text

DEFAULT_MTU = 1500


@dataclass(frozen=True)
class Port:
    id: str
    network_id: str
    mac: str
    owner: str
    status: str = field(compare=False)       # what is reported, not what is applied
    mtu: int
    secure: bool                 # port security: no spoofing, security groups apply
    addresses: tuple             # of (IPv4 address, prefix length)
    groups: tuple                # ids of security groups
    pairs: tuple                 # further IPv4 addresses that it may use

    def ips(self):
        return [address for address, _ in self.addresses]


@dataclass(frozen=True)
class FloatingIp:
    id: str
    address: str
    fixed: str
    status: str = field(compare=False)


@dataclass(frozen=True)
class Router:
    id: str
    up: bool
    snat: bool
    gateway: Port | None
    interfaces: tuple            # of Port
    floating_ips: tuple          # of FloatingIp
    routes: tuple                # of (destination or "default", next hop)


@dataclass(frozen=True)
class State:
    networks: frozenset          # ids of all
    gateways: dict               # external network -> (address/prefix length, ...) that the machine itself has
    ports: tuple                 # all of them
    routers: tuple
    rules: dict                  # security group -> rules, rows of securitygrouprules
    idle_floating_ips: tuple     # ids of those that lead nowhere but are ACTIVE


def read(context):
    with db_api.CONTEXT_READER.using(context):
        return _Reader(context.session).state()


def _is_v4(address):
    return address is not None and ":" not in address


class _Reader:
    def __init__(self, session):
        self._session = session

    def _rows(self, columns, table, where="1 = 1"):
        return self._session.execute(text(f"select {columns} from {table} where {where}")).all()

    def _grouped(self, columns, table, where="1 = 1"):
        """first column -> the others"""
        grouped = collections.defaultdict(list)
        for first, *others in self._rows(columns, table, where):
            grouped[first].append(others[0] if len(others) == 1 else tuple(others))
        return grouped

    def state(self):
        self.subnets = {row.id: row for row in self._rows("id, network_id, cidr, gateway_ip", "subnets",
                                                          "ip_version = 4")}
        self.mtus = dict(self._rows("id, mtu", "networks"))
        self.ports = {port.id: port for port in self._ports()}
        return State(networks=frozenset(self.mtus), gateways=self._gateways(), ports=tuple(self.ports.values()),
                     routers=tuple(self._routers()), rules=self._rules(), idle_floating_ips=tuple(self._idle()))

    def _prefix_length(self, subnet_id):
        return ipaddress.ip_network(self.subnets[subnet_id].cidr).prefixlen

    def _ports(self):
        addresses = self._grouped("port_id, ip_address, subnet_id", "ipallocations")
        groups = self._grouped("port_id, security_group_id", "securitygroupportbindings")
        pairs = self._grouped("port_id, ip_address", "allowedaddresspairs")
        secure = dict(self._rows("port_id, port_security_enabled", "portsecuritybindings"))
        for row in self._rows("id, network_id, mac_address, device_owner, status", "ports"):
            yield Port(
                id=row.id, network_id=row.network_id, mac=row.mac_address, owner=row.device_owner, status=row.status,
                mtu=self.mtus.get(row.network_id) or DEFAULT_MTU, secure=bool(secure.get(row.id, True)),
                addresses=tuple(sorted((address, self._prefix_length(subnet)) for address, subnet in addresses[row.id]
                                       if subnet in self.subnets)),
                groups=tuple(sorted(groups[row.id])), pairs=tuple(sorted(filter(_is_v4, pairs[row.id]))))

    def _gateways(self):
        external = [network for (network,) in self._rows("network_id", "externalnetworks")]
        return {network: tuple(f"{subnet.gateway_ip}/{self._prefix_length(subnet.id)}"
                               for subnet in self.subnets.values()
                               if subnet.network_id == network and subnet.gateway_ip) for network in external}

    def _routers(self):
        interfaces = self._grouped("router_id, port_id", "routerports", "port_type != 'network:router_gateway'")
        floating = self._grouped("router_id, id, floating_ip_address, fixed_ip_address, status", "floatingips",
                                 "router_id is not null and fixed_ip_address is not null")
        routes = self._grouped("router_id, destination, nexthop", "routerroutes")
        for row in self._rows("id, admin_state_up, gw_port_id, enable_snat", "routers"):
            gateway = self.ports.get(row.gw_port_id)
            own = [route for route in routes[row.id] if _is_v4(route[1])]
            yield Router(
                id=row.id, up=bool(row.admin_state_up), snat=bool(row.enable_snat), gateway=gateway,
                interfaces=tuple(self.ports[port] for port in sorted(interfaces[row.id]) if port in self.ports),
                floating_ips=tuple(sorted((FloatingIp(*facts) for facts in floating[row.id]), key=lambda ip: ip.id)),
                routes=tuple(sorted(own + self._ways_out(gateway))))

    def _ways_out(self, gateway):
        if gateway is None:
            return []
        return [("default", subnet.gateway_ip) for subnet in self.subnets.values()
                if subnet.network_id == gateway.network_id and _is_v4(subnet.gateway_ip)][:1]

    def _rules(self):
        rules = collections.defaultdict(list)
        for row in self._rows("security_group_id, direction, ethertype, protocol, port_range_min, port_range_max, "
                              "remote_ip_prefix, remote_group_id, remote_address_group_id", "securitygrouprules",
                              "ethertype = 'IPv4'"):
            rules[row.security_group_id].append(row)
        return rules

    def _idle(self):
        return [row.id for row in self._rows("id", "floatingips", "fixed_port_id is null and status = 'ACTIVE'")]
