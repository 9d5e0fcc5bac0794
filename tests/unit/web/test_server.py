"""Where the server listens."""

from __future__ import annotations

import pytest

from orchestrator.domain.errors import BadInputError
from orchestrator.web.server import read_listen


@pytest.mark.parametrize(
    ("listen", "expected"),
    [("127.0.0.1:8321", ("127.0.0.1", 8321)), ("[::1]:80", ("::1", 80)), ("office.example:0", ("office.example", 0))],
)
def test_addresses_are_read(listen: str, expected: tuple[str, int]) -> None:
    """Host and port; IPv6 in brackets."""
    assert read_listen(listen) == expected


@pytest.mark.parametrize("listen", ["", "8321", ":8321", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "host:-1"])
def test_what_is_no_address_is_refused(listen: str) -> None:
    """With an example of one."""
    with pytest.raises(BadInputError, match="no address"):
        read_listen(listen)
