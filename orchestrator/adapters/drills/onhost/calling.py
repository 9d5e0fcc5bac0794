"""Calls an address at some ports, and says what was reached; whatever refuses was reached, too."""

from __future__ import annotations

import json
import socket
import sys


def main(argument: str) -> None:
    """Print what was reached first as JSON; an empty text when nothing was."""
    address, ports, seconds = json.loads(argument)
    said = next(filter(None, (call(address, port, seconds) for port in ports)), "")
    sys.stdout.write(json.dumps(said) + "\n")


def call(address: str, port: int, seconds: float) -> str:
    """Say what came of one call; empty when nobody could be reached."""
    try:
        socket.create_connection((address, port), seconds).close()
    except ConnectionRefusedError:
        return f"port {port} was reached and refuses"
    except OSError:
        return ""
    return f"port {port} answers"


if __name__ == "__main__":
    main(sys.argv[1])
