"""What the cloud said when it refused, in one line, with secrets masked."""

from __future__ import annotations

import json
import re
from typing import Any

from orchestrator.domain.errors import Diagnostic

MASK = "[secret]"
NOISE = re.compile(r"^(update|preview|destroy|resource operation|refresh) failed$|^$")
BULLET = re.compile(r"^\s*\d+ errors? occurred:|^\s*\*\s", re.MULTILINE)
LOG_LINE = re.compile(r"^sdk-v2/\S+ sdk\.helper_schema: (.*?)(: provider=\S+)?$", re.DOTALL)
"""The bridge tells an error twice: as a log line of the provider's and by itself."""

BODY = re.compile(r"\{.*\}", re.DOTALL)
CLI_CODE = re.compile(r"^\s*code: (-?\d+)", re.MULTILINE)
CLI_ERROR = re.compile(r"error: (.*)")
RESPONSE = re.compile(r"when accessing \[(\w+) ([^\]]+)\], but got (\d+) instead")


class Masker:
    """Replaces secrets by a mark in whatever leaves a child."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = sorted(filter(None, secrets), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Give the text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text


def fault(resource: str, kind: str, message: str) -> Diagnostic:
    """Make a diagnostic of one resource's error.

    Args:
        resource: Logical name; empty when the error belongs to none.
        kind: Provider token of the resource.
        message: As the engine gives it.
    """
    text = plain(message)
    said = cloud_words(text)
    subject = f"{resource}: " if resource else ""
    return Diagnostic(
        summary=f"{subject}{said}",
        detail=f"{kind}: {text}" if kind else text,
        field=resource or None,
        hint="when the cause is gone: tenure operation retry",
    )


def cli_fault(error: Exception, mask: Masker) -> Diagnostic:
    """Make a diagnostic of what the CLI wrote before it ended, when no resource is to blame."""
    text = mask(str(error))
    ending = CLI_CODE.search(text)
    if ending and int(ending.group(1)) < 0:
        summary = f"the Pulumi CLI was killed by signal {-int(ending.group(1))}"
    else:
        told = [plain(line) for line in CLI_ERROR.findall(text)]
        summary = next((cloud_words(line) for line in told if not is_noise(line)), "the Pulumi CLI failed")
    return Diagnostic(summary=summary, detail=" ".join(text.split()), hint="tenure operation retry")


def is_noise(message: str) -> bool:
    """Whether an error only repeats that there was one."""
    return bool(NOISE.match(plain(message)))


def plain(message: str) -> str:
    """Give the message without what the bridge and the provider's list of errors add."""
    told = LOG_LINE.sub(r"\1", message.strip())
    return " ".join(BULLET.sub(" ", told).split())


def cloud_words(text: str) -> str:
    """Give the cloud's own words when the text quotes its answer, else the text."""
    body = BODY.search(text)
    words = _message(_json(body.group())) if body else ""
    response = RESPONSE.search(text)
    if words and response:
        return f"{words} (HTTP {response.group(3)})"
    return words or text


def _json(text: str) -> Any:  # noqa: ANN401  whatever the cloud sent
    try:
        return json.loads(text)
    except ValueError:
        return None


def _message(answer: Any) -> str:  # noqa: ANN401  whatever the cloud sent
    """Services wrap their message differently: {"forbidden": {"message": …}}, {"NeutronError": …}."""
    if not isinstance(answer, dict):
        return ""
    message = answer.get("message")
    if isinstance(message, str):
        return " ".join(message.split())
    return next((found for value in answer.values() if (found := _message(value))), "")
