"""The postman goes on whatever happens to one round."""

from __future__ import annotations

import threading

from orchestrator.adapters.notices import Postman


def test_it_sends_again_and_again_until_it_is_stopped() -> None:
    """In a thread of its own."""
    rounds, enough = [0], threading.Event()

    def post() -> None:
        rounds[0] += 1
        if rounds[0] == 3:
            enough.set()

    postman = Postman(post, look_seconds=0.001)
    postman.start()
    assert enough.wait(30)
    postman.stop()
