"""Addresses of the settings."""

from django.urls import URLPattern, path, re_path

from goalpost.web.settings import (
    audit_log,
    company,
    digest,
    operation,
    people,
    permissions,
    person,
    pipelines,
    profile,
    sections,
    team_members,
    team_page,
    teams,
)

_PERSON = "settings/people/<int:user_id>"
_HANDLE = r"(?P<handle>[0-9a-f]{32})"

urlpatterns: list[URLPattern] = [
    path("settings", sections.settings_home, name="settings"),
    path("settings/profile", profile.profile, name="profile"),
    path("settings/security", profile.security, name="security"),
    path("settings/security/sessions/end", profile.sign_out_elsewhere, name="sign-out-elsewhere"),
    re_path(rf"^settings/security/sessions/{_HANDLE}/end$", profile.end_own_session, name="end-session"),
    path("settings/tokens", profile.tokens, name="tokens"),
    path("settings/tokens/<int:token_id>/revoke", profile.revoke_own_token, name="revoke-token"),
    path("settings/digest", digest.digest, name="digest"),
    path("settings/company", company.company_settings, name="company"),
    path("settings/company/name", company.rename, name="company-name"),
    path("settings/company/calendar", company.set_calendar, name="company-calendar"),
    path("settings/company/pace", company.set_pace, name="company-pace"),
    path("settings/company/days", company.add_day, name="company-days"),
    path("settings/company/days/<int:day_id>/remove", company.remove_day, name="remove-company-day"),
    path("settings/pipelines", pipelines.pipelines, name="pipelines"),
    path("settings/pipelines/add", pipelines.add, name="add-pipeline"),
    path("settings/permissions", permissions.permission_sets, name="permission-sets"),
    path("settings/permissions/new", permissions.create, name="permission-set-new"),
    path("settings/permissions/<int:set_id>", permissions.edit, name="permission-set"),
    path("settings/permissions/<int:set_id>/delete", permissions.delete, name="permission-set-delete"),
    path("settings/log", audit_log.audit_log, name="audit-log"),
    path("settings/log.csv", audit_log.audit_log_file, name="audit-log-file"),
    path("settings/operation", operation.operation, name="operation"),
    path("settings/operation/jobs/<int:job_id>/retry", operation.retry, name="retry-job"),
    path("settings/teams", teams.teams, name="teams"),
    path("settings/teams/new", teams.new_team, name="team-new"),
    path("settings/teams/<int:team_id>", team_page.team, name="team"),
    path("settings/teams/<int:team_id>/member", team_members.team_member, name="team-member"),
    path("settings/teams/<int:team_id>/delete", teams.delete, name="delete-team"),
    path("settings/teams/<int:team_id>/restore", teams.restore, name="restore-team"),
    path("settings/people", people.people, name="people"),
    path("settings/people/invite", people.invite, name="invite"),
    path(_PERSON, people.person, name="person"),
    path(f"{_PERSON}/link", person.send_link, name="send-link"),
    path(f"{_PERSON}/deactivate", person.deactivate, name="deactivate-person"),
    path(f"{_PERSON}/reactivate", person.reactivate, name="reactivate-person"),
    path(f"{_PERSON}/hand-over", person.hand_over_page, name="hand-over"),
    path(f"{_PERSON}/second-steps/remove", person.remove_steps, name="remove-second-steps"),
    path(f"{_PERSON}/sessions/end", person.end_their_sessions, name="end-their-sessions"),
    re_path(
        rf"^settings/people/(?P<user_id>[0-9]{{1,15}})/sessions/{_HANDLE}/end$",
        person.end_one_session,
        name="end-their-session",
    ),
    path(
        f"{_PERSON}/tokens/<int:token_id>/revoke",
        person.revoke_their_token,
        name="revoke-their-token",
    ),
]
