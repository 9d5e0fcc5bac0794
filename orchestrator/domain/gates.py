"""Gates: what must be shown before a request goes on, by article; pure functions of what is on record.

A gate is passed by its evidence, or by a named decision of the office with a reason (a waiver), which stays in the
request and in the audit log. Which gates a request has is said by :func:`gates`, per kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from orchestrator.domain.calendar import Calendar, end_of_day, local_date
from orchestrator.domain.change import Weight, takes_more
from orchestrator.domain.errors import Diagnostic, RefusedError, Severity
from orchestrator.domain.model import Model
from orchestrator.domain.names import Stage
from orchestrator.domain.records import (
    Environment,
    EvidenceKind,
    Hold,
    Kind,
    Material,
    Request,
    Role,
    Waiver,
)
from orchestrator.domain.rulebook import Rule, Rulebook


class GateName(StrEnum):
    """The gates."""

    MATERIAL = "material"
    HOLD = "hold"
    ENVELOPE = "envelope"
    TEST_PASSED = "test-passed"
    TRIAL_LENGTH = "trial-length"
    PRODUCTION_EVIDENCE = "production-evidence"
    CHANGE_MATERIAL = "change-material"
    TESTS_PASSED = "tests-passed"
    OFFLINE = "offline"
    FINAL_BACKUP = "final-backup"
    RESTORE_COMPARED = "restore-compared"


class Step(StrEnum):
    """Before which decision a gate stands."""

    ACCEPT = "accept"
    REVIEW = "review"


class Gate(Model):
    """One gate as it stands now.

    Attributes:
        missing: What is not shown yet, one thing each; empty when the evidence is complete.
        acts: Who can show it.
        waiver: The office's decision to go on without it.
        hint: A command that helps.
    """

    name: GateName
    step: Step
    article: str
    zh: str
    en: str
    missing: tuple[str, ...]
    acts: Role
    waiver: Waiver | None = None
    hint: str = ""

    @property
    def open(self) -> bool:
        """Whether a request may pass."""
        return not self.missing or self.waiver is not None

    @property
    def diagnostic(self) -> Diagnostic:
        """The gate as a finding."""
        return Diagnostic(
            severity=Severity.WARNING if self.open else Severity.ERROR,
            summary=f"{self.name}: {self.missing[0] if self.missing else 'passed'}",
            detail="; ".join((*self.missing[1:], self.zh)),
            field=str(self.name),
            rule=self.article,
            hint=self.hint,
        )


@dataclass(frozen=True)
class Facts:
    """What the gates look at.

    Attributes:
        environment: The environment that the request is about, if there is one.
        tested: The system's newest test environment, retired or not.
        holds: Holds in force on the system (Art. 46).
        held: SHA-256 of the material that was handed in as a file.
        oversize: What the wish has over the blueprint's envelope, in sentences.
    """

    request: Request
    rulebook: Rulebook
    calendar: Calendar
    now: datetime
    environment: Environment | None = None
    tested: Environment | None = None
    holds: tuple[Hold, ...] = ()
    held: frozenset[str] = frozenset()
    oversize: tuple[str, ...] = field(default=())


def gates(facts: Facts) -> tuple[Gate, ...]:
    """Give every gate of a request, passed or not, in the order of its decisions."""
    found = (GATES[name](facts) for name in _names(facts))
    ordered = sorted(found, key=lambda gate: list(Step).index(gate.step))
    waivers = {waiver.gate: waiver for waiver in facts.request.waivers}
    return tuple(gate.model_copy(update={"waiver": waivers.get(gate.name)}) for gate in ordered)


def pass_gates(found: tuple[Gate, ...], step: Step) -> None:
    """Raise RefusedError with every gate that keeps a decision from being taken."""
    closed = tuple(gate.diagnostic for gate in found if gate.step is step and not gate.open)
    if closed:
        raise RefusedError(f"{step} has to wait: {closed[0].summary}", diagnostics=closed)


def _names(facts: Facts) -> tuple[GateName, ...]:
    request = facts.request
    if request.kind is Kind.CHANGE and request.weight == Weight.MAJOR:
        return (*OF_KIND[Kind.CHANGE], GateName.CHANGE_MATERIAL, GateName.TESTS_PASSED)
    if request.kind is Kind.TERMINATE and request.stage is Stage.TEST:
        return ()
    return OF_KIND.get(request.kind, ())


OF_KIND: Mapping[Kind, tuple[GateName, ...]] = {
    Kind.TEST: (GateName.MATERIAL, GateName.HOLD, GateName.ENVELOPE),
    Kind.TRIAL: (GateName.MATERIAL, GateName.TEST_PASSED, GateName.HOLD, GateName.ENVELOPE),
    Kind.PRODUCTION: (GateName.MATERIAL, GateName.TRIAL_LENGTH, GateName.PRODUCTION_EVIDENCE, GateName.HOLD),
    Kind.CHANGE: (GateName.HOLD, GateName.ENVELOPE),
    Kind.TERMINATE: (GateName.OFFLINE, GateName.FINAL_BACKUP, GateName.RESTORE_COMPARED),
}
"""Gates by kind; a major change has two more, the end of a test environment none (Art. 16 by analogy, policy)."""


def missing_material(kind: Kind, material: tuple[Material, ...], rulebook: Rulebook) -> tuple[str, ...]:
    """Give what an application of a kind should carry and does not (Art. 11), in sentences."""
    if GateName.MATERIAL not in OF_KIND.get(kind, ()):
        return ()
    present = {document.kind for document in material}
    wanted = rulebook.admission.material.kinds
    return tuple(f"the application carries no {document}" for document in wanted if document not in present)


def _material(facts: Facts) -> Gate:
    rule = facts.rulebook.admission.material
    missing = missing_material(facts.request.kind, facts.request.material, facts.rulebook)
    hint = "tenure request attach {id} FILE --kind …; or decide without it: tenure request accept {id} --reason …"
    return _gate(facts, GateName.MATERIAL, Step.ACCEPT, rule, missing, Role.UNIT, hint)


def _hold(facts: Facts) -> Gate:
    request, environment = facts.request, facts.environment
    grows = request.kind is not Kind.CHANGE or (
        environment is not None and request.spec is not None and takes_more(environment.spec, request.spec)
    )
    missing = tuple(f"no further resources since {local_date(hold.at)}: {hold.reason}" for hold in facts.holds if grows)
    rule = facts.rulebook.gates.hold
    return _gate(facts, GateName.HOLD, Step.REVIEW, rule, missing, Role.OFFICE, "tenure hold list")


def _envelope(facts: Facts) -> Gate:
    rule = facts.rulebook.gates.envelope
    hint = f"tenure request waive {facts.request.id} --gate envelope --reason …"
    return _gate(facts, GateName.ENVELOPE, Step.REVIEW, rule, facts.oversize, Role.OFFICE, hint)


def _test_passed(facts: Facts) -> Gate:
    rule, tested = facts.rulebook.gates.test_first, facts.tested
    if tested is None or tested.ready_at is None:
        missing: tuple[str, ...] = ("the system was never tested in a test environment",)
    elif not tested.evaluations:
        missing = (f"the test in {tested.name} is not evaluated",)
    elif not tested.evaluations[-1].passed:
        missing = (f"the newest test in {tested.name} was not passed: {tested.evaluations[-1].reason}",)
    else:
        missing = ()
    hint = "" if tested is None else f"tenure env evaluate {tested.name} --passed --reason …"
    return _gate(facts, GateName.TEST_PASSED, Step.ACCEPT, rule, missing, Role.OFFICE, hint)


def _trial_length(facts: Facts) -> Gate:
    rule, environment = facts.rulebook.gates.trial_first, facts.environment
    if environment is None or environment.ready_at is None or environment.stage is not Stage.TRIAL:
        missing: tuple[str, ...] = ("there is no trial environment",)
    else:
        due = facts.rulebook.periods.trial.after(local_date(environment.ready_at), facts.calendar)
        missing = () if facts.now >= due.instant else (f"the trial lasts until the end of {due.day} at least",)
    return _gate(facts, GateName.TRIAL_LENGTH, Step.REVIEW, rule, missing, Role.OFFICE)


def _production_evidence(facts: Facts) -> Gate:
    rule = facts.rulebook.admission.production_material
    missing = tuple(_first_lack(kind, facts) for kind in rule.kinds)
    shown = tuple(lack for lack in missing if lack)
    hint = f"tenure request attach {facts.request.id} FILE --kind … --issued-on … --valid-until …"
    return _gate(facts, GateName.PRODUCTION_EVIDENCE, Step.REVIEW, rule, shown, Role.UNIT, hint)


def _first_lack(kind: str, facts: Facts) -> str:
    """Say what the best document of a kind lacks; empty when one counts today."""
    lacks = [_lack(document, facts) for document in facts.request.material if document.kind == kind]
    return min(lacks, key=len) if lacks else f"there is no {kind}"


def _lack(document: Material, facts: Facts) -> str:
    if document.sha256 is None or document.sha256 not in facts.held:
        return f"{document.kind} {document.name} was named but not handed in"
    if document.issuer is None and document.kind != SELF_GRADE:
        return f"{document.kind} {document.name} names no issuer"
    if document.kind in THIRD_PARTY and document.accreditation != ACCREDITATION:
        return f"{document.kind} {document.name} is not by a party that {ACCREDITATION} accredited"
    if document.valid_until is not None and facts.now >= end_of_day(document.valid_until):
        return f"{document.kind} {document.name} was valid until {document.valid_until}"
    return ""


SELF_GRADE = "mlps-grading"
THIRD_PARTY = frozenset({"performance-report", "security-report"})
ACCREDITATION = "CNAS"


def _change_material(facts: Facts) -> Gate:
    rule = facts.rulebook.gates.change_material
    present = {document.kind for document in facts.request.material}
    missing = tuple(f"a major change carries no {kind}" for kind in rule.kinds if kind not in present)
    hint = f"tenure request attach {facts.request.id} FILE --kind …"
    return _gate(facts, GateName.CHANGE_MATERIAL, Step.ACCEPT, rule, missing, Role.UNIT, hint)


def _shown(name: GateName, kind: EvidenceKind, acts: Role, hint: str) -> Callable[[Facts], Gate]:
    """Make a gate that one kind of evidence on the request opens."""

    def gate(facts: Facts) -> Gate:
        shown = any(evidence.kind is kind for evidence in facts.request.evidence)
        rules = facts.rulebook.gates
        rule = {
            GateName.TESTS_PASSED: rules.change_material,
            GateName.OFFLINE: rules.termination_offline,
            GateName.FINAL_BACKUP: rules.final_backup,
            GateName.RESTORE_COMPARED: rules.restore_compared,
        }[name]
        return _gate(facts, name, Step.REVIEW, rule, () if shown else (f"not shown: {rule.en}",), acts, hint)

    return gate


def _gate(
    facts: Facts, name: GateName, step: Step, rule: Rule, missing: tuple[str, ...], acts: Role, hint: str = ""
) -> Gate:
    return Gate(
        name=name,
        step=step,
        article=rule.article,
        zh=rule.zh,
        en=rule.en,
        missing=missing,
        acts=acts,
        hint=hint.replace("{id}", facts.request.id) if missing else "",
    )


GATES: Mapping[GateName, Callable[[Facts], Gate]] = {
    GateName.MATERIAL: _material,
    GateName.HOLD: _hold,
    GateName.ENVELOPE: _envelope,
    GateName.TEST_PASSED: _test_passed,
    GateName.TRIAL_LENGTH: _trial_length,
    GateName.PRODUCTION_EVIDENCE: _production_evidence,
    GateName.CHANGE_MATERIAL: _change_material,
    GateName.TESTS_PASSED: _shown(
        GateName.TESTS_PASSED,
        EvidenceKind.TESTS_PASSED,
        Role.OFFICE,
        "tenure request confirm {id} tests-passed --reason …",
    ),
    GateName.OFFLINE: _shown(
        GateName.OFFLINE, EvidenceKind.OFFLINE, Role.UNIT, "tenure request confirm {id} offline --as unit --reason …"
    ),
    GateName.FINAL_BACKUP: _shown(
        GateName.FINAL_BACKUP, EvidenceKind.FINAL_BACKUP, Role.PROVIDER, "tenure operation list --request {id}"
    ),
    GateName.RESTORE_COMPARED: _shown(
        GateName.RESTORE_COMPARED, EvidenceKind.RESTORE_COMPARED, Role.PROVIDER, "tenure operation list --request {id}"
    ),
}
