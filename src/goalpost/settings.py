"""Settings, from the environment only. Every variable read here is described in docs/configuration.md."""

import os
import secrets
import tempfile
from contextlib import suppress
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

# What Django's own deployment check asks for.
_SECRET_KEY_LENGTH = 50


# Read by the command line itself, and by the tests.
_KNOWN = {"ADMIN_PASSWORD"}


def read(name: str, default: str = "") -> str:
    """Return GOALPOST_<name>, or the content of the file that GOALPOST_<name>_FILE names."""
    variable = f"GOALPOST_{name}"
    _KNOWN.update((name, f"{name}_FILE"))
    if path := os.environ.get(f"{variable}_FILE"):
        if variable in os.environ:
            raise ImproperlyConfigured(f"Set {variable} or {variable}_FILE, not both.")
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{variable}_FILE cannot be read: {error}") from error
    return os.environ.get(variable, default)


def read_whole_number(name: str, default: int, *, least: int = 0) -> int:
    text = read(name, str(default))
    if not text.isdecimal() or int(text) < least:
        raise ImproperlyConfigured(f"GOALPOST_{name} must be a whole number from {least}, not {text!r}.")
    return int(text)


def secret_key(folder: Path) -> str:
    """Return the configured key, or the one kept in the folder, made on first use (mode 0600)."""
    key = read("SECRET_KEY")
    if not key:
        if not folder.is_dir():
            return secrets.token_urlsafe(64)
        path = folder / "secret_key"
        if not path.exists():
            _make_secret_key(path)
        key = path.read_text(encoding="utf-8").strip()
        if len(key) < _SECRET_KEY_LENGTH:
            raise ImproperlyConfigured(
                f"{path} is damaged. Delete it to get a new key; everybody has to sign in again."
            )
    if len(key) < _SECRET_KEY_LENGTH:
        raise ImproperlyConfigured(f"GOALPOST_SECRET_KEY must have at least {_SECRET_KEY_LENGTH} characters.")
    return key


def _make_secret_key(path: Path) -> None:
    """Write a new key atomically; when another process was first, its key stays."""
    descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=".secret_key")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(64))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(partial, path)
    finally:
        Path(partial).unlink()


PACKAGE_DIR = Path(__file__).resolve().parent

# Files created here (database, secret key) are readable by their user only.
os.umask(0o077)
DATA_DIR = Path(read("DATA_DIR", "data")).resolve()
# Made by the commands that begin an installation; without it there is nothing to keep a key for.
SECRET_KEY = secret_key(DATA_DIR)
DEBUG = False

# Where people reach this server; decides hosts, cookies and HTTPS.
BASE_URL = read("URL", "http://localhost:8000")
_base = urlsplit(BASE_URL)
if _base.scheme not in {"http", "https"} or not _base.hostname:
    raise ImproperlyConfigured("GOALPOST_URL must be a full address such as https://goals.example.com.")
IS_HTTPS = _base.scheme == "https"
ALLOWED_HOSTS = sorted({_base.hostname, "localhost", "127.0.0.1", "[::1]"})
CSRF_TRUSTED_ORIGINS = [f"{_base.scheme}://{_base.netloc}"]

# Server processes; each answers several requests at a time.
WORKERS = read_whole_number("WORKERS", min(os.cpu_count() or 1, 4), least=1)
# Processes that run jobs beside them, one job at a time each: two, so that a long one holds up no mail.
JOB_WORKERS = read_whole_number("JOB_WORKERS", 2, least=0)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_htmx",
    "goalpost.companies",
    "goalpost.jobs",
    "goalpost.accounts",
    "goalpost.ledger",
    "goalpost.crm",
    "goalpost.goals",
    "goalpost.insights",
    "goalpost.insights.dashboards",
    "goalpost.insights.digest",
    "goalpost.insights.wall",
    "goalpost.exchange",
    "goalpost.web.shell",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "goalpost.web.shell.middleware.ResponseHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "goalpost.web.shell.middleware.SessionSightingMiddleware",
    "goalpost.web.shell.middleware.UserLanguageMiddleware",
    "goalpost.web.shell.middleware.RegionRequestMiddleware",
]

