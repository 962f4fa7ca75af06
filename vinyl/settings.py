"""All settings of Vinilogy, in one file. Environments differ by values, not by files.

The README's table lists every variable that is read here; a test keeps both in step.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from vinyl import __version__, env, logs
from vinyl.embedded.paths import default_database_url, default_redis_url
from vinyl.env import SettingsRefused

BASE_DIR = Path(__file__).resolve().parent.parent
DEFAULT_SECRET_KEY = "for-development-only-production-refuses-this-key"  # noqa: S105
DEFAULT_CREDENTIAL_KEY = "ZGV2ZWxvcG1lbnQtb25seS0zMi1ieXRlcy1rZXkhISE="

# --- where things are -------------------------------------------------------------------

VINILOGY_HOME = env.path(
    "VINILOGY_HOME", BASE_DIR / ".vinilogy", "Folder for the bundled database and run files.",
    shown=".vinilogy",
)  # fmt: skip
PRODUCTION = env.boolean(
    "PRODUCTION", False,
    "Serve the public: secure cookies and HSTS; refuses default secrets, DEBUG and the sandbox.",
)  # fmt: skip
DEBUG = env.boolean("DEBUG", False, "Django's debug pages. Never together with PRODUCTION.")
SECRET_KEY = env.secret(
    "SECRET_KEY", DEFAULT_SECRET_KEY, "Signs sessions and links. Long and random in production.",
    shown="a development key",
)  # fmt: skip
CREDENTIAL_KEYS = env.words(
    "CREDENTIAL_KEYS", DEFAULT_CREDENTIAL_KEY,
    "Fernet keys that encrypt people's tokens, newest first; old ones stay until rotated out.",
    is_secret=True, shown="a development key",
)  # fmt: skip
UPSTREAMS = env.choice(
    "UPSTREAMS", "sandbox", ("sandbox", "real"),
    "Ask the sandbox or the real services. One switch for the whole installation.",
)  # fmt: skip
SANDBOX = UPSTREAMS == "sandbox"
ALLOWED_HOSTS = env.words(
    "ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]", "Host names that this site answers to."
)
DATABASE_URL = env.text(
    "DATABASE_URL", default_database_url(VINILOGY_HOME),
    "PostgreSQL address. When set, the bundled PostgreSQL is not started.",
    shown="the bundled PostgreSQL",
)  # fmt: skip
REDIS_URL = env.text(
    "REDIS_URL", default_redis_url(VINILOGY_HOME),
    "Valkey or Redis address, no database number. When set, the bundled Valkey is not started.",
    shown="the bundled Valkey",
)  # fmt: skip


def _run_file() -> dict[str, Any]:
    """What the running supervisor wrote about itself: its addresses, after moved ports."""
    try:
        content = json.loads((VINILOGY_HOME / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


_RUN = _run_file()
PORT = env.integer("PORT", 8000, "First port that `make run` tries for the site.", least=1)
PUBLIC_URL = env.text(
    "PUBLIC_URL", str(_RUN.get("url") or "http://127.0.0.1:8000"),
    "Address of this site as people type it; used in mails, OAuth and the User-Agent.",
    shown="http://127.0.0.1:8000",
).rstrip("/")  # fmt: skip
SANDBOX_URL = env.text(
    "SANDBOX_URL", str(_RUN.get("sandbox_url") or "http://127.0.0.1:8900"),
    "Address of the sandbox.", shown="http://127.0.0.1:8900",
).rstrip("/")  # fmt: skip
CONTACT_ADDRESS = env.text(
    "CONTACT_ADDRESS", "sandbox@vinilogy.test" if SANDBOX else "",
    "E-mail address in the User-Agent and on the legal page. Needed with UPSTREAMS=real.",
    shown="none",
)  # fmt: skip

# --- outside services -------------------------------------------------------------------

REAL_URLS = {
    "discogs": "https://api.discogs.com",
    "discogs_www": "https://www.discogs.com",
    "spotify": "https://api.spotify.com",
    "spotify_accounts": "https://accounts.spotify.com",
    "spotify_open": "https://open.spotify.com",
    "lastfm": "https://ws.audioscrobbler.com",
    "lastfm_www": "https://www.last.fm",
    "listenbrainz": "https://api.listenbrainz.org",
    "listenbrainz_labs": "https://labs.api.listenbrainz.org",
    "musicbrainz": "https://musicbrainz.org",
    "coverart": "https://coverartarchive.org",
    "archive": "https://archive.org",
    "ebay": "https://api.ebay.com",
    "ebay_www": "https://www.ebay.es",
    "ecb": "https://www.ecb.europa.eu",
    "deezer": "https://api.deezer.com",
    "deezer_cdn": "https://cdnt-preview.dzcdn.net",
    "itunes": "https://itunes.apple.com",
    "itunes_cdn": "https://audio-ssl.itunes.apple.com",
}


def upstream_urls(sandbox_url: str) -> dict[str, str]:
    """Base address of each outside host: the real one, or its path prefix in the sandbox."""
    if not SANDBOX:
        return dict(REAL_URLS)
    return {name: f"{sandbox_url}/{name.replace('_', '-')}" for name in REAL_URLS}


UPSTREAM_URLS = upstream_urls(SANDBOX_URL)


KEYS_FROM_ENVIRONMENT: set[str] = set()


def _key(name: str, sandbox_value: str, doc: str) -> str:
    """A key of the site's own, read through vinyl.upstreams.credentials: the admin may hold it."""
    if env.given(name):
        KEYS_FROM_ENVIRONMENT.add(name)
    return env.secret(name, sandbox_value if SANDBOX else "", doc, shown="the sandbox's own")


