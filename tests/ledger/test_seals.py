"""The chain of seals: what is altered, deleted or inserted in postings and entries is found where it is."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F

from goalpost.crm.actions import deals
from goalpost.crm.posting import crm_write
from goalpost.crm.verify import differences, repair
from goalpost.ledger.models import Book, Entry, Posting, Reason
from goalpost.ledger.seals import PostingContent, chain_differences, seal_of
from tests.crm.records import add_deal
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


def written() -> Cast:
    """Return a company of five postings: two deals, of which the second is renamed in value, won, deleted."""
    cast = make_company()
    add_deal(cast)
    deal = add_deal(cast, value=500)
    deals.change_deal(actor=cast.as_cilla, deal_id=deal.pk, now=NOW, value=700)
    deals.win_deal(actor=cast.as_cilla, deal_id=deal.pk, now=NOW)
    deals.delete_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATER)
    return cast


def second() -> Posting:
    return Posting.objects.get(version=2)


def insert_posting() -> None:
    posting = second()
    posting.pk, posting.version = None, 6
    posting.save(force_insert=True)


def insert_entry() -> None:
    entry = Entry.objects.filter(version=2).earliest("id")
    entry.pk = None
    entry.save(force_insert=True)


def swap_entries() -> None:
    """Let an entry change its posting: no sum of the record changes."""
    Entry.objects.filter(pk=Entry.objects.filter(version=2).earliest("id").pk).update(version=3)


DAMAGE: dict[str, tuple[Callable[[], object], str]] = {
    "a time": (
        lambda: Posting.objects.filter(version=2).update(at=F("recorded_at") - timedelta(1)),
        "Posting 2",
    ),
    "a time of record": (lambda: Posting.objects.filter(version=2).update(recorded_at=LATER), "Posting 2"),
    "an actor": (lambda: Posting.objects.filter(version=2).update(actor=None), "Posting 2"),
    "a reason": (lambda: Posting.objects.filter(version=4).update(reason=Reason.IMPORT), "Posting 4"),
    "a note": (lambda: Posting.objects.filter(version=5).update(note="by mistake"), "Posting 5"),
    "what was done": (lambda: Posting.objects.filter(version=4).update(action="lost"), "Posting 4"),
    "a seal": (lambda: Posting.objects.filter(version=1).update(seal="0" * 64), "Posting 1"),
    "a posting deleted": (lambda: second().delete(), "Posting 2: is not there any more"),
    "the last posting deleted": (lambda: Posting.objects.get(version=5).delete(), "The book is at version 5"),
    "the last posting and its entries deleted": (
        lambda: [model.objects.filter(version=5).delete() for model in (Posting, Entry)],
        "The book is at version 5",
    ),
    "a posting inserted": (insert_posting, "Posting 6"),
    "postings exchanged": (
        lambda: [
            Posting.objects.filter(version=old).update(version=new) for old, new in ((2, 9), (3, 2), (9, 3))
        ],
        "Posting 2",
    ),
    "an entry altered": (lambda: Entry.objects.filter(version=2).update(day="2026-03-09"), "Posting 2"),
    "an entry deleted": (lambda: Entry.objects.filter(version=3).earliest("id").delete(), "Posting 3"),
    "an entry inserted": (insert_entry, "Posting 2"),
    "an entry moved to another posting": (swap_entries, "Posting 2"),
    "entries of no posting": (
        lambda: Entry.objects.filter(version=5).update(version=8),
        "Posting 8: is not there",
    ),
    "the book's version": (lambda: Book.objects.update(version=4), "The book is at version 4"),
    "the book's seal": (lambda: Book.objects.update(seal=""), "The book is at version 5"),
    "the book's moment": (lambda: Book.objects.update(last_posted_at=NOW - timedelta(1)), "The book is at"),
}


def test_what_was_only_written_by_actions_is_a_whole_chain() -> None:
    cast = written()
    assert list(chain_differences(cast.company_id)) == []
    assert list(Posting.objects.order_by("version").values_list("version", flat=True)) == [1, 2, 3, 4, 5]
    assert Posting.objects.values("seal").distinct().count() == 5


@pytest.mark.parametrize(("damage", "words"), DAMAGE.values(), ids=DAMAGE.keys())
def test_verify_finds_what_was_altered_afterwards_and_a_repair_does_not_hide_it(
    damage: Callable[[], object], words: str
) -> None:
    cast = written()
    damage()
    found = list(differences(cast.company_id))
    assert any(line.startswith(words) for line in found), found
    if not words.startswith("The book"):
        repair(cast.company_id, now=LATER)
        assert any(line.startswith(words) for line in differences(cast.company_id))


def test_damage_in_one_company_breaks_no_other_chain() -> None:
    damaged, other = written(), make_company("Baltica")
    add_deal(other)
    Posting.objects.filter(company_id=damaged.company_id, version=1).update(note="altered")
    assert len(list(chain_differences(damaged.company_id))) == 1
    assert list(chain_differences(other.company_id)) == []


def test_a_seal_does_not_depend_on_the_order_of_entries_and_on_all_else_it_does() -> None:
    posting = PostingContent(1, NOW, NOW, 7, "edit", "", "won")
    seal = seal_of("", posting, ["1 2", "3 4"])
    assert seal == seal_of("", posting, ["3 4", "1 2"])
    others = {
        seal_of("0", posting, ["1 2", "3 4"]),
        seal_of("", posting, ["1 2"]),
        seal_of("", PostingContent(2, NOW, NOW, 7, "edit", "", "won"), ["1 2", "3 4"]),
        seal_of("", PostingContent(1, NOW, NOW, 7, "edit", "won", ""), ["1 2", "3 4"]),
        seal_of("", PostingContent(1, NOW, LATER, 7, "edit", "", "won"), ["1 2", "3 4"]),
    }
    assert len(others | {seal}) == 6


def test_a_replayed_history_becomes_so_in_the_source_and_comes_in_now() -> None:
    cast = make_company()
    past = NOW - timedelta(days=400)
    with crm_write(cast.operator, now=NOW, reason=Reason.SYNC, at=past) as writer:
        writer.add_entries(())
    with crm_write(cast.operator, now=LATER, reason=Reason.SYNC, at=past - timedelta(days=1)) as writer:
        writer.add_entries(())
    known = Posting.objects.order_by("version").values_list("at", "recorded_at")
    assert list(known) == [(past, NOW), (past, LATER)], "moments never go back within the book"
