"""A Chromium without a window: opens a page and photographs one element of it, the last of what is folded unfolded.

It is told what to do by the DevTools protocol over two pipes, so it listens nowhere and needs no driver.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from orchestrator.domain.errors import MissingPartError, OperationFailedError

FLAGS: Final = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe"),
)
"""No sandbox: Chromium has none as root; it opens nothing but the page of our own Gitea."""
END: Final = b"\0"
HEIGHT: Final = 900
PLACE_OF: Final = """
(() => {
  const element = document.querySelector(%s);
  if (!element) return null;
  const style = document.createElement("style");
  style.textContent = %s;
  document.head.append(style);
  document.body.replaceChildren(element);
  scrollTo(0, 0);
  [...element.querySelectorAll("details")].slice(-1).forEach((last) => { last.open = true; });
  const place = element.getBoundingClientRect();
  return {x: place.x, y: place.y, width: place.width, height: place.height};
})()
"""


@dataclass(frozen=True)
class Shot:
    """What is photographed.

    Attributes:
        url: The page.
        element: CSS selector of the part that is shown.
        language: In which the page is asked for.
        style: Style sheet that the element is shown with, alone on its page.
        width: Of the window, in pixels.
    """

    url: str
    element: str
    language: str
    style: str
    width: int


class Browser:
    """A running Chromium."""

    def __init__(self, process: subprocess.Popen[bytes], orders: int, answers: int) -> None:
        self._process = process
        self._orders = orders
        self._answers = answers
        self._rest = b""
        self._kept: list[dict[str, Any]] = []
        self._numbers = itertools.count(1)

    def photograph(self, shot: Shot) -> bytes:
        """Give the element as a PNG; OperationFailedError when the page does not have it."""
        target = self._ask("", "Target.createTarget", url="about:blank")["targetId"]
        page = str(self._ask("", "Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        self._ask(page, "Network.enable")
        self._ask(page, "Network.setExtraHTTPHeaders", headers={"Accept-Language": shot.language})
        metrics = {"width": shot.width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        self._ask(page, "Emulation.setDeviceMetricsOverride", **metrics)
        self._ask(page, "Emulation.setScriptExecutionDisabled", value=True)
        self._ask(page, "Page.enable")
        self._ask(page, "Page.navigate", url=shot.url)
        self._wait_for(page, "Page.loadEventFired")
        clip = {**self._place(page, shot), "scale": 1}
        taken = self._ask(page, "Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(taken["data"])

    def _place(self, page: str, shot: Shot) -> dict[str, float]:
        script = PLACE_OF % (json.dumps(shot.element), json.dumps(shot.style))
        told = self._ask(page, "Runtime.evaluate", expression=script, returnByValue=True)
        place: dict[str, float] | None = told["result"].get("value")
        if place is None:
            raise OperationFailedError(f"the page has no {shot.element}")
        return place

    def _ask(self, page: str, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        order = {"id": number, "method": method, "params": parameters} | ({"sessionId": page} if page else {})
        os.write(self._orders, json.dumps(order).encode() + END)
        answer = self._heard(lambda message: message.get("id") == number)
        if "error" in answer:
            raise OperationFailedError(f"Chromium refused {method}", detail=str(answer["error"]))
        return dict(answer["result"])

    def _wait_for(self, page: str, event: str) -> None:
        self._heard(lambda message: (message.get("method"), message.get("sessionId")) == (event, page))

    def _heard(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for a message; what comes before it is kept, since events do not wait for answers."""
        known = next((message for message in self._kept if wanted(message)), None)
        if known is not None:
            self._kept.remove(known)
            return known
        for message in self._messages():
            if wanted(message):
                return message
            self._kept.append(message)
        raise OperationFailedError(f"Chromium ended with code {self._process.wait()}")

    def _messages(self) -> Iterator[dict[str, Any]]:
        """Give what Chromium says until it ends."""
        while True:
            while END in self._rest:
                message, _, self._rest = self._rest.partition(END)
                yield json.loads(message)
            piece = os.read(self._answers, 1 << 16)
            if not piece:
                return
            self._rest += piece


@contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """Give a Chromium with a profile of its own; it ends with the block.

    MissingPartError when this machine has none.
    """
    orders_out, orders_in = os.pipe()
    answers_out, answers_in = os.pipe()
    # It reads its orders from descriptor 3 and writes its answers to 4; not every sh takes numbers above 9.
    command = ["bash", "-c", f'exec "$@" 3<&{orders_out} 4>&{answers_in}', "sh", "chromium", *FLAGS]
    with (profile.parent / "chromium.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, f"--user-data-dir={profile}"], pass_fds=(orders_out, answers_in), stdout=log, stderr=log
        )
    os.close(orders_out)
    os.close(answers_in)
    try:
        yield Browser(process, orders_in, answers_out)
    except (BrokenPipeError, OperationFailedError) as error:
        if process.poll() == NOT_FOUND:
            raise MissingPartError("there is no chromium", hint="apt-get install chromium") from error
        raise
    finally:
        os.close(orders_in)
        process.terminate()
        process.wait()
        os.close(answers_out)


NOT_FOUND: Final = 127
"""With which code a shell ends that does not find its program."""