DISCOGS_CONSUMER_KEY = _key(
    "DISCOGS_CONSUMER_KEY", "sandbox-discogs-key", "Discogs application key, for linking accounts."
)
DISCOGS_CONSUMER_SECRET = _key(
    "DISCOGS_CONSUMER_SECRET", "sandbox-discogs-secret", "Discogs application secret."
)
DISCOGS_TOKEN = _key(
    "DISCOGS_TOKEN",
    "sandbox-discogs-token",
    "Discogs personal token, for catalogue and price calls.",
)
SPOTIFY_CLIENT_ID = _key(
    "SPOTIFY_CLIENT_ID",
    "sandbox-spotify-id",
    "Spotify application id; five people per application.",
)
SPOTIFY_CLIENT_SECRET = _key(
    "SPOTIFY_CLIENT_SECRET", "sandbox-spotify-secret", "Spotify application secret."
)
LASTFM_API_KEY = _key(
    "LASTFM_API_KEY", "sandbox-lastfm-key", "Last.fm API key (non-commercial use)."
)
LASTFM_SECRET = _key("LASTFM_SECRET", "sandbox-lastfm-secret", "Last.fm shared secret.")
LISTENBRAINZ_TOKEN = _key(
    "LISTENBRAINZ_TOKEN",
    "sandbox-listenbrainz-token",
    "ListenBrainz user token, sent with every call.",
)
ALLOW_PREVIEW_ANALYSIS = env.boolean(
    "ALLOW_PREVIEW_ANALYSIS", False,
    "Fetch 30-second previews from Deezer and iTunes to measure their sound; see docs/terms.md.",
)  # fmt: skip
CONTENT_VECTOR_ALBUMS = env.integer(
    "CONTENT_VECTOR_ALBUMS", 200_000,
    "How many albums, the best known first, get a vector of what they are like.",
)  # fmt: skip
LISTENBRAINZ_LABS = env.boolean(
    "LISTENBRAINZ_LABS", True, "Use ListenBrainz' experimental similar-artists host."
)
EBAY_APP_ID = _key("EBAY_APP_ID", "sandbox-ebay-app", "eBay application id (Browse API).")
EBAY_CERT_ID = _key("EBAY_CERT_ID", "sandbox-ebay-cert", "eBay certificate id.")
EBAY_VERIFICATION_TOKEN = _key(
    "EBAY_VERIFICATION_TOKEN",
    "sandbox-ebay-verification-token-0000000000",
    "eBay account-deletion notices: the token (32 to 80 characters) that you typed in at eBay.",
)
EBAY_DELETION_ENDPOINT = env.text(
    "EBAY_DELETION_ENDPOINT", f"{PUBLIC_URL}/ebay/account-deletion/",
    "eBay account-deletion notices: this site's address exactly as you typed it in at eBay.",
    shown="PUBLIC_URL/ebay/account-deletion/",
)  # fmt: skip
ADMIN_SECOND_FACTOR = env.boolean(
    "ADMIN_SECOND_FACTOR", PRODUCTION,
    "Let staff into the admin only when their account has a second factor.",
    shown="yes in production, else no",
)  # fmt: skip
KEYS_IN_ADMIN = env.boolean(
    "KEYS_IN_ADMIN", True,
    "Read the services' keys from encrypted admin rows too, where the environment gives none.",
)  # fmt: skip
SCORE_VERSIONS = env.shares(
    "SCORE_VERSIONS", "2", ("1", "2"),
    "Versions of the recommendations' score in use, with shares of people in percent that add up "
    "to 100: `1=20,2=80`.",
)  # fmt: skip
DISCOGS_KEEP_PRICE_HISTORY = env.boolean(
    "DISCOGS_KEEP_PRICE_HISTORY", SANDBOX,
    "Keep Discogs prices beyond six hours: only with Discogs' written consent.",
    shown="yes in the sandbox, else no",
)  # fmt: skip
EBAY_CONSENT = env.boolean(
    "EBAY_CONSENT", SANDBOX,
    "Mix, score and keep eBay offers: only with eBay's written consent.",
    shown="yes in the sandbox, else no",
)  # fmt: skip
PRICE_CALLS_PER_ALBUM = env.integer(
    "PRICE_CALLS_PER_ALBUM", 12,
    "Calls to Discogs that one question for an album's prices may cost: one per pressing.",
    least=1,
)  # fmt: skip
BUDGET_SPEED = env.integer(
    "BUDGET_SPEED", 1,
    "How many times faster the call budgets run: tests against a fast sandbox only.",
    least=1,
)  # fmt: skip

