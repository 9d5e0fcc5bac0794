"""What a cloud is made with is fixed when it is made."""

from __future__ import annotations

import ipaddress
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from orchestrator.domain.errors import ConflictError
from tools.localcloud import network
from tools.localcloud.settings import (
    STANDARD_PORTS,
    CloudSettings,
    Layout,
    Mode,
    Wishes,
    agree,
    load_secrets,
)

LONGEST_DEVICE_NAME = 15


def _settings(wishes: Wishes) -> CloudSettings:
    return CloudSettings(
        tag="lc0000",
        mode=Mode.API_ONLY,
        mode_reason="a test",
        wishes=wishes,
        ports=STANDARD_PORTS,
        external_gateway="198.51.100.1",
        base_root=None,
        apt_proxy=None,
    )


def test_a_new_cloud_takes_the_wishes_or_the_usual() -> None:
    """Without wishes it is the standard ports and the documentation range."""
    assert agree(None, None) == Wishes()
    assert agree(None, Wishes(port_offset=7)).port_offset == 7


def test_a_cloud_that_exists_keeps_what_it_was_made_with() -> None:
    """No wishes means: as it is. Other wishes are refused, with the way out."""
    known = _settings(Wishes(port_offset=7))

    assert agree(known, None) == known.wishes
    assert agree(known, Wishes(port_offset=7)) == known.wishes
    with pytest.raises(ConflictError) as refusal:
        agree(known, Wishes(port_offset=8))
    assert "--wipe" in str(refusal.value.diagnostic.hint)


@pytest.mark.parametrize("cidr", ["198.51.100.0/29", "not a network", "198.51.100.1/24"])
def test_a_useless_external_network_is_refused(cidr: str) -> None:
    """Too few addresses, host bits that are set, or no network at all."""
    with pytest.raises(ValidationError):
        Wishes(external_cidr=cidr)


def test_passwords_are_drawn_once_and_closed_to_others(tmp_path: Path) -> None:
    """Each root has its own, which later starts find again; their text shows in no representation."""
    layout, other = Layout(tmp_path / "one"), Layout(tmp_path / "two")
    layout.make()
    other.make()

    first = load_secrets(layout)

    assert load_secrets(layout) == first
    assert load_secrets(other).admin_password != first.admin_password
    assert stat.S_IMODE(layout.secrets.stat().st_mode) == 0o600
    assert first.admin_password not in repr(first)


@given(st.text(alphabet="abc/", min_size=1, max_size=30))
def test_the_tag_leaves_room_in_a_device_name(path: str) -> None:
    """Tag, kind and seven digits of an id fit into what the kernel takes as a device name."""
    tag = Layout(Path("/nowhere") / path.strip("/")).tag

    assert len(f"{tag}x-1234567") <= LONGEST_DEVICE_NAME


@given(st.integers(min_value=20, max_value=28), st.integers(min_value=0, max_value=2**20 - 1))
def test_the_gateway_is_the_first_address(length: int, number: int) -> None:
    """The machine's own address is in the external network and is not the network's name."""
    addresses = ipaddress.IPv4Network((number << 12 & ~((1 << (32 - length)) - 1), length))

    gateway = ipaddress.ip_address(network.gateway(str(addresses)))

    assert gateway in addresses
    assert gateway != addresses.network_address
