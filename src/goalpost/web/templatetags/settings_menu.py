"""The menu beside every page of the settings, whichever view draws it."""

from django.http import HttpRequest
from django.template import Library
from django.template.context import RequestContext

from goalpost.companies.actors import actor_for
from goalpost.companies.models import User
from goalpost.web.settings_pages.sections import EntryGroup, menu_for

register = Library()


@register.simple_tag(takes_context=True)
def settings_menu(context: RequestContext) -> list[EntryGroup]:
    """`{% settings_menu as groups %}`: the menu for who looks, with the page they are on."""
    request = context["request"]
    if not isinstance(request, HttpRequest) or not isinstance(request.user, User):
        return []
    return menu_for(actor_for(request.user), request.path)
