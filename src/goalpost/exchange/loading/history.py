"""Loads stage histories: all that files ever said of a deal's way is kept, and its moves are made of that."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from goalpost.crm.bulk import deals_by_id
from goalpost.crm.models import Deal, Stage, columns_of, moment_of
from goalpost.crm.posting import crm_write, reconcile
from goalpost.crm.recount import stage_moves
from goalpost.crm.seals import update_sealed
from goalpost.crm.stage_history import replace_moves
from goalpost.domain.counting import DealStatus, Moment, StageMove
from goalpost.exchange.errors import RowRefused
from goalpost.exchange.files.cells import RejectedRow
from goalpost.exchange.loading.activities import LinkedDeals
from goalpost.exchange.loading.pipelines import Pipelines
from goalpost.exchange.models import StageEvent
from goalpost.exchange.reading.history import HistoryRow, StageEntry
from goalpost.exchange.reading.reading import ParsedRow
from goalpost.exchange.report import Remark, Session
from goalpost.ledger.models import Reason, SourceKind
from goalpost.ledger.post import PostingWriter
from goalpost.storage.bulk_rows import insert_rows

_BATCH = 2_000
_FIELDS = ("company", "deal", "stage", "moment", "moment_is_day", "previous")


class Event(NamedTuple):
    """One arrival, as it is stored: `previous` is 0 where it is not known."""

    at: datetime
    stage_id: int
    is_day: bool
    previous: int

    @property
    def moment(self) -> Moment:
        found = moment_of(self.at, self.is_day)
        assert found is not None
        return found


class HistoryLoader:
    """Loads rows of stage history for deals that are here. `given` names the fields that the file gives."""

    known_by = "deal, stage and moment."

    def __init__(self, session: Session, _given: frozenset[str], stage_order: Sequence[str] = ()) -> None:
        self._session = session
        self._deals = LinkedDeals(session.company_id, session.source)
        self._pipelines = Pipelines(session, stage_order)
        self._concerned: set[int] = set()

    def load(self, writer: PostingWriter | None, rows: Sequence[ParsedRow[HistoryRow]]) -> list[RejectedRow]:
        report = self._session.report
        self._deals.look_up(parsed.row.deal for parsed in rows)
        rejected: list[RejectedRow] = []
        stated: defaultdict[int, dict[tuple[datetime, int], Event]] = defaultdict(dict)
        found: list[tuple[int, list[Event]]] = []
        for parsed in rows:
            row = parsed.row
            report.remarks[Remark.OTHER_FIELD] += row.is_other
            report.remarks[Remark.ENDS] += row.ends
            if row.is_other:
                report.unchanged += 1
                continue
            try:
                deal = self._deals.deal(row.deal)
                if deal is None:
                    raise _no_deal(row.deal)
            except RowRefused as refusal:
                rejected.append(parsed.rejected(refusal))
                continue
            events = [self._event(entry, deal.pipeline_id) for entry in row.entries]
            found.append((deal.id, events))
            stated[deal.id] |= {(event.at, event.stage_id): event for event in events}
        known = self._known(stated)
        for deal_id, events in found:
            is_new = any((event.at, event.stage_id) not in known[deal_id] for event in events)
            report.created += is_new
            report.unchanged += not is_new
        if writer is not None:
            self._store(stated, known)
            self._concerned |= set(stated)
        return rejected

    def settle(self) -> None:
        """Put the stages that the batch created in order."""
        if self._pipelines.has_unsettled_stages():
            self._pipelines.settle(self._before(sorted(self._concerned)))

    def finish(self) -> list[RejectedRow]:
        """Put the stages in order, and make the moves of the deals anew from all that is known of them."""
        session, concerned = self._session, sorted(self._concerned)
        self._pipelines.arrange(self._before(concerned) if self._pipelines.has_new_stages() else {})
        for start in range(0, len(concerned), _BATCH):
            ids = concerned[start : start + _BATCH]
            with crm_write(
                session.actor, now=session.now, reason=Reason.IMPORT, note=session.report.file_name
            ) as writer:
                reconcile(writer, deals=self._rebuild(writer, ids))
                session.write_journal(SourceKind.DEAL)
        return []

    def _before(self, deal_ids: Sequence[int]) -> Counter[tuple[int, int]]:
        """Return how many deals came to one stage before another, by when they first came to each."""
        counted: Counter[tuple[int, int]] = Counter()
        for start in range(0, len(deal_ids), _BATCH):
            for events in self._known(deal_ids[start : start + _BATCH]).values():
                first: dict[int, tuple[datetime, int]] = {}
                for event in sorted(events.values(), reverse=True):
                    first[event.stage_id] = (event.at, 1)
                    if event.previous and event.previous not in first:
                        first[event.previous] = (event.at, 0)
                counted.update((one, other) for one in first for other in first if first[one] < first[other])
        return counted

    def _event(self, entry: StageEntry, pipeline_id: int) -> Event:
        at, is_day = columns_of(entry.moment)
        assert at is not None
        stage_id = self._pipelines.stage_told(entry.pipeline, entry.stage, pipeline_id)
        previous = 0
        if entry.previous:
            previous = self._pipelines.stage_told(entry.pipeline, entry.previous, pipeline_id)
        return Event(at, stage_id, is_day, previous)

    def _known(self, deal_ids: Iterable[int]) -> dict[int, dict[tuple[datetime, int], Event]]:
        rows = StageEvent.objects.filter(company_id=self._session.company_id, deal_id__in=list(deal_ids))
        known: defaultdict[int, dict[tuple[datetime, int], Event]] = defaultdict(dict)
        for deal_id, at, stage_id, is_day, previous in rows.values_list(
            "deal_id", "moment", "stage_id", "moment_is_day", "previous_id"
        ):
            known[deal_id][at, stage_id] = Event(at, stage_id, is_day, previous or 0)
        return known

    def _store(
        self,
        stated: dict[int, dict[tuple[datetime, int], Event]],
        known: dict[int, dict[tuple[datetime, int], Event]],
    ) -> None:
        company_id = self._session.company_id
        new = [
            (company_id, deal_id, event.stage_id, event.at, event.is_day, event.previous or None)
            for deal_id, events in stated.items()
            for key, event in events.items()
            if key not in known[deal_id]
        ]
        insert_rows(StageEvent, _FIELDS, new)
        if self._session.journal is not None:
            self._session.journal.changed.arrivals += [
                (deal_id, at, stage_id) for _, deal_id, stage_id, at, *_ in new
            ]

    def _rebuild(self, writer: PostingWriter, deal_ids: Sequence[int]) -> list[int]:
        """Store the moves of these deals where they differ; return those that changed."""
        company_id = self._session.company_id
        events, made = self._known(deal_ids), stage_moves(company_id, deal_ids)
        stages = Stage.objects.filter(company_id=company_id).values_list("id", "position")
        positions: dict[int, int] = dict(stages)
        deals = Deal.objects.filter(company_id=company_id, id__in=deal_ids).only(
            "id", "company_id", "stage_id", "status", "add_time", "add_time_is_day", "stage_change_time",
            "stage_change_time_is_day",
        )  # fmt: skip
        changed: dict[int, list[StageMove]] = {}
        placed: dict[int, int] = {}
        for deal in deals:
            before = made.get(deal.pk, [])
            in_order = sorted(events[deal.pk].values(), key=lambda each: (each.at, positions[each.stage_id]))
            known_stage = deal.stage_id
            if _follows_history(deal, events[deal.pk], before):
                deal.stage_id = None
            after = moves_of_history(in_order, before, deal)
            if after != before:
                changed[deal.pk] = after
            if deal.stage_id is None and after and known_stage != after[-1].stage_id:
                placed[deal.pk] = after[-1].stage_id
        if self._session.journal is not None:
            concerned = sorted(changed.keys() | placed.keys())
            self._session.journal.changed.deals |= deals_by_id(company_id, concerned)
            self._session.journal.changed.moves |= {key: made.get(key, []) for key in concerned}
        replace_moves(company_id, changed)
        for deal_id, stage_id in placed.items():
            update_sealed(writer, Deal, [deal_id], stage_id=stage_id, updated_at=self._session.now)
        update_sealed(writer, Deal, sorted(changed.keys() - placed.keys()), updated_at=self._session.now)
        return list(changed)


def _follows_history(
    deal: Deal, events: Mapping[tuple[datetime, int], Event], before: Sequence[StageMove]
) -> bool:
    """Whether a closed deal's stage is known from its history alone: it is then the last of that."""
    if deal.status == DealStatus.OPEN:
        return False
    if deal.stage_id is None or not before or before[-1].moved_at is None:
        return deal.stage_id is None
    return (_instant(before[-1].moved_at), before[-1].stage_id) in events


