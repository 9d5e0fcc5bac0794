"""The parts of the bench, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.bench.gitops.part import gitops
from tests.bench.life.part import life
from tests.bench.operations.part import operations
from tests.bench.options import Options
from tests.bench.provision.part import provision
from tests.bench.results import Result

PARTS: Mapping[str, Callable[[Options], Result]] = {
    "provision": provision,
    "life": life,
    "operations": operations,
    "gitops": gitops,
}
