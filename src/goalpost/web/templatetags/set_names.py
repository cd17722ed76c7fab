"""What permission sets are called in templates."""

from django.template import Library

from goalpost.companies.actions import BUILT_IN_NAMES
from goalpost.web.settings_pages.permission_words import BUILT_IN_WORDS

register = Library()

# A company's own set cannot have one of these names: names are taken once, and the built-in sets keep theirs.
_WORDS = {name: BUILT_IN_WORDS[role] for role, name in BUILT_IN_NAMES.items()}


@register.filter
def set_name(name: str) -> str:
    """`{{ "Regular user"|set_name }}`: a built-in set in the viewer's language, any other as written."""
    return str(_WORDS.get(name, name))
