"""Keys to accounts: API tokens, invitations, browsers' sessions.

ApiToken, Invitation and BrowserSession are global tables: small, and looked up before it is known which
company is meant.
"""

from typing import ClassVar

from django.db import models

from goalpost.companies.models import Company, User
from goalpost.storage.tenancy import TenantForeignKey, TenantModel, references


class ApiToken(models.Model):
    """An API token with its user's rights. Only its SHA-256 is stored; the token has 160 random bits."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(max_length=100, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    is_read_only = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    """The moment it expires; None for never."""
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "id"], name="accounts_apitoken_row"),
        ]

    def __str__(self) -> str:
        return f"token {self.pk} of user {self.user_id}"


class Invitation(models.Model):
    """A link with which a person sets a name and a password, once. Only its SHA-256 is stored."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    user = models.OneToOneField(User, models.CASCADE, related_name="invitation")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    """The moment it expires."""

    def __str__(self) -> str:
        return f"invitation of user {self.user_id}"


class BrowserSession(models.Model):
    """A browser's session: whose it is, and what it was last seen on (`accounts.sessions`).

    Found by its key before anybody is known, so it belongs to no company's tables; a distributed database
    spreads it by its key, so that no session waits for another. It is written at sign-in
    and once an hour of use, not with every request.
    """

    session_key = models.CharField(max_length=40, primary_key=True)
    session_data = models.TextField()
    expire_date = models.DateTimeField(db_index=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    """None before signing in."""
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    """Exact to the hour, to save writes."""
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    """The browser, as it names itself."""

    def __str__(self) -> str:
        return f"session of user {self.user_id}"


class TokenUse(TenantModel):
    """When a token was last used, exact to the hour. The tokens themselves are read on every node."""

    token = TenantForeignKey(ApiToken, models.DO_NOTHING, related_name="+")
    used_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            *references("token"),
            models.UniqueConstraint(fields=["company", "token"], name="accounts_tokenuse_once"),
        ]

    def __str__(self) -> str:
        return f"token {self.token_id} used at {self.used_at}"
