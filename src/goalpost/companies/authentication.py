"""Who a session belongs to, with all that every page asks of them."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser

from goalpost.companies.models import User


class Accounts(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    """Sign-in by e-mail and password, as allauth does it."""

    def get_user(self, user_id: int) -> AbstractBaseUser | None:
        """Return the person with their company and permission set, which every page needs, in one query."""
        found = User.objects.select_related("company", "permission_set").filter(pk=user_id).first()
        return found if found is not None and self.user_can_authenticate(found) else None
