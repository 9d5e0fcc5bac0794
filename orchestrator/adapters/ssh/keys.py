"""The private keys of the authorities: sealed in a file of the installation, unless a setting names another keeper."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from orchestrator.adapters.ssh.private import private_folder, write_private
from orchestrator.domain.errors import OperationFailedError
from orchestrator.ports import Vault

TRANSIT = "hashivault"
"""Scheme of addresses of keys in Vault's transit engine; any other address is one of KMS."""

type SigningKey = Ed25519PrivateKey | EllipticCurvePrivateKey
"""What signs; the second kind may be a stand-in for a key that never leaves its keeper."""


class KeySource(Protocol):
    """Where the key of an authority comes from."""

    @property
    def key(self) -> SigningKey:
        """The key, or a stand-in that has the keeper sign."""
        ...


@dataclass(frozen=True)
class Keys:
    """The keys of the two authorities.

    Attributes:
        users: Signs what enters hosts.
        hosts: Signs the keys of the hosts themselves.
    """

    users: KeySource
    hosts: KeySource


class SealedKey:
    """An Ed25519 key that is made once and kept sealed in the folder ``ca`` of an installation.

    Args:
        home: Folder of the installation.
        vault: Seals it.
        name: What it is: ``user`` or ``host``.
    """

    def __init__(self, home: Path, vault: Vault, name: str) -> None:
        self._folder = home / "ca"
        self._vault = vault
        self._name = name

    @cached_property
    def key(self) -> Ed25519PrivateKey:
        """The key; made at the first use."""
        path = self._folder / f"{self._name}_ca.sealed"
        if not path.exists():
            self._make(path)
        key = load_ssh_private_key(self._vault.open(path.read_text(), self._purpose), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise OperationFailedError(f"the {self._name} authority's key is not an Ed25519 key", detail=str(path))
        return key

    @property
    def _purpose(self) -> str:
        return f"ssh-{self._name}-ca"

    def _make(self, path: Path) -> None:
        """Make the key once: whoever links the file first wins, and everybody reads the winner's."""
        private_folder(self._folder)
        plain = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        own = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        write_private(own, self._vault.seal(plain, self._purpose).encode())
        try:
            os.link(own, path)
        except FileExistsError:
            return
        finally:
            own.unlink()


def sealed_keys(home: Path, vault: Vault) -> Keys:
    """Give the keys as an installation keeps them by default."""
    return Keys(SealedKey(home, vault, "user"), SealedKey(home, vault, "host"))


def key_source(address: str, home: Path, vault: Vault, name: str) -> KeySource:
    """Give where an authority's key comes from: the address of a key service, or a file when it is empty."""
    if not address:
        return SealedKey(home, vault, name)
    if urlsplit(address).scheme == TRANSIT:
        from orchestrator.adapters.ssh.transit import TransitKey  # noqa: PLC0415  most installations need none of it

        return TransitKey(address)
    from orchestrator.adapters.ssh.kms import KmsKey  # noqa: PLC0415  as above

    return KmsKey(address)


def public_line(key: SigningKey, comment: str) -> str:
    """Give the public half as one OpenSSH line."""
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return f"{line} {comment}"
