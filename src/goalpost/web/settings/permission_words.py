"""What permissions and their sets are called, and the sentence that says what each opens."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from goalpost.domain.permissions import Outcome, Permission, Role, Whose

PERMISSION_WORDS: Mapping[Permission, tuple[StrOrPromise, StrOrPromise]] = {
    Permission.SEE_COMPANY_STATISTICS: (
        _("See company’s statistics"),
        _("With the next one: goals and results of the company, of all teams and of all users."),
    ),
    Permission.SEE_OTHERS_STATISTICS: (
        _("See other users’ statistics"),
        _("Takes effect only together with the permission above."),
    ),
    Permission.SEE_OTHERS_RECORDS: (
        _("See other users’ records"),
        _("Single deals and activities of others behind a result. Without it they are counted as hidden."),
    ),
    Permission.SHARE_DASHBOARDS: (
        _("Share dashboards"),
        _("Show a dashboard to others, or by a link to people without an account."),
    ),
    Permission.EXPORT: (_("Export"), _("Export charts, tables and records as files.")),
    Permission.USE_API: (
        _("Use the API"),
        _("Use the API with the same rights as here. Without it, API tokens are refused."),
    ),
    Permission.EDIT_CLOSED_DATES: (
        _("Edit closed deals’ dates"),
        _("Change when a deal was won or lost, which moves its result to another period."),
    ),
}
BUILT_IN_WORDS: Mapping[Role, StrOrPromise] = {
    Role.MANAGER: _("Team manager"),
    Role.REGULAR: _("Regular user"),
}
SEES_WORDS: Mapping[Whose, tuple[StrOrPromise, StrOrPromise]] = {
    Whose.OWN: (_("Own goals"), ""),
    Whose.OWN_TEAMS: (_("Goals of own teams"), _("For a manager: the teams they manage")),
    Whose.REST: (_("Company, other teams, other users"), ""),
}
CHANGES_WORDS: Mapping[Whose, tuple[StrOrPromise, StrOrPromise]] = {
    Whose.OWN: (_("Own goals"), ""),
    Whose.OWN_TEAMS: (_("Goals of own teams"), ""),
    Whose.MEMBERS: (_("Goals of own teams’ members"), ""),
    Whose.REST: (_("Company goals, anyone else’s"), ""),
}
OUTCOME_WORDS: Mapping[Outcome, tuple[StrOrPromise, str]] = {
    Outcome.ALWAYS: (_("Always"), "check"),
    Outcome.WITH_BOTH: (_("With both"), "check"),
    Outcome.NEEDS_BOTH: (_("Needs both"), "lock"),
    Outcome.NEVER: (_("Never"), "minus"),
}
"""Word and icon."""
