"""``python -m tests.bench PART …``: runs parts, prints a table of each and keeps its JSON."""

from __future__ import annotations

import argparse
import os
import signal
import sys

from orchestrator.domain.errors import ExitCode
from tests.bench.options import Options
from tests.bench.parts import PARTS


def main() -> int:
    """Run the parts that were asked for; gives 1 when a bound was missed, 130 when somebody interrupted."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help=f"parts to run (default: {' '.join(PARTS)})")
    parser.add_argument("--rounds", type=int, default=5, help="pairs to measure")
    parser.add_argument("--at-once", type=int, default=8, help="environments made at once; 0 leaves it out")
    parser.add_argument("--idle-seconds", type=float, default=20.0, help="look at an idle server; 0 leaves it out")
    parser.add_argument("--environments", type=int, default=100_000, help="how many `life` has on record")
    parser.add_argument("--fleet", type=int, default=200, help="how many environments `gitops` has on the cloud")
    parser.add_argument("--files", type=int, default=2000, help="how many environments `gitops` has in its repository")
    given = parser.parse_args()
    options = Options.model_validate({name: getattr(given, name) for name in Options.model_fields})
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return int(_run(given.parts or list(PARTS), options))
    except KeyboardInterrupt:
        print("interrupted; what the bench made is removed", flush=True)  # noqa: T201  the bench talks to a terminal
        os._exit(ExitCode.CANCELLED)


def _run(parts: list[str], options: Options) -> bool:
    """Run parts one after the other; gives whether a bound was missed."""
    missed = False
    for name in parts:
        result = PARTS[name](options)
        print(result.table())  # noqa: T201  the table is what the bench is run for
        print(f"  kept in {result.keep()}")  # noqa: T201  as above
        missed = missed or bool(result.missed())
    return missed


if __name__ == "__main__":
    sys.exit(main())
