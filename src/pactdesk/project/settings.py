"""Django settings. What differs between installations comes from `installation.py`; the rest is decided here."""

from __future__ import annotations

from email.utils import parseaddr
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from pactdesk.project.installation import ROOT, Installation

INSTALLATION = Installation()
DEMO = INSTALLATION.demo
DEBUG = INSTALLATION.debug
SECRET_KEY = INSTALLATION.secret("secret_key")
SECRET_KEY_FALLBACKS = [key for key in INSTALLATION.secret_key_fallbacks.split(",") if key]
CONTRACT_KEY = INSTALLATION.secret("contract_key")
CLOSE_RESOLVED_AFTER_DAYS = INSTALLATION.close_resolved_after_days
UNITS_ALONE = INSTALLATION.units_alone
DAYS_ALONE = INSTALLATION.days_alone
SERVICE_AGREEMENT_URL = INSTALLATION.service_agreement_url
SERVICE_CENTRE_ADDRESS = parseaddr(INSTALLATION.mail_from)[1]
COMMUNITY_URL = INSTALLATION.community_url
FEEDBACK_ADDRESS = INSTALLATION.feedback_address or SERVICE_CENTRE_ADDRESS
BASE_URL = INSTALLATION.base_url.rstrip("/")

_base = urlsplit(BASE_URL)
ALLOWED_HOSTS = [
    host
    for host in ("localhost", "127.0.0.1", "[::1]", _base.hostname, *INSTALLATION.allowed_hosts.split(","))
    if host
]
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "pactdesk.portal",
    "pactdesk.desk",
    "pactdesk.api",
    "pactdesk.mailbox",
    "pactdesk.pages",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.idp.oidc",
    "django_htmx",
    "csp",
    "procrastinate.contrib.django",
    "pactdesk.notifications",
    "pactdesk.cases",
    "pactdesk.imports",
    "pactdesk.purchases",
    "pactdesk.agreements",
    "pactdesk.routing",
    "pactdesk.knowledge",
    "pactdesk.delegation",
    "pactdesk.catalog",
    "pactdesk.servicelevels",
    "pactdesk.accounts",
    "pactdesk.journal",
    "pactdesk.project.apps.ProjectConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "pactdesk.api.middleware.ApiMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pactdesk.pages.middleware.ViewerMiddleware",
]

ROOT_URLCONF = "pactdesk.project.urls"
WSGI_APPLICATION = "pactdesk.project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pactdesk.pages.context.frame",
            ],
        },
    }
]


def _database(url: str, pool_size: int, prepare: bool) -> dict[str, Any]:
    """A Django database entry from a libpq URL or DSN."""
    parts = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    options: dict[str, Any] = {
        key: value
        for key, value in parts.items()
        if key not in {"dbname", "user", "password", "host", "port"}
    }
    if prepare:
        # Without it Django tells psycopg to prepare nothing, not even what `kernel.database.execute` asks for.
        options["prepare_threshold"] = 5
    if pool_size:
        options["pool"] = {"min_size": min(2, pool_size), "max_size": pool_size, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", "pactdesk"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": options,
    }


DATABASES = {
    "default": _database(INSTALLATION.database_url, INSTALLATION.database_pool, INSTALLATION.database_prepare)
}

CACHES = {
    # Shared by all processes, because the limits on signing in are counted here.
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"},
}

# Accounts and signing in
AUTH_USER_MODEL = "accounts.Account"
# Addresses are unique without regard to case, by a constraint that the check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:home"
LOGOUT_REDIRECT_URL = "portal:home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "pactdesk.portal.forms.sign_up.NameForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_ADAPTER = "pactdesk.portal.sign_in.Adapter"
ALLAUTH_TRUSTED_PROXY_COUNT = INSTALLATION.trusted_proxies
# Programs fetch access tokens by client credentials. Of allauth's OAuth server only the addresses in `api.urls` exist.
IDP_OIDC_ADAPTER = "pactdesk.accounts.oauth.Adapter"
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 15 * 60
IDP_OIDC_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Pactdesk"

SESSION_ENGINE = "pactdesk.accounts.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = INSTALLATION.https
CSRF_COOKIE_SECURE = INSTALLATION.https
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "pactdesk.pages.errors.csrf_failure"
SECURE_SSL_REDIRECT = INSTALLATION.https
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if INSTALLATION.https else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
if INSTALLATION.trusted_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
# Of forms without their files, which have limits of their own (`FILE_LIMITS`).
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 100
FILE_UPLOAD_HANDLERS = ["pactdesk.pages.uploads.WantedFiles"]

# When owners of agreements are warned, as `agreements.rules.warnings` reads it
WARN_AT_BALANCE = INSTALLATION.warn_at_balance
WARN_BEFORE_END = INSTALLATION.warn_before_end

# Programs: requests in a minute, and the bytes of one JSON body
API_RATE_OF_TOKEN = INSTALLATION.api_rate_of_token
API_RATE_OF_ACCOUNT = INSTALLATION.api_rate_of_account
API_RATE_OF_FETCHING = 30
API_MOST_BYTES = 512 * 1024

