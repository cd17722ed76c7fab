"""Addresses of the goals."""

from django.urls import URLPattern, path, re_path

from goalpost.web.goals import deletion, edit_detail, export, goal_list, goal_page, history, new_goal, records

_GOAL = r"^goals/(?P<public_id>[0-9a-f]{32})"

urlpatterns: list[URLPattern] = [
    path("", goal_list.active_goals, name="goals"),
    path("goals/past", goal_list.past_goals, name="past-goals"),
    path("goals/new", new_goal.new_goal, name="goal-new"),
    path("goals/preview", new_goal.form_preview, name="goal-preview"),
    re_path(rf"{_GOAL}$", goal_page.goal, name="goal"),
    re_path(rf"{_GOAL}/records$", records.goal_records, name="goal-records"),
    re_path(rf"{_GOAL}/records\.(?P<file_format>csv|xlsx)$", export.records_file, name="goal-records-file"),
    re_path(rf"{_GOAL}/edit$", new_goal.edit_goal, name="edit-goal"),
    re_path(rf"{_GOAL}/edit/(?P<detail>[a-z-]+)$", edit_detail.edit_detail, name="edit-detail"),
    re_path(
        rf"{_GOAL}/export/(?P<file_format>png|svg|pdf|csv|xlsx)$", export.export_goal, name="export-goal"
    ),
    re_path(rf"{_GOAL}/undo$", deletion.undo, name="undo-goal"),
    re_path(rf"{_GOAL}/history$", history.goal_history_page, name="goal-history"),
    re_path(rf"{_GOAL}/news$", history.goal_news, name="goal-news"),
    re_path(rf"{_GOAL}/look$", deletion.save_look, name="goal-look"),
    re_path(rf"{_GOAL}/duplicate$", new_goal.duplicate, name="duplicate-goal"),
    re_path(rf"{_GOAL}/delete$", deletion.delete, name="delete-goal"),
    re_path(rf"{_GOAL}/restore$", deletion.restore, name="restore-goal"),
]
