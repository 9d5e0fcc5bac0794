"""What looks like a secret is found, and what only looks long is not."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.secrets import suspects
from orchestrator.domain.tree import LARGEST_BYTES

HARMLESS = (
    "sha256: 5d2f7a9c3c1b64e0a1d0b6f35be1f7a3c8e94f60d1fbb7a2c53a1c7be2f09d44",
    "emergency_public_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6dPUdpb0Yx0Gf8T2nUoVf7Qw5mXk3Zr9sBvC1dEe4h office",
    "reason: see https://archives.example.gov.cn/plans/2026/03/migration-of-the-catalogue-v2.pdf",
    "name: 档案目录检索系统迁移方案-2026年第一版-征求意见稿.pdf",
    "# request req-20260302-archives-catalogue-second-phase-of-migration",
    "reason: the unit's password policy was reviewed",
    "# 口令策略：每季度更换",
    "# 3f1c2a7e-9b4d-4c55-8a1e-0d6f7b2c9e10",
    "access_from: [198.51.100.0/24, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]",
)


@pytest.mark.parametrize("line", HARMLESS)
def test_what_people_write_is_no_secret(line: str) -> None:
    """Digests, public keys, paths, ids and sentences."""
    assert suspects(line) == ()


@given(st.binary(min_size=32, max_size=64), st.sampled_from(["", "# ", "reason: ", "  - ", "name: 'x "]))
def test_random_keys_are_found_wherever_they_stand(key: bytes, before: str) -> None:
    """In hexadecimal form; what says nothing but the same over and over is no key."""
    varied = len(set(key)) >= 24
    found = suspects(f"a: 1\n{before}{key.hex()}\n")
    assert not varied or [one.line for one in found] == [2]


@given(st.lists(st.integers(0, 255), min_size=48, max_size=64, unique=True))
def test_random_keys_in_base_64_are_found(key: list[int]) -> None:
    """Unless slashes cut it into short pieces."""
    text = base64.b64encode(bytes(key)).decode()
    assert suspects(f"x: {text}") or "/" in text or not any(sign.isdigit() for sign in text)


def test_each_line_is_told_once_with_its_column() -> None:
    """And never what stands there."""
    first, second = suspects("a: 1\nb: password=Zx9treelamp secret=Zx9treelamp\n# token: abcdefgh\n")
    assert (first.line, first.column, second.line) == (2, 4, 3)
    assert "Zx9" not in repr((first, second))


@pytest.mark.parametrize(
    "piece",
    ["x", "1", "-", "sk-", "ecdsa-sha2-", "eyJaaaaaaaa-", "a://", "a://:", "://a:", "password ", "sha256: ", "AKIA-"],
)
def test_a_line_as_long_as_a_file_may_be_is_read_at_once(piece: str) -> None:
    """Made to let patterns try again and again: that would take hours of everybody's time."""
    assert len(suspects(piece * (LARGEST_BYTES // len(piece)))) <= 1
    assert len(suspects("pass" + " " * LARGEST_BYTES)) == 0
