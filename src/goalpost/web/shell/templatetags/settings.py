"""What templates of the settings ask for: the menu beside every page, and names of permission sets."""

from django.http import HttpRequest
from django.template import Library
from django.template.context import RequestContext

from goalpost.companies.actions import BUILT_IN_NAMES
from goalpost.companies.actors import actor_for
from goalpost.companies.models import User
from goalpost.web.settings.permission_words import BUILT_IN_WORDS
from goalpost.web.settings.sections import EntryGroup, menu_for

register = Library()

# A company's own set cannot have one of these names: names are taken once, and the built-in sets keep theirs.
_WORDS = {name: BUILT_IN_WORDS[role] for role, name in BUILT_IN_NAMES.items()}


@register.filter
def set_name(name: str) -> str:
    """`{{ "Regular user"|set_name }}`: a built-in set in the viewer's language, any other as written."""
    return str(_WORDS.get(name, name))


@register.simple_tag(takes_context=True)
def settings_menu(context: RequestContext) -> list[EntryGroup]:
    """`{% settings_menu as groups %}`: the menu for who looks, with the page they are on."""
    request = context["request"]
    if not isinstance(request, HttpRequest) or not isinstance(request.user, User):
        return []
    return menu_for(actor_for(request.user), request.path)
