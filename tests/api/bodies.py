"""Request bodies that tests start from."""

from typing import Any

from tests.people import Cast


def new_goal(cast: Cast, **changes: object) -> dict[str, Any]:
    """Return a sound body: the company wins ten deals in each month of the first half of 2026."""
    sound: dict[str, Any] = {
        "title": "Deals won",
        "assignee": {"id": cast.company_id, "type": "company"},
        "type": {"name": "deals_won", "params": {"pipeline_id": None}},
        "expected_outcome": {"target": 10, "tracking_metric": "quantity"},
        "duration": {"start": "2026-01-01", "end": "2026-06-30"},
        "interval": "monthly",
    }
    return {**sound, **changes}


MONTHS = (
    ("2026-01-01", "2026-01-31"),
    ("2026-02-01", "2026-02-28"),
    ("2026-03-01", "2026-03-31"),
    ("2026-04-01", "2026-04-30"),
    ("2026-05-01", "2026-05-31"),
    ("2026-06-01", "2026-06-30"),
)


def seasonality(*targets: object, metric: str = "quantity", **more: object) -> dict[str, Any]:
    """Return a target for each month from January 2026 on."""
    intervals = [
        {"start": start, "end": end, "target": target}
        for (start, end), target in zip(MONTHS, targets, strict=False)
    ]
    return {"tracking_metric": metric, "intervals": intervals, **more}


def seasonal_goal(cast: Cast, *targets: object, **changes: object) -> dict[str, Any]:
    """Return a body with a target of its own for each month, and no expected outcome."""
    body = new_goal(cast, seasonality=seasonality(*targets), **changes)
    del body["expected_outcome"]
    return body
