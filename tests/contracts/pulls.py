"""The contract of the records of pull requests."""

from __future__ import annotations

from datetime import timedelta

from orchestrator.domain.forge import CheckOutcome, EventKind, ForgeDelivery, PlanPage, PullCheck
from orchestrator.domain.git_plan import CheckedEnvironment
from orchestrator.domain.records import Kind
from orchestrator.ports import Records
from tests.samples import START

HEAD = "4" * 40
PROMISED = CheckedEnvironment(
    environment="archives-catalogue-test",
    kind=Kind.TEST,
    content_digest="sha256:" + "6" * 64,
    plan_digest="sha256:" + "7" * 64,
)


def a_delivery(delivery: str = "d-1", pull: int = 7, *, after_seconds: int = 0, forge: str = "gitea") -> ForgeDelivery:
    """Give a delivery."""
    at = START + timedelta(seconds=after_seconds)
    return ForgeDelivery(forge=forge, id=delivery, kind=EventKind.PULL_REQUEST, pull=pull, at=at)


def a_check(pull: int = 7, head: str = HEAD) -> PullCheck:
    """Give a check that ended well."""
    return PullCheck(
        forge="gitea",
        pull=pull,
        head=head,
        digest="sha256:" + "5" * 64,
        outcome=CheckOutcome.GOOD,
        summary="2 to make",
        environments=(PROMISED,),
        answered=("c-1",),
        seen_at=START,
        at=START + timedelta(seconds=9),
    )


class ForgeDeliveriesContract:
    """What a forge tells is kept once, and until it was acted on."""

    def test_a_delivery_is_new_once(self, records: Records) -> None:
        """The forge sends it again when it got no answer; another forge may use the same ids."""
        with records.transaction() as tx:
            assert tx.deliveries.claim(a_delivery())
        with records.transaction() as tx:
            assert not tx.deliveries.claim(a_delivery(after_seconds=60))
            assert tx.deliveries.claim(a_delivery(forge="other"))
        with records.read() as look:
            assert look.deliveries.waiting("gitea") == (a_delivery(),)

    def test_what_waits_is_told_oldest_first(self, records: Records) -> None:
        """In the order in which it came."""
        first, second = a_delivery("d-2"), a_delivery("d-1", after_seconds=1)
        with records.transaction() as tx:
            tx.deliveries.claim(second)
            tx.deliveries.claim(first)
        with records.read() as look:
            assert look.deliveries.waiting("gitea") == (first, second)

    def test_what_is_done_waits_no_more_and_is_still_known(self, records: Records) -> None:
        """What came meanwhile goes on waiting."""
        done, later = a_delivery(), a_delivery("d-2", after_seconds=5)
        with records.transaction() as tx:
            tx.deliveries.claim(done)
            tx.deliveries.claim(later)
            tx.deliveries.done((done,), START + timedelta(seconds=6))
        with records.transaction() as tx:
            assert tx.deliveries.waiting("gitea") == (later,)
            assert not tx.deliveries.claim(a_delivery(after_seconds=9))

    def test_only_what_is_done_is_forgotten(self, records: Records) -> None:
        """However long the rest has waited."""
        with records.transaction() as tx:
            tx.deliveries.claim(a_delivery())
            tx.deliveries.claim(a_delivery("d-2"))
            tx.deliveries.done((a_delivery(),), START)
        with records.transaction() as tx:
            assert tx.deliveries.forget(START) == 0
            assert tx.deliveries.forget(START + timedelta(seconds=1)) == 1
            assert tx.deliveries.waiting("gitea") == (a_delivery("d-2"),)


class PullChecksContract:
    """The newest check of a pull request takes the place of the one before."""

    def test_a_check_is_found_again(self, records: Records) -> None:
        """Equal to what was given; another pull request has none."""
        with records.transaction() as tx:
            tx.pulls.put(a_check())
        with records.read() as look:
            assert look.pulls.find("gitea", 7) == a_check()
            assert look.pulls.find("gitea", 8) is None
            assert look.pulls.find("other", 7) is None

    def test_the_newest_one_counts(self, records: Records) -> None:
        """And they are listed by number."""
        newer = a_check(head="6" * 40)
        with records.transaction() as tx:
            tx.pulls.put(a_check())
            tx.pulls.put(newer)
            tx.pulls.put(a_check(9))
        with records.read() as look:
            assert look.pulls.list("gitea") == (a_check(9), newer)

    def test_the_newest_page_counts(self, records: Records) -> None:
        """Of each pull request there is one, until it is old."""
        first = PlanPage(forge="gitea", pull=7, text="first", at=START)
        newer = first.model_copy(update={"text": "第二", "at": START + timedelta(days=1)})
        with records.transaction() as tx:
            tx.pulls.put_page(first)
            tx.pulls.put_page(newer)
            tx.pulls.put_page(first.model_copy(update={"pull": 8}))
            assert tx.pulls.page("gitea", 7) == newer
            assert tx.pulls.forget_pages(START + timedelta(seconds=1)) == 1
            assert tx.pulls.page("gitea", 8) is None
            assert tx.pulls.page("other", 7) is None
            assert tx.pulls.page("gitea", 7) == newer
