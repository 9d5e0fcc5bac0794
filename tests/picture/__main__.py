"""``python -m tests.picture``: writes docs/pictures/pull-request.{en,zh}.png."""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path
from typing import Final

from orchestrator.adapters.toolchain import Toolchain
from orchestrator.domain.plan_comment_words import Language
from orchestrator.settings import Settings
from tests.bench.cloud import bench_cloud
from tests.picture.browser import Shot, chromium
from tests.picture.scene import Scene, scene
from tests.picture.style import STYLE

PICTURES: Final = Path(__file__).parents[2] / "docs" / "pictures"
WIDTH: Final = 980
MOST_BYTES: Final = 250_000
PAGES: Final = {Language.EN: "en-US", Language.ZH: "zh-CN"}


def main() -> int:
    """Make the scene, photograph the comment in both languages, and take everything away."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    Toolchain(Settings().cache).install(_say)
    with (
        tempfile.TemporaryDirectory(prefix="tenure-picture-", ignore_cleanup_errors=True) as folder,
        scene(Path(folder), bench_cloud()) as made,
    ):
        _say("an environment is made by a pull request")
        made.make()
        number = made.propose()
        for language in PAGES:
            _photograph(made, number, language, Path(folder) / f"profile-{language}")
        _say("what stands in the cloud is taken away")
    return 0


def _photograph(made: Scene, number: int, language: Language, profile: Path) -> None:
    if language is not Language.EN:
        made.speak(language)
        made.ask_again(number)
    note = made.said(number, language)
    page = f"{made.world.settings.url}/{made.world.path}/pulls/{number}"
    with chromium(profile) as browser:
        shot = Shot(page, f"#issuecomment-{note} .markup", PAGES[language], STYLE, WIDTH)
        picture = browser.photograph(shot)
    if len(picture) > MOST_BYTES:
        raise RuntimeError(f"the picture has {len(picture)} bytes, {MOST_BYTES} are the most")
    PICTURES.mkdir(exist_ok=True)
    file = PICTURES / f"pull-request.{language}.png"
    file.write_bytes(picture)
    _say(f"{file}: {len(picture)} bytes")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  it talks to a terminal


if __name__ == "__main__":
    sys.exit(main())
