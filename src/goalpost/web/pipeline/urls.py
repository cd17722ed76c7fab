"""Addresses of the pipeline board."""

from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from goalpost.web.pipeline import board, moves
from goalpost.web.shell.navigation import Part, add_part

add_part(Part(10, _("Pipeline"), "pipeline", "web:pipeline"))

urlpatterns: list[URLPattern] = [
    path("pipeline", board.pipeline, name="pipeline"),
    path("pipeline/cards", board.cards, name="pipeline-cards"),
    path("pipeline/deals/<int:deal_id>/move", moves.move, name="pipeline-move"),
    path("pipeline/deals/<int:deal_id>/undo", moves.undo, name="pipeline-undo"),
]