ROOT_URLCONF = "goalpost.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Ahead of the apps' own, so that sign-in pages are ours and not the library's.
        "DIRS": sorted(PACKAGE_DIR.glob("web/*/templates")),
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "goalpost.web.shell.appearance.appearance",
            ],
            # A feature's own tags; those that all pages share are in web/shell/templatetags.
            "libraries": {
                "goal_details": "goalpost.web.goals.edit_detail",
                "goal_names": "goalpost.web.digest.goal_names",
                "permission_sets": "goalpost.web.settings.permissions",
                "settings_menu": "goalpost.web.settings.sections",
                "wall": "goalpost.web.wall.drawing",
            },
        },
    }
]

_database_url = read("DATABASE_URL", f"sqlite:///{DATA_DIR / 'goalpost.sqlite3'}")
if _database_url.partition(":")[0] not in {"sqlite", "postgres", "postgresql"}:
    raise ImproperlyConfigured("GOALPOST_DATABASE_URL must begin with postgresql:// or sqlite:///.")
try:
    DATABASES = {"default": dj_database_url.parse(_database_url, conn_max_age=600, conn_health_checks=True)}
except ValueError as error:
    raise ImproperlyConfigured(f"GOALPOST_DATABASE_URL cannot be read: {error}") from error
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # BEGIN IMMEDIATE: two transactions that read first cannot deadlock.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        # WAL does not block readers during a write; FULL makes commits survive a power failure.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;"
            "PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864;"
        ),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Shared by all server processes, so that throttling holds whichever of them answers.
CACHES = {"default": {"BACKEND": "goalpost.accounts.counters.Counters", "LOCATION": "goalpost_cache"}}