def _no_deal(text: str) -> RowRefused:
    return RowRefused(
        f"No deal here has the external id or the title “{text}”: import the deals first.",
        "No deal here has this external id or title: import the deals first.",
        text,
    )


def moves_of_history(events: Sequence[Event], before: Sequence[StageMove], deal: Deal) -> list[StageMove]:
    """Return a deal's moves: what its history tells, and what was made since the last of that.

    Where the history tells from which stage the first move came, the deal was created there. Without a move
    to the stage that the deal is in, it came there at a moment that is not known.
    """
    if not events:
        return list(before)
    last = events[-1].at
    moves: list[StageMove] = []
    add_time = moment_of(deal.add_time, deal.add_time_is_day)
    if events[0].previous and (add_time is None or _instant(add_time) <= events[0].at):
        moves.append(StageMove(events[0].previous, add_time))
    moves += (StageMove(event.stage_id, event.moment) for event in events)
    moves += (move for move in before if move.moved_at is not None and _instant(move.moved_at) > last)
    if deal.stage_id is not None and moves[-1].stage_id != deal.stage_id:
        moves.append(StageMove(deal.stage_id, None))
    return moves


def _instant(moment: Moment) -> datetime:
    if isinstance(moment, datetime):
        return moment
    assert isinstance(moment, date)
    return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