# Languages: those of the people we serve (LOC-1)
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("el", _("Greek")),
    ("vi", _("Vietnamese")),
    ("pl", _("Polish")),
    ("cs", _("Czech")),
    ("fr", _("French")),
]
LOCALE_PATHS = [ROOT / "src" / "pactdesk" / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"


def _files(url: str) -> dict[str, Any]:
    """Where the files of requests are kept: a folder that no web server knows, or a bucket."""
    if not url:
        return {
            "BACKEND": "pactdesk.kernel.storage.Folder",
            "OPTIONS": {"location": INSTALLATION.data / "files"},
        }
    place = urlsplit(url)
    bucket, _, prefix = place.path.strip("/").partition("/")
    if place.scheme not in {"s3", "s3+http"} or not place.hostname or not bucket:
        raise ImproperlyConfigured("PACTDESK_FILES_URL has to be s3://key:secret@host/bucket")
    scheme = "http" if place.scheme == "s3+http" else "https"
    host = place.hostname if place.port is None else f"{place.hostname}:{place.port}"
    return {
        "BACKEND": "pactdesk.kernel.bucket.Bucket",
        "OPTIONS": {
            "endpoint_url": f"{scheme}://{host}",
            "bucket_name": bucket,
            "location": prefix,
            "access_key": unquote(place.username) if place.username else None,
            "secret_key": unquote(place.password) if place.password else None,
            "region_name": dict(parse_qsl(place.query)).get("region"),
        },
    }


# Files that browsers fetch
STATIC_URL = "/static/"
STATIC_ROOT = INSTALLATION.data / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "files": _files(INSTALLATION.files_url),
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Files of requests
_MB = 1024 * 1024
FILE_LIMITS = {
    "file": INSTALLATION.file_mb * _MB,
    "request": INSTALLATION.request_files_mb * _MB,
    "request_files": INSTALLATION.request_files,
    "agreement": INSTALLATION.agreement_files_mb * _MB,
    "day": 4 * INSTALLATION.request_files_mb * _MB,
}
FILE_SCANNER = "pactdesk.cases.services.scanning.Clamd" if INSTALLATION.scanner_url else ""
FILE_SCANNER_URL = INSTALLATION.scanner_url

# Mail: everything goes through the outbox of `notifications`; only its worker talks to the SMTP server.
EMAIL_BACKEND = "pactdesk.notifications.backend.OutboxBackend"
DEFAULT_FROM_EMAIL = INSTALLATION.mail_from
SERVER_EMAIL = INSTALLATION.mail_from
_smtp = urlsplit(INSTALLATION.smtp_url)
SMTP = (
    {
        "host": _smtp.hostname or "",
        "port": _smtp.port or (465 if _smtp.scheme == "smtps" else 25),
        "username": unquote(_smtp.username or ""),
        "password": unquote(_smtp.password or ""),
        "use_ssl": _smtp.scheme == "smtps",
        "use_tls": _smtp.scheme == "smtp" and bool(_smtp.username),
        "timeout": 20,
    }
    if INSTALLATION.smtp_url
    else None
)

# Mail that comes in. Without a reply address letters ask for answers on the pages.
MAIL_REPLY_ADDRESS = INSTALLATION.mail_reply_address
MAIL_AUTHSERV_ID = INSTALLATION.mail_authserv_id
MAIL_MOST_BYTES = INSTALLATION.mail_megabytes * 1_000_000
MAIL_KEEP_DAYS = INSTALLATION.mail_keep_days
LMTP_LISTEN = INSTALLATION.lmtp_listen
IMAP_URL = INSTALLATION.imap_url
IMAP_DONE_FOLDER = INSTALLATION.imap_done_folder

# Webhooks: where they may go beside what is forbidden everywhere (`kernel.outbound`).
WEBHOOK_PORTS = frozenset(int(port) for port in INSTALLATION.webhook_ports.split(",") if port.strip())
WEBHOOKS_TO_THIS_MACHINE = INSTALLATION.webhooks_to_this_machine

# Paid incidents: who takes the money. In the demo nobody does.
_PROVIDERS = {
    "": "",
    "none": "",
    "sandbox": "pactdesk.purchases.providers.sandbox.Sandbox",
    "stripe": "pactdesk.purchases.providers.stripe.Stripe",
}
PAYMENT_PROVIDER = _PROVIDERS[INSTALLATION.payments or ("sandbox" if DEMO else "")]
STRIPE_SECRET_KEY = INSTALLATION.stripe_secret_key
STRIPE_PUBLISHABLE_KEY = INSTALLATION.stripe_publishable_key
STRIPE_WEBHOOK_SECRET = INSTALLATION.stripe_webhook_secret
STRIPE_API = INSTALLATION.stripe_api

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PROCRASTINATE_ON_APP_READY = None
PROCRASTINATE_IMPORT_PATHS = [
    "pactdesk.journal.tasks",
    "pactdesk.notifications.tasks",
    "pactdesk.cases.tasks",
    "pactdesk.purchases.tasks",
    "pactdesk.mailbox.tasks",
]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": INSTALLATION.log_level},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
        "stripe": {"level": "WARNING"},
    },
}

# What our code notes takes the same way: same line, same level, same stream.
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(key_order=["event"]),
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)

UNFOLD = {"SITE_TITLE": "Pactdesk", "SITE_HEADER": "Pactdesk", "SHOW_VIEW_ON_SITE": False}
