"""The mark by which a form that came too late is kept for whom it was shown to."""

from django.http import HttpRequest
from django.template import Context, Library
from django.utils.html import format_html
from django.utils.safestring import SafeString

from goalpost.web.goals.kept_form import typed_by

register = Library()


@register.simple_tag(takes_context=True)
def kept_mark(context: Context) -> SafeString:
    """`{% kept_mark %}`, inside a form whose view is `keeps_typed`."""
    request = context["request"]
    assert isinstance(request, HttpRequest)
    mark = typed_by(request.user.pk or 0, request.path)
    return format_html('<input type="hidden" name="typed_by" value="{}">', mark)
