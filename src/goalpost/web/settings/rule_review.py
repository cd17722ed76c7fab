"""What a change of rules moves, which an admin sees before it is saved."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from goalpost.crm.rule_changes import RuleChange, is_done_at_once, records_concerned
from goalpost.insights.goal_report import Effect
from goalpost.insights.rule_effects import effect_of_rules
from goalpost.web.shell.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Review:
    """What the changes move; no effect where a job works it out."""

    changes: int
    records: int
    is_at_once: bool
    effect: tuple[Effect, ...]

    @property
    def is_asked(self) -> bool:
        """Only what moves figures now or later is asked about."""
        return bool(self.effect) or not self.is_at_once

    @property
    def seen(self) -> str:
        """A fingerprint of what was shown: another effect is shown again before it is made."""
        results = [
            (each.goal.id, each.before.period, each.before.result, each.after.result) for each in self.effect
        ]
        shown = (self.changes, self.is_at_once, results)
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def review_of(viewer: Viewer, changes: Sequence[RuleChange], make: Callable[[], object]) -> Review:
    """Return what the changes move. `make` makes them, and is rolled back."""
    company_id = viewer.company.pk
    is_at_once = is_done_at_once(company_id, changes)
    effect = effect_of_rules(viewer, make) if is_at_once else ()
    return Review(len(changes), records_concerned(company_id, changes), is_at_once, effect)
