"""How people stand, in words."""

from django.utils.translation import gettext_lazy as _

from goalpost.companies.directory import PersonStatus

STATUS_NAMES = {
    PersonStatus.ACTIVE: _("Active"),
    PersonStatus.INVITED: _("Invited"),
    PersonStatus.NOT_INVITED: _("Not invited yet"),
    PersonStatus.WITHOUT_EMAIL: _("Without e-mail"),
    PersonStatus.DEACTIVATED: _("Deactivated"),
}
