"""Addresses of the deals."""

from django.urls import URLPattern, path, re_path
from django.utils.translation import gettext_lazy as _

from goalpost.web.deals import bulk, change, deal_list, deal_page
from goalpost.web.shell.navigation import Part, add_part

add_part(Part(20, _("Deals"), "deal", "web:deals"))

_DEAL = "deals/<int:deal_id>"

urlpatterns: list[URLPattern] = [
    path("deals", deal_list.deals, name="deals"),
    path("deals/bulk", bulk.bulk, name="bulk-deals"),
    path("deals/bulk/undo", bulk.undo_bulk, name="undo-bulk-deals"),
    path("deals/new", change.new_deal, name="deal-new"),
    re_path(r"^deals\.(?P<file_format>csv|xlsx)$", deal_list.deals_file, name="deals-file"),
    path(_DEAL, deal_page.deal, name="deal"),
    path(f"{_DEAL}/counts", deal_page.counts, name="deal-counts"),
    path(f"{_DEAL}/edit/<slug:field>", change.edit, name="edit-deal"),
    path(f"{_DEAL}/do/<slug:what>", change.do, name="do-deal"),
    path(f"{_DEAL}/undo", change.undo, name="undo-deal"),
    path(f"{_DEAL}/activities", change.add_activity, name="deal-activity"),
    path(f"{_DEAL}/activities/<int:activity_id>/done", change.finish_activity, name="deal-activity-done"),
]
