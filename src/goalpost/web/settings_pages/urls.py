"""Addresses of the settings."""

from django.urls import URLPattern, path, re_path

from goalpost.web.settings_pages import (
    audit_log,
    company,
    handover,
    home,
    own_permission_set,
    people,
    permissions,
    person_deeds,
    profile,
    team_deletion,
    teams,
)

_PERSON = "settings/people/<int:user_id>"
_HANDLE = r"(?P<handle>[0-9a-f]{32})"

urlpatterns: list[URLPattern] = [
    path("settings", home.settings_home, name="settings"),
    path("settings/profile", profile.profile, name="profile"),
    path("settings/security", profile.security, name="security"),
    path("settings/security/sessions/end", profile.sign_out_elsewhere, name="sign-out-elsewhere"),
    re_path(rf"^settings/security/sessions/{_HANDLE}/end$", profile.end_own_session, name="end-session"),
    path("settings/tokens", profile.tokens, name="tokens"),
    path("settings/tokens/<int:token_id>/revoke", profile.revoke_own_token, name="revoke-token"),
    path("settings/company", company.company_settings, name="company"),
    path("settings/company/name", company.rename, name="company-name"),
    path("settings/company/calendar", company.set_calendar, name="company-calendar"),
    path("settings/company/pace", company.set_pace, name="company-pace"),
    path("settings/company/days", company.add_day, name="company-days"),
    path("settings/company/days/<int:day_id>/remove", company.remove_day, name="remove-company-day"),
    path("settings/permissions", permissions.permission_sets, name="permission-sets"),
    path("settings/permissions/new", own_permission_set.create, name="permission-set-new"),
    path("settings/permissions/<int:set_id>", own_permission_set.edit, name="permission-set"),
    path("settings/permissions/<int:set_id>/delete", own_permission_set.delete, name="permission-set-delete"),
    path("settings/log", audit_log.audit_log, name="audit-log"),
    path("settings/log.csv", audit_log.audit_log_file, name="audit-log-file"),
    path("settings/teams", teams.teams, name="teams"),
    path("settings/teams/new", teams.new_team, name="team-new"),
    path("settings/teams/<int:team_id>", teams.team, name="team"),
    path("settings/teams/<int:team_id>/delete", team_deletion.delete, name="delete-team"),
    path("settings/teams/<int:team_id>/restore", team_deletion.restore, name="restore-team"),
    path("settings/people", people.people, name="people"),
    path("settings/people/invite", people.invite, name="invite"),
    path(_PERSON, people.person, name="person"),
    path(f"{_PERSON}/link", person_deeds.send_link, name="send-link"),
    path(f"{_PERSON}/deactivate", person_deeds.deactivate, name="deactivate-person"),
    path(f"{_PERSON}/reactivate", person_deeds.reactivate, name="reactivate-person"),
    path(f"{_PERSON}/hand-over", handover.hand_over_page, name="hand-over"),
    path(f"{_PERSON}/second-steps/remove", person_deeds.remove_steps, name="remove-second-steps"),
    path(f"{_PERSON}/sessions/end", person_deeds.end_their_sessions, name="end-their-sessions"),
    re_path(
        rf"^settings/people/(?P<user_id>[0-9]{{1,15}})/sessions/{_HANDLE}/end$",
        person_deeds.end_one_session,
        name="end-their-session",
    ),
    path(
        f"{_PERSON}/tokens/<int:token_id>/revoke",
        person_deeds.revoke_their_token,
        name="revoke-their-token",
    ),
]
