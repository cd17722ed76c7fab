"""What goals refer to: activity types, currencies, pipelines and their stages."""

from typing import Annotated

from babel.core import Locale
from babel.numbers import get_currency_symbol
from django.http import HttpRequest
from ninja import Query, Router
from typing_extensions import TypedDict

from goalpost.api.errors import REFUSALS
from goalpost.api.lists import Page, PageSize, Whole, ids_on_page, page, whole
from goalpost.api.tokens import caller_of
from goalpost.api.wire import Id
from goalpost.companies.currencies import BY_ID
from goalpost.crm.actions.setup import DEFAULT_ACTIVITY_TYPES
from goalpost.crm.queries import activity_types_of_company, pipelines_of_company, stages_of_company

v1 = Router(tags=["Catalogs"])
v2 = Router(tags=["Catalogs"])

_ENGLISH = Locale("en")
_GIVEN_TYPES = {key for _name, key in DEFAULT_ACTIVITY_TYPES}
_USUAL_PAGE = 100
_CERTAIN = 100


class ActivityTypeOnWire(TypedDict):
    """An activity type. `key_string` is what activities name as their type. What is not kept is empty."""

    id: int
    order_nr: int
    name: str
    key_string: str
    icon_key: str
    active_flag: bool
    color: str
    is_custom_flag: bool
    add_time: str
    update_time: str


class CurrencyOnWire(TypedDict):
    """A currency. `id` is its ISO 4217 number, which goals give as `currency_id`."""

    id: int
    code: str
    name: str
    decimal_points: int
    symbol: str
    active_flag: bool
    is_custom_flag: bool


class PipelineOnWire(TypedDict):
    id: int
    name: str
    order_nr: int
    is_deleted: bool
    is_deal_probability_enabled: bool


class StageOnWire(TypedDict):
    """A stage. `deal_probability` is percent; a stage without one counts as certain."""

    id: int
    order_nr: int
    name: str
    is_deleted: bool
    deal_probability: int
    pipeline_id: int
    is_deal_rot_enabled: bool
    days_to_rotten: None


@v1.get(
    "/activityTypes", response={200: Whole[ActivityTypeOnWire], **REFUSALS}, summary="List activity types"
)
def list_activity_types(request: HttpRequest) -> Whole[ActivityTypeOnWire]:
    """Return the company's activity types in their order."""
    return whole(
        [
            ActivityTypeOnWire(
                id=kind.id,
                order_nr=kind.position,
                name=kind.name,
                key_string=kind.key,
                icon_key=kind.key if kind.key in _GIVEN_TYPES else "task",
                active_flag=True,
                color="",
                is_custom_flag=kind.key not in _GIVEN_TYPES,
                add_time="",
                update_time="",
            )
            for kind in activity_types_of_company(caller_of(request).actor)
        ]
    )


@v1.get("/currencies", response={200: Whole[CurrencyOnWire], **REFUSALS}, summary="List currencies")
def list_currencies(
    request: HttpRequest,  # noqa: ARG001  every endpoint has one
    term: Annotated[str, Query(description="A part of the name or code, upper or lower case.")] = "",
) -> Whole[CurrencyOnWire]:
    """Return the currencies of ISO 4217 that amounts can be in."""
    part = term.casefold()
    return whole(
        [
            CurrencyOnWire(
                id=known.id,
                code=known.code,
                name=known.name,
                decimal_points=known.digits,
                symbol=get_currency_symbol(known.code, _ENGLISH),
                active_flag=True,
                is_custom_flag=False,
            )
            for known in sorted(BY_ID.values(), key=lambda known: known.code)
            if part in known.name.casefold() or part in known.code.casefold()
        ]
    )


@v2.get("/pipelines", response={200: Page[PipelineOnWire], **REFUSALS}, summary="List pipelines")
def list_pipelines(
    request: HttpRequest, limit: PageSize = _USUAL_PAGE, cursor: str | None = None
) -> Page[PipelineOnWire]:
    """Return the company's pipelines by id, a page at a time."""
    own = {pipeline.id: pipeline for pipeline in pipelines_of_company(caller_of(request).actor)}
    ids, last_id = ids_on_page(own, cursor, limit)
    shown = [
        PipelineOnWire(
            id=pipeline.id,
            name=pipeline.name,
            order_nr=pipeline.position,
            is_deleted=False,
            is_deal_probability_enabled=True,
        )
        for pipeline in map(own.__getitem__, ids)
    ]
    return page(shown, last_id)


@v2.get("/stages", response={200: Page[StageOnWire], **REFUSALS}, summary="List stages")
def list_stages(
    request: HttpRequest,
    pipeline_id: Id | None = None,
    limit: PageSize = _USUAL_PAGE,
    cursor: str | None = None,
) -> Page[StageOnWire]:
    """Return the company's stages, or those of one pipeline, by id, a page at a time."""
    own = {
        stage.id: stage
        for stage in stages_of_company(caller_of(request).actor)
        if pipeline_id in {None, stage.pipeline_id}
    }
    ids, last_id = ids_on_page(own, cursor, limit)
    shown = [
        StageOnWire(
            id=stage.id,
            order_nr=stage.position,
            name=stage.name,
            is_deleted=False,
            deal_probability=_CERTAIN if stage.probability is None else stage.probability,
            pipeline_id=stage.pipeline_id,
            is_deal_rot_enabled=False,
            days_to_rotten=None,
        )
        for stage in map(own.__getitem__, ids)
    ]
    return page(shown, last_id)
