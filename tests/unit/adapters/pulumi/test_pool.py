"""Children wait for the next order: the warm ones always, others for a little while."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestrator.adapters.pulumi.pool import ChildPool

LINGER_SECONDS = 0.3
PATIENCE_SECONDS = 10.0


@contextmanager
def a_pool(folder: Path, warm: int) -> Iterator[ChildPool]:
    """Give a pool whose spare children wait a third of a second."""
    pool = ChildPool(folder, dict(os.environ), warm, LINGER_SECONDS)
    try:
        yield pool
    finally:
        pool.close()


def wait_for(done: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_next_order_gets_the_child_of_the_last_one(tmp_path: Path) -> None:
    """An operation's orders follow one another, and only the first may have to wait for imports."""
    with a_pool(tmp_path, warm=0) as pool:
        child = pool.take()
        pool.give_back(child)

        assert pool.take() is child
        child.end()


def test_a_spare_child_is_ended_after_a_while_and_the_warm_one_stays(tmp_path: Path) -> None:
    """A burst of operations leaves no more children than are to wait."""
    with a_pool(tmp_path, warm=1) as pool:
        first, second = pool.take(), pool.take()
        pool.give_back(first)
        pool.give_back(second)
        wait_for(lambda: not first.alive)

        assert second.alive


def test_a_dead_child_is_never_given_out(tmp_path: Path) -> None:
    """A child that died while it waited is replaced."""
    with a_pool(tmp_path, warm=1) as pool:
        dead = pool.take()
        pool.give_back(dead)
        dead.end()
        child = pool.take()

        assert child is not dead
        assert child.alive
        child.end()


@pytest.mark.parametrize("warm", [0, 2])
def test_closing_ends_all_that_wait(tmp_path: Path, warm: int) -> None:
    """A server that stops leaves no child behind."""
    with a_pool(tmp_path, warm) as pool:
        pool.fill()
        child = pool.take()
        pool.give_back(child)
        pool.close()

        assert not child.alive
