"""The records behind a total by the stage their deal is in, or by the type of an activity."""

from collections.abc import Iterator, Mapping

from goalpost.crm.models import ActivityType, Stage
from goalpost.ledger.models import SourceKind
from goalpost.ledger.read import CountedRecord, Page
from goalpost.ledger.record_lines import COLUMNS, LONGEST_PAGE, Keys, Lines, fetched, page_of
from goalpost.ledger.records import MANY

AT_MOST = 4_000
"""So many records of other stages, or deals of other totals, are looked at for one stage."""

_BY_DAY = ("s.day", "s.source_id")


def page_by_place(lines: Lines, *, how_many: int, limit: int, after: Keys | None) -> Page:
    """Return a page of the records by the place of their stage or type, within it by day and id."""
    ranks = _ranks(lines)
    is_walk = how_many >= MANY and limit <= LONGEST_PAGE
    rows = _walked(lines, ranks, after, limit + 1) if is_walk else None
    if rows is None:
        rows = lines.sorted(_source(lines), _keys(lines, ranks), after, limit + 1)
    return page_of(rows, limit)


def all_by_place(lines: Lines, at_once: int) -> Iterator[list[CountedRecord]]:
    """Yield all records by stage or type, so many at once."""
    return lines.all_sorted(_source(lines), _keys(lines, _ranks(lines)), at_once)


def _keys(lines: Lines, ranks: Mapping[int, int]) -> tuple[str, ...]:
    rank = " ".join(f"WHEN {place:d} THEN {rank:d}" for place, rank in ranks.items())
    return (f"CASE {_place(lines)} {rank} ELSE 0 END" if rank else "0", *_BY_DAY)


def _ranks(lines: Lines) -> Mapping[int, int]:
    """Return where each stage (pipeline by pipeline) or type stands among the others, first ones first."""
    if lines.selection.measure.counts_activities:
        types = ActivityType.objects.filter(company_id=lines.company_id)
        return dict(types.order_by("position", "id").values_list("id", "position"))
    stages = Stage.objects.filter(company_id=lines.company_id)
    if lines.selection.pipelines is not None:
        stages = stages.filter(pipeline_id__in=lines.selection.pipelines)
    places = stages.values_list("id", "pipeline__position", "position")
    ranks = {stage: pipeline * 10_000 + position for stage, pipeline, position in places}
    return dict(sorted(ranks.items(), key=lambda each: (each[1], each[0])))


def _place(lines: Lines) -> str:
    return "s.item_id" if lines.selection.measure.counts_activities else "r.stage_id"


def _source(lines: Lines) -> str:
    if lines.selection.measure.counts_activities:
        return "ledger_standing AS s"
    return "ledger_standing AS s JOIN crm_deal AS r ON r.company_id = s.company_id AND r.id = s.source_id"


def _walked(lines: Lines, ranks: Mapping[int, int], after: Keys | None, how_many: int) -> list[Keys] | None:
    """Return the next lines stage by stage, None when one of them is neither met soon nor small."""
    ordered = list(ranks.items())[::-1] if lines.is_descending else list(ranks.items())
    if len(set(ranks.values())) < len(ranks):
        # Stages that stand in the same place are mixed by day.
        return None
    rows: list[Keys] = []
    for place, rank in ordered:
        if after is not None and isinstance(after[0], int) and _is_before(lines, rank, after[0]):
            continue
        within = after[1:] if after is not None and rank == after[0] else None
        found = _of_one(lines, place, within, how_many - len(rows))
        if found is None:
            return None
        rows.extend((*row, rank, *row[1::-1]) for row in found)
        if len(rows) == how_many:
            break
    return rows


def _is_before(lines: Lines, rank: int, place: int) -> bool:
    return rank > place if lines.is_descending else rank < place


def _of_one(lines: Lines, place: int, after: Keys | None, how_many: int) -> list[Keys] | None:
    """Return the next lines of one stage or type by day, None when that takes too long to tell."""
    beyond, parameters = lines.beyond(_BY_DAY, after)
    order = lines.ordered(_BY_DAY)
    # The lines looked at end in a subquery with a LIMIT, which no planner goes beyond.
    some = f"SELECT s.* FROM ledger_standing AS s WHERE {lines.behind} AND {beyond} {order} LIMIT {AT_MOST:d}"  # noqa: S608
    source = _source(lines).replace("ledger_standing AS s", f"({some}) AS s", 1)
    met = fetched(
        f"SELECT {COLUMNS} FROM {source} WHERE {_place(lines)} = {place:d} {order} LIMIT {how_many:d}",  # noqa: S608
        parameters,
    )
    if len(met) == how_many or not _is_longer(
        f"{lines.behind} AND {beyond}", "ledger_standing AS s", parameters
    ):
        return met
    if lines.selection.measure.counts_activities:
        return None
    own = f"r.company_id = {lines.company_id:d} AND r.stage_id = {place:d}"
    if _is_longer(own, "crm_deal AS r", ()):
        return None
    return fetched(
        f"SELECT {COLUMNS} FROM (SELECT r.id FROM crm_deal AS r WHERE {own} LIMIT {AT_MOST:d}) AS r "  # noqa: S608
        f"JOIN ledger_standing AS s ON s.source_id = r.id AND s.source_kind = {SourceKind.DEAL:d} "
        f"WHERE {lines.behind} AND {beyond} {order} LIMIT {how_many:d}",
        parameters,
    )


def _is_longer(condition: str, table: str, parameters: Keys) -> bool:
    """Whether there are more rows than are looked at."""
    return bool(
        fetched(f"SELECT 1 FROM {table} WHERE {condition} LIMIT 1 OFFSET {AT_MOST:d}", parameters)  # noqa: S608
    )
