"""What can be edited in place: a value that is a link to its form, plain for whoever may not edit."""

from django.template import Library
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from goalpost.goals.queries import GoalView
from goalpost.web.goals.details import DETAIL_WORDS, Detail
from goalpost.web.templatetags.parts import icon

register = Library()


@register.simple_block_tag
def editable(content: SafeString, goal: GoalView, detail: str) -> SafeString:
    """`{% editable goal "pipelines" %}New business{% endeditable %}`: with a pencil and its form's place."""
    if not goal.may_change:
        return content
    link = format_html(
        '<a class="editable" href="{address}" data-edits="{detail}" hx-get="{address}" '
        'hx-target="#edit-{detail}" hx-swap="innerHTML" aria-expanded="false" title="{words}">'
        "{content}{pencil}</a>",
        address=reverse("web:edit-detail", args=[goal.public_id, detail]),
        detail=detail,
        content=content,
        words=DETAIL_WORDS[Detail(detail)].change,
        pencil=icon("pencil"),
    )
    # No form inside a heading: the page has the title's place beside it.
    if detail == Detail.TITLE:
        return link
    return format_html('<div class="menu">{}<div class="editslot" id="edit-{}"></div></div>', link, detail)