AUTH_USER_MODEL = "companies.User"
AUTHENTICATION_BACKENDS = ["goalpost.accounts.sessions.Accounts"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "goalpost.accounts.sign_in.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = None
# Attempts by address, and per account for what needs a password first; allauth counts in the shared cache.
# Passwords are counted by `accounts.sign_in`.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "20/m/ip,5/5m/key",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
    "reset_password": "20/m/ip,3/15m/key",
    "reset_password_from_key": "20/m/ip",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 60 * 15
# allauth calls us for unknown addresses too, which take as long and get no mail (`accounts.sign_in`).
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
PASSWORD_RESET_TIMEOUT = 60 * 60 * 4
ALLAUTH_TRUSTED_PROXY_COUNT = read_whole_number("TRUSTED_PROXIES", 0)

# Two-step sign-in.
MFA_ADAPTER = "goalpost.accounts.second_steps.SecondSteps"
MFA_FORMS = {
    "authenticate": "goalpost.accounts.second_steps.CodeForm",
    "reauthenticate": "goalpost.accounts.second_steps.CodeAgainForm",
    "activate_totp": "goalpost.accounts.second_steps.ActivateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Clocks differ by some seconds; a code of the step before still counts, once.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = False
# A browser offers passkeys over HTTPS, and over plain HTTP on the machine itself only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS

# Single sign-on with one OpenID provider.
OIDC_ISSUER = read("OIDC_ISSUER").rstrip("/")
_oidc_client, _oidc_secret = read("OIDC_CLIENT_ID"), read("OIDC_CLIENT_SECRET")
if bool(OIDC_ISSUER) != bool(_oidc_client):
    raise ImproperlyConfigured("Set both GOALPOST_OIDC_ISSUER and GOALPOST_OIDC_CLIENT_ID, or neither.")
if OIDC_ISSUER and urlsplit(OIDC_ISSUER).scheme not in {"http", "https"}:
    raise ImproperlyConfigured("GOALPOST_OIDC_ISSUER must be a full address: https://login.example.com.")
OIDC_NAME = read("OIDC_NAME", "OpenID Connect")
SOCIALACCOUNT_ADAPTER = "goalpost.accounts.single_sign_on.SingleSignOn"
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = ""
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": _oidc_client,
                "secret": _oidc_secret,
                "settings": {"server_url": OIDC_ISSUER, "oauth_pkce_enabled": True},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}

# Outgoing mail. Without a server, links are handed over by whoever made them.
EMAIL_HOST = read("EMAIL_HOST")
SENDS_MAIL = bool(EMAIL_HOST)
_email_security = read("EMAIL_SECURITY", "starttls").lower()
if _email_security not in {"starttls", "tls", "none"}:
    raise ImproperlyConfigured("GOALPOST_EMAIL_SECURITY must be starttls, tls or none.")
EMAIL_USE_TLS, EMAIL_USE_SSL = _email_security == "starttls", _email_security == "tls"
EMAIL_PORT = read_whole_number(
    "EMAIL_PORT", {"starttls": 587, "tls": 465, "none": 25}[_email_security], least=1
)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = read("EMAIL_USER"), read("EMAIL_PASSWORD")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = read("EMAIL_FROM", f"Goalpost <goalpost@{_base.hostname}>")

TASKS = {"default": {"BACKEND": "goalpost.jobs.queue.JobQueue"}}
# Recurring jobs: tasks, and how often they run.
RECURRING_JOBS = {
    "goalpost.accounts.sessions.sweep_sessions": timedelta(hours=1),
    "goalpost.accounts.invitations.sweep_invitations": timedelta(days=1),
    "goalpost.jobs.schedule.sweep_jobs": timedelta(days=1),
    "goalpost.exchange.drafts.sweep_imports": timedelta(days=1),
    "goalpost.web.digest.sending.plan_digests": timedelta(minutes=5),
    "goalpost.web.digest.sending.look_for_milestones": timedelta(minutes=1),
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("sv", _("Swedish"))]
LOCALE_PATHS = [PACKAGE_DIR / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
# Each feature has its own; those of the shell and the charts are found as their apps'.
STATICFILES_DIRS = sorted(set(PACKAGE_DIR.glob("web/*/static")) - {PACKAGE_DIR / "web" / "shell" / "static"})
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "goalpost.web.shell.static_files.StaticFiles"},
}

SESSION_ENGINE = "goalpost.accounts.sessions"
# Counted from when the browser was last seen; `accounts.sessions` ends every session after three months.
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "goalpost.web.shell.middleware.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if IS_HTTPS:
    SECURE_SSL_REDIRECT = True
    # Whoever asks whether the server is up (a proxy, a container, its own start) asks it directly.
    SECURE_REDIRECT_EXEMPT = [r"^health$"]
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    # No HSTS for subdomains or preload lists: that is not this server's decision.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    if ALLAUTH_TRUSTED_PROXY_COUNT:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        # The settings show what a screen on the wall shows.
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

_log_level = read("LOG_LEVEL", "WARNING").upper()
if _log_level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
    raise ImproperlyConfigured(f"GOALPOST_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not {_log_level}.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": _log_level},
    "loggers": {
        # Do not log requests that wait for a thread.
        "waitress.queue": {"level": "ERROR"},
        # Anybody may send a wrong Host; it is refused, and needs no traceback.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
    },
}

# What begins with GOALPOST_ and is no setting, each with the one that was probably meant, or none.
_given = [name.removeprefix("GOALPOST_") for name in sorted(os.environ) if name.startswith("GOALPOST_")]
UNKNOWN_VARIABLES = {
    f"GOALPOST_{name}": "".join(f"GOALPOST_{meant}" for meant in get_close_matches(name, _KNOWN, 1, 0.75))
    for name in _given
    if name not in _KNOWN and not name.startswith("TEST_")
}