DUMP_COMPILER = env.text(
    "DUMP_COMPILER", "cc",
    "C compiler of the quick way that dumps are read; empty: they are read in Python, slower.",
)  # fmt: skip

# --- refusals ---------------------------------------------------------------------------

if PRODUCTION:
    if DEBUG:
        raise SettingsRefused("PRODUCTION and DEBUG exclude each other: switch DEBUG off.")
    if SECRET_KEY == DEFAULT_SECRET_KEY or len(SECRET_KEY) < 32:
        raise SettingsRefused("PRODUCTION needs a SECRET_KEY of its own, at least 32 characters.")
    if DEFAULT_CREDENTIAL_KEY in CREDENTIAL_KEYS or not CREDENTIAL_KEYS:
        raise SettingsRefused("PRODUCTION needs CREDENTIAL_KEYS of its own (Fernet keys).")
    if SANDBOX:
        raise SettingsRefused("PRODUCTION does not serve the sandbox: set UPSTREAMS=real.")
if not SANDBOX and not CONTACT_ADDRESS:
    raise SettingsRefused(
        "UPSTREAMS=real needs CONTACT_ADDRESS: services ask who is calling (User-Agent)."
    )
if not SANDBOX and BUDGET_SPEED != 1:
    raise SettingsRefused("BUDGET_SPEED must stay 1 with UPSTREAMS=real.")

# --- Django -----------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "accounts.providers.discogs",
    "accounts.providers.spotify",
    "vinyl.apps.VinylConfig",
    "vinyl.upstreams.credentials.apps.CredentialsConfig",
    "vinyl.jobs.apps.JobsConfig",
    "catalog.apps.CatalogConfig",
    "accounts.apps.AccountsConfig",
    "pricing.apps.PricingConfig",
    "recommendations.apps.RecommendationsConfig",
    "vinyl.desk.apps.DeskConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "vinyl.middleware.RequestIdMiddleware",
    "vinyl.upstreams.guard.only_workers_call_out",
    "vinyl.middleware.PermissionsPolicyMiddleware",
    "vinyl.middleware.BadInputMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "vinyl.middleware.PersonLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.StaffSecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "vinyl.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "vinyl.context_processors.site",
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def _database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SettingsRefused(
            "DATABASE_URL must start with postgresql://; no other engine is supported."
        )
    try:
        port = parts.port
    except ValueError as error:
        raise SettingsRefused("DATABASE_URL has a port that is no number up to 65535.") from error
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }


DATABASE_POOL = env.integer(
    "DATABASE_POOL", 16, "Connections that one process pools; 0 switches the pool off."
)
DATABASES = {"default": _database(DATABASE_URL)}


def _numbered(url: str, number: int) -> str:
    if url.startswith("unix:"):
        return f"{url}{'&' if '?' in url else '?'}db={number}"
    return f"{url.rstrip('/')}/{number}"


