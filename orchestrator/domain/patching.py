"""Patches: what is pending, in which order hosts are taken, when, and how an environment stands (Art. 30, 32)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from math import ceil

from orchestrator.domain.blueprint_care import BlueprintCare, PatchHours
from orchestrator.domain.calendar import DAY, SATURDAY, SHANGHAI, Calendar, local_date
from orchestrator.domain.model import Model
from orchestrator.domain.records import Environment, Exclusion
from orchestrator.domain.rulebook import Rulebook, Window

SHARE_PERCENT = 50
"""How many of the hosts that are left a batch after the canary takes, by policy."""

YEAR_DAYS = 366


class Update(Model):
    """One pending update of one host.

    Attributes:
        installed: The version that is there; empty for a package that an update brings along.
        security: Whether it comes from the distribution's security repository or has a security advisory.
        advisories: Advisories that the distribution names (CVE, DSA, USN, RHSA …).
        held: Excluded, held on the host, or kept back by the package manager.
        since: When a look found an update of this package pending first.
    """

    package: str
    installed: str
    candidate: str
    security: bool
    advisories: tuple[str, ...] = ()
    held: bool = False
    since: datetime | None = None


class PackageChange(Model):
    """A package whose version changed; an empty version means that it was not there."""

    package: str
    before: str
    after: str


class WayBack(StrEnum):
    """How a host that could not be patched led itself back."""

    NONE = ""
    """It was not needed: nothing had been changed."""
    PACKAGES = "packages"
    FAILED = "failed"


class HostPatches(Model):
    """What a look or a run told about one host, as the playbooks say it.

    Attributes:
        pending: What is pending now.
        installed: What the run changed.
        restarted: Services that were restarted, since they ran replaced files.
        rebooted: Whether it was booted again.
        reboot: Whether an update still waits for a reboot.
        no_way_back: Packages whose old version no repository has any more: only the snapshot leads back.
        led_back: What the way back changed.
        reason: Why the way back was taken.
        why_not_back: Why it led nowhere.
    """

    pending: tuple[Update, ...] = ()
    installed: tuple[PackageChange, ...] = ()
    restarted: tuple[str, ...] = ()
    rebooted: bool = False
    reboot: bool = False
    no_way_back: tuple[str, ...] = ()
    way_back: WayBack = WayBack.NONE
    led_back: tuple[PackageChange, ...] = ()
    reason: str = ""
    why_not_back: str = ""

    def seen_since(self, earlier: HostPatches | None, now: datetime) -> HostPatches:
        """Say of each pending update since when its package waits: a newer version of it does not begin anew."""
        known = {} if earlier is None else {update.package: update.since for update in earlier.pending}
        dated = (update.model_copy(update={"since": known.get(update.package) or now}) for update in self.pending)
        return self.model_copy(update={"pending": tuple(dated)})


def batches(hosts: Iterable[str], bastion: str, share_percent: int = SHARE_PERCENT) -> tuple[tuple[str, ...], ...]:
    """Give the order in which hosts are patched: a canary, then shares of what is left, the bastion alone at last.

    The bastion is the way to all others, so nobody works behind it while it boots. An environment of one host has only
    its canary.
    """
    known = tuple(hosts)
    others = tuple(host for host in known if host != bastion)
    last = tuple(host for host in known if host == bastion)
    size = max(1, ceil((len(others) - 1) * share_percent / 100))
    shares = [others[start : start + size] for start in range(1, len(others), size)]
    return tuple(batch for batch in (others[:1], *shares, last) if batch)


def in_force(exclusions: Iterable[Exclusion], today: date) -> tuple[Exclusion, ...]:
    """Give the exclusions that count today: not lifted, and not past their last day."""
    return tuple(each for each in exclusions if each.lifted_at is None and (each.until is None or today <= each.until))


def window_of(rulebook: Rulebook, care: BlueprintCare, decided: PatchHours | None = None) -> Window:
    """Give an environment's window: the hours decided for it, else those of its blueprint, else the rulebook's."""
    own = decided or care.patch_window
    window = rulebook.care.patch_window
    return window if own is None else window.model_copy(update=dict(own))


def closes_at(window: Window, calendar: Calendar, now: datetime) -> datetime | None:
    """Give the end of the window that is open now, or None: on a weekend day that is worked, none opens."""
    end = window.closes_at(now)
    return end if end is not None and _opens(calendar, _began_on(window, now)) else None


def next_opening(window: Window, calendar: Calendar, after: datetime) -> datetime:
    """Give the first instant after this one at which a window opens.

    A weekend day that is worked instead of a holiday (调休) opens none: the offices work, and so do the systems.
    """
    moment = after
    for _ in range(YEAR_DAYS):
        begins = _begin_after(window, moment)
        if _opens(calendar, local_date(begins)):
            return begins
        moment = begins
    raise ValueError("no window opens within a year")


def _begin_after(window: Window, moment: datetime) -> datetime:
    """Give the next beginning of a window that lies after an instant, whether or not one is open then."""
    closing = window.closes_at(moment)
    return window.next_begin(moment if closing is None else closing)


def _began_on(window: Window, now: datetime) -> date:
    """Give the day on which the window that is open now began."""
    return local_date(now) if now.astimezone(SHANGHAI).strftime("%H:%M") >= window.begins else local_date(now) - DAY


def _opens(calendar: Calendar, day: date) -> bool:
    return day.weekday() < SATURDAY or not calendar.is_working_day(day)


class Compliance(Model):
    """How an environment's patches stand (Art. 30, 32).

    Attributes:
        patched_at: End of the last run that brought every host to its newest; ``None`` before the first.
        days_since: Whole days since then.
        looked_at: When pending updates were listed last; ``None`` when nobody has looked.
        security: Pending security updates over all hosts, those held included.
        other: Pending other updates.
        held: How many of both are held or excluded.
        reboots: Hosts that wait for a reboot.
        oldest_security_days: How long the oldest of the security updates is pending.
        allowed_days: How long one may be.
    """

    environment: str
    patched_at: datetime | None
    days_since: int | None
    looked_at: datetime | None
    security: int
    other: int
    held: int
    reboots: tuple[str, ...]
    oldest_security_days: int
    allowed_days: int

    @property
    def compliant(self) -> bool:
        """Whether somebody looked and no security update waits for longer than the rulebook allows."""
        return self.looked_at is not None and self.oldest_security_days <= self.allowed_days


def compliance(
    environment: Environment,
    hosts: dict[str, HostPatches],
    looked_at: datetime | None,
    patched_at: datetime | None,
    rulebook: Rulebook,
    now: datetime,
) -> Compliance:
    """Work out the figure from what the newest look told of each host."""
    pending = [update for host in hosts.values() for update in host.pending]
    security = [update for update in pending if update.security]
    ages = [(now - update.since).days for update in security if update.since is not None]
    return Compliance(
        environment=environment.name,
        patched_at=patched_at,
        days_since=None if patched_at is None else (now - patched_at).days,
        looked_at=looked_at,
        security=len(security),
        other=len(pending) - len(security),
        held=sum(update.held for update in pending),
        reboots=tuple(sorted(name for name, host in hosts.items() if host.reboot)),
        oldest_security_days=max(ages, default=0),
        allowed_days=_days(rulebook, now),
    )


def _days(rulebook: Rulebook, now: datetime) -> int:
    """Give the rulebook's time in calendar days, counted from today where it is in months."""
    start = local_date(now)
    due = rulebook.care.patch_within.after(start, Calendar.of(()))
    return (due.day - start).days
