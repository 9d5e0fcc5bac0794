"""The places that hosts of throw-away environments may reach: the backups' store, and what the settings add."""

from __future__ import annotations

import socket
from ipaddress import IPv4Network
from urllib.parse import urlsplit

from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.throwaway import Reach

PORTS = {"http": 80, "https": 443}


def places(urls: tuple[str, ...], others: str) -> tuple[Reach, ...]:
    """Give the places of some addresses, by each address that their names have now, and others as a setting has them.

    BadInputError for a setting that cannot be read, OperationFailedError for a name that nobody knows.
    """
    named = [place for url in urls if url for place in _of(url)]
    set_by_hand = [Reach.parse(text) for text in others.split(",") if text.strip()]
    return tuple(dict.fromkeys((*named, *set_by_hand)))


def _of(url: str) -> list[Reach]:
    parts = urlsplit(url)
    port = parts.port or PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(parts.hostname, port, socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        raise OperationFailedError(
            f"nobody knows the address of {parts.hostname}",
            detail=str(error),
            hint="see TENURE_BACKUP_STORE and the resolver of this machine",
        ) from error
    return [Reach(cidr=IPv4Network(f"{address}/32"), port=port) for address in sorted({one[4][0] for one in found})]
