"""How people stand, in words."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from goalpost.companies.people import PersonStatus

STATUS_NAMES = {
    PersonStatus.ACTIVE: pgettext_lazy("person", "Active"),
    PersonStatus.INVITED: _("Invited"),
    PersonStatus.NOT_INVITED: _("Not invited yet"),
    PersonStatus.WITHOUT_EMAIL: _("Without e-mail"),
    PersonStatus.DEACTIVATED: _("Deactivated"),
}
