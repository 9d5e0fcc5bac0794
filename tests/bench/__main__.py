"""``python -m tests.bench PART …``: runs parts, prints a table of each and keeps its JSON."""

from __future__ import annotations

import argparse
import sys

from tests.bench.options import Options
from tests.bench.parts import PARTS


def main() -> int:
    """Run the parts that were asked for; gives 1 when a bound was missed."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help=f"parts to run (default: {' '.join(PARTS)})")
    parser.add_argument("--rounds", type=int, default=5, help="pairs to measure")
    parser.add_argument("--at-once", type=int, default=8, help="environments made at once; 0 leaves it out")
    parser.add_argument("--idle-seconds", type=float, default=20.0, help="look at an idle server; 0 leaves it out")
    given = parser.parse_args()
    options = Options(rounds=given.rounds, at_once=given.at_once, idle_seconds=given.idle_seconds)
    missed = False
    for name in given.parts or PARTS:
        result = PARTS[name](options)
        print(result.table())  # noqa: T201  the table is what the bench is run for
        print(f"  kept in {result.keep()}")  # noqa: T201  as above
        missed = missed or bool(result.missed())
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