CACHE_URL = _numbered(REDIS_URL, 0)
BROKER_URL = _numbered(REDIS_URL, 1)
LIVE_URL = _numbered(REDIS_URL, 2)
CACHES = {
    "default": {
        "BACKEND": "vinyl.cache.Cache",
        "LOCATION": CACHE_URL,
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.auth_backends.EmailBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/records/"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "optional"
# An address that is taken is no reason to refuse: see docs/decisions.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {"signup": "accounts.forms.SignupForm"}
# Who did not do it hears of it: new password, other address, second factor on or off.
ACCOUNT_EMAIL_NOTIFICATIONS = True
MFA_ADAPTER = "accounts.second_factor.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Vinilogy"
MFA_TOTP_TOLERANCE = 1  # clocks of phones: half a minute on either side (RFC 6238, 5.2)
MFA_RECOVERY_CODES_SHOW_ONCE = True
# A protected account may get another address, which waits for its confirmation; switching on asks
# for a confirmed one itself (accounts.views.second_factor).
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "accounts.second_factor_forms.AuthenticateForm",
    "reauthenticate": "accounts.second_factor_forms.ReauthenticateForm",
}
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_QUERY_EMAIL = True
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_PROVIDERS = {
    "spotify": {
        "OAUTH_PKCE_ENABLED": True,
        "SCOPE": [
            "user-top-read",
            "user-library-read",
            "user-read-recently-played",
            "playlist-read-private",
        ],
    },
}
DEMO_EMAIL = "demo@vinilogy.test"
DEMO_PASSWORD = "needle-in-the-groove"  # noqa: S105 - exists in the sandbox mode only, on 127.0.0.1

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = env.path(
    "STATIC_ROOT",
    VINILOGY_HOME / "static",
    "Where collected static files go.",
    shown=".vinilogy/static",
)
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
MEDIA_ROOT = VINILOGY_HOME / "uploads"
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
HISTORY_UPLOAD_LIMIT = 200 * 1024 * 1024
CSV_UPLOAD_LIMIT = 10 * 1024 * 1024

SESSION_ENGINE = "vinyl.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SILENCED_SYSTEM_CHECKS = [
    # Preloading binds a whole domain for years: its owner's decision, not this site's.
    "security.W021",
    # Several people may have typed one address; accounts.auth_backends signs in the right one.
    "auth.W004",
    # Quiet hours end at eight: at that minute the check takes it for a time set by mistake.
    "fields.W161",
]
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https") else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [
            SELF,
            *(
                {SANDBOX_URL}
                if SANDBOX
                else {REAL_URLS["discogs_www"], REAL_URLS["spotify_accounts"]}
            ),
        ],
    }
}

EMAIL_HOST = env.text("EMAIL_HOST", "127.0.0.1", "SMTP server; the sandbox's mailbox by default.")
EMAIL_PORT = env.integer(
    "EMAIL_PORT", int(_RUN.get("smtp_port") or 8925), "SMTP port.", shown="8925"
)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "", "SMTP user.")
EMAIL_HOST_PASSWORD = env.secret("EMAIL_HOST_PASSWORD", "", "SMTP password.")
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", False, "STARTTLS for SMTP.")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text(
    "DEFAULT_FROM_EMAIL", "Vinilogy <hello@vinilogy.test>", "Sender of the site's mails."
)

# Seconds that a queue's oldest job may wait before the status page, `check_upstreams` and the
# log call it backed up.
QUEUE_ALARMS = {
    "interactive": env.integer(
        "QUEUE_ALARM_INTERACTIVE", 60, "Alarm: seconds that a job may wait while somebody looks."
    ),
    "sync": env.integer("QUEUE_ALARM_SYNC", 3600, "Alarm: seconds that a sync may wait."),
    "bulk": env.integer("QUEUE_ALARM_BULK", 21600, "Alarm: seconds that bulk work may wait."),
    "analysis": env.integer(
        "QUEUE_ALARM_ANALYSIS", 86400, "Alarm: seconds that an analysis may wait."
    ),
}

REST_FRAMEWORK = {
    "DEFAULT_PARSER_CLASSES": [
        "vinyl.api_bodies.TextJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api_auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "vinyl.api.exception_handler",
    "DEFAULT_THROTTLE_CLASSES": ["vinyl.throttle.Throttle"],
    "DEFAULT_THROTTLE_RATES": {"user": "600/min"},
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Vinilogy API",
    "VERSION": __version__,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "GradeEnum": "accounts.models.GRADE_CHOICES",
        "SleeveGradeEnum": "accounts.models.SLEEVE_CHOICES",
        "CurrencyEnum": "vinyl.money.CURRENCIES",
    },
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
}

LOG_LEVEL = env.choice(
    "LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"), "How much is logged."
)
LOG_FORMAT = env.choice(
    "LOG_FORMAT", "auto", ("auto", "json", "lines"),
    "JSON or plain log lines; auto: plain ones on a terminal.",
)  # fmt: skip
LOGGING = logs.configuration(level=LOG_LEVEL, shape=LOG_FORMAT)
