"""``tenure demo``: the main job on real parts; every line that it prints is a fact that it checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.output import JsonFlag, use_json

EXAMPLE = "test-three-tier.yaml"


def demo(
    whole_life: Annotated[
        bool, typer.Option("--whole-life", help="Go on: let the test period pass, and show that nothing remains.")
    ] = False,
    request: Annotated[
        Path | None, typer.Option(help=f"The request that is approved; default: templates/examples/{EXAMPLE}.")
    ] = None,
    home: Annotated[
        Path | None, typer.Option(help="Folder of the demo's installation, emptied first; default: in the cache.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Install the parts, start a cloud, post a signed approval, and show the environment that comes of it."""
    use_json(json)
    from orchestrator.adapters.library import installed_templates
    from orchestrator.cli.demo.scene import open_scene
    from orchestrator.cli.demo.story import Story
    from orchestrator.cli.demo.teller import Teller

    teller = Teller()
    file = request or installed_templates() / "examples" / EXAMPLE
    with open_scene(teller, home) as scene:
        story = Story(scene, teller)
        environment = story.approve(file)
        story.enter_hosts(environment)
        if whole_life:
            story.let_time_pass(environment)
            story.prove_empty(environment)
        else:
            story.say_goodbye(environment)
