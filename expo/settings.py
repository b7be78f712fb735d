"""All settings. What differs between places comes from the environment; each name is read once, with a hint."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from expo.ops.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def required(name: str, hint: str) -> str:
    """The variable's value, or a start-up failure that says what to set."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {hint}")
    return value


# --- Environment: every name that Expo reads -------------------------------------------------------

# On for development only: shows tracebacks, relaxes cookies and redirects, prints mail to the console.
DEBUG = env.bool("DEBUG", default=False)
# On inside pytest: fast hashing, mail kept in memory, plain static files.
TESTING = env.bool("EXPO_TESTING", default=False)
# A long random string; signs sessions and links. Make one: python -c "import secrets; print(secrets.token_urlsafe(50))"
SECRET_KEY = (
    env.str("SECRET_KEY", default="insecure-key-for-development-only")
    if DEBUG
    else required("SECRET_KEY", "Set it to a long random string, the same for web, workers and beat.")
)
# Host names this site answers to, with commas: expo.example.org,www.expo.example.org
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"] if DEBUG else [])
# Where people reach the site; used in mail and feeds: https://expo.example.org
SITE_URL = env.str("SITE_URL", default="http://localhost:8000")
# PostgreSQL 16 or newer: postgresql://user:password@host:5432/expo
DATABASE_URL = required("DATABASE_URL", "Use a PostgreSQL address, or start with manage.py, which brings its own.")
# Keep connections in a pool inside each process.
DATABASE_POOL = env.bool("DATABASE_POOL", default=not TESTING)
# Valkey or Redis for Celery: redis://host:6379/0
BROKER_URL = required("BROKER_URL", "Use a Redis-protocol address, or start with manage.py, which brings its own.")
# Prefix of all broker keys, when several installations share one broker.
BROKER_PREFIX = env.str("BROKER_PREFIX", default="")
# Valkey or Redis for rate limits and public pages: redis://host:6379/1 (empty keeps them in each process's memory).
CACHE_URL = env.str("CACHE_URL", default="")
# Outgoing mail: smtp+tls://user:password@host:587 (consolemail:// prints, memorymail:// keeps).
EMAIL_URL = env.str("EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25")
# The sender of all mail.
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Expo <expo@localhost>")
# Send http:// to https://; turn off when the proxy in front already does, or for a trial without TLS.
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=not DEBUG)
# Seconds browsers remember to use https only; 0 turns it off.
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=0 if DEBUG else 31_536_000)
# How many proxies stand in front, each adding the address it heard from to X-Forwarded-For; the outermost sets
# X-Forwarded-Proto itself. 0: visitors connect directly, and both headers are ignored.
# (TRUST_PROXY=on, the name until version 0.2, means 1.)
TRUSTED_PROXIES = int(env.str("TRUSTED_PROXIES", default="") or env.bool("TRUST_PROXY", default=False))
# Bearer token for /metrics; without one only the machine itself may read it.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# A folder where the site's processes add up their numbers for /metrics (prometheus_client reads it itself).
METRICS_DIR = env.str("PROMETHEUS_MULTIPROC_DIR", default="")
# Serve static files from their sources, for a trial on one machine; else `manage.py collectstatic` comes first.
STATIC_FROM_SOURCES = env.bool("STATIC_FROM_SOURCES", default=DEBUG or TESTING)
# Send tasks to the broker at once; without it only the periodic sweeps find work (tests call them).
# (EXPO_RING_BELLS is its name until version 0.2.)
EXPO_DISPATCH_TASKS = env.bool("EXPO_DISPATCH_TASKS", default=env.bool("EXPO_RING_BELLS", default=not TESTING))
# Log lines as JSON (for collectors) or as coloured text (for people).
LOG_JSON = env.bool("LOG_JSON", default=not DEBUG)
# Least severity to log: DEBUG, INFO, WARNING, ERROR.
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
# The name of the test database, so that several runs can share one server.
TEST_DATABASE = env.str("EXPO_TEST_DB", default="test_expo")
# Where files made while running are kept.
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / ".data")))

# --- Apps, in the order of the work ----------------------------------------------------------------

OWN_APPS = [
    *(f"expo.{app}" for app in ("kit", "accounts", "journal", "notify", "editions", "sponsors")),
    *(f"expo.{app}" for app in ("proposals", "program", "releases", "onsite", "ops")),
    *(f"reviews.{app}" for app in ("rubrics", "assignments", "scoring", "decisions", "insight", "demo")),
]
INSTALLED_APPS = [
    # The project's own apps come first, so that their templates and commands win over those of packages.
    *OWN_APPS,
    *(f"django.contrib.{name}" for name in ("auth", "contenttypes", "messages", "postgres")),
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",  # built-in widget templates, for FORM_RENDERER
    *("rest_framework", "drf_spectacular", "drf_spectacular_sidecar", "knox"),
    *("allauth", "allauth.account", "allauth.mfa", "allauth.usersessions"),
    *("rules", "django_htmx", "csp", "django_prometheus"),
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
    "expo.kit.middleware.RefusalMiddleware",
]
ROOT_URLCONF = "expo.urls"
REACTIONS = "expo.reactions.REACTIONS"  # read by the journal, which may not import it
WAITING = "expo.waiting.SOURCES"  # read by the kit, which may not import it
DECISIONS_HEAD = "reviews.decisions.queries.verification.head_of"  # read by releases, which may not import it
PICTURES_SEEN_BY, PICTURES_PUBLIC_IN = "expo.pictures.SEEN_BY", "expo.pictures.PUBLIC_IN"  # read by the sponsors' app
WSGI_APPLICATION = "expo.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Pages -----------------------------------------------------------------------------------------

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "expo.editions.context.viewer",
            ],
        },
    }
]
FORM_RENDERER = "expo.kit.forms.Renderer"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "expo" / "static", ("guide", BASE_DIR / "docs" / "screenshots")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if STATIC_FROM_SOURCES
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = STATIC_FROM_SOURCES
WHITENOISE_AUTOREFRESH = DEBUG or TESTING

# --- Data, broker, mail ----------------------------------------------------------------------------

DATABASES = {"default": {**env.db_url_config(DATABASE_URL), "TEST": {"NAME": TEST_DATABASE}}}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True  # a restarted database costs no visitor an error page
DATABASES["default"]["HOST"] = unquote(DATABASES["default"]["HOST"])  # a socket folder comes quoted
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True  # three round trips for each list of choices in a form
# Compiling outlasts our queries; so did planning in every order a join of five or more tables (prepared statements
# plan once, but bind types that Django leaves open, and only the last hundred fit a connection).
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off -c join_collapse_limit=4")
if DATABASE_POOL:
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 8, "timeout": 10}

CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "expo.kit.cache.ForgivingCache",
        "LOCATION": CACHE_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

vars().update(env.email_url_config(EMAIL_URL))
SERVER_EMAIL, EMAIL_TIMEOUT = DEFAULT_FROM_EMAIL, 15

CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1800,
    "global_keyprefix": BROKER_PREFIX,
    # A broker that hangs must not hold up a page; the sweeps make up for it. A worker waits 1 s for work.
    "socket_connect_timeout": 2,
    "socket_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 1500  # below the visibility timeout, so a task never runs twice at once
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = "default"
# Solver runs take minutes; a queue of their own keeps mail and sweeps quick.
SOLVING = ("assignments.execute_run", "program.execute_run", "program.answer_why_not", "decisions.execute_fit")
CELERY_TASK_ROUTES = {name: {"queue": "solver"} for name in SOLVING}
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
    for name, seconds in {
        "journal.sweep": 15.0,
        "notify.sweep": 15.0,
        "assignments.sweep": 30.0,
        "assignments.tick": 60.0,
        "program.sweep": 30.0,
        "decisions.sweep": 30.0,
        "decisions.seal": 60.0,
        "scoring.sweep": 30.0,
        "scoring.send_digests": 600.0,
        "editions.tick": 60.0,
        "sponsors.tick": 60.0,
        "proposals.tick": 300.0,
        "ops.heartbeat": 30.0,
    }.items()
}

# --- People ----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
KNOX_TOKEN_MODEL = "accounts.ApiToken"
MIGRATION_MODULES = {"knox": None}  # its own token table, never used, would only block emptying ours
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"}
    for name in ("UserAttributeSimilarity", "MinimumLength", "CommonPassword", "NumericPassword")
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "expo.notify.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_FORMS = {
    "add_email": "expo.accounts.forms.entrance.AddEmailForm",
    "change_password": "expo.accounts.forms.entrance.ChangePasswordForm",
    "login": "expo.accounts.forms.entrance.LoginForm",
    "reset_password": "expo.accounts.forms.entrance.ResetPasswordForm",
    "reset_password_from_key": "expo.accounts.forms.entrance.ResetPasswordKeyForm",
    "set_password": "expo.accounts.forms.entrance.SetPasswordForm",
    "signup": "expo.accounts.forms.entrance.SignupForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
# Many people share one address (an office, a conference's network), so right sign-ins hardly count; wrong ones do.
ACCOUNT_RATE_LIMITS = {"login": "600/m/ip", "login_failed": "30/m/ip,5/300s/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser in which somebody signed up just now, in no other
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True  # somebody invited would otherwise type the new password again
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Expo"
# Browsers allow passkeys without TLS on the visitor's own machine only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG or urlsplit(SITE_URL).hostname == "localhost"

# --- Defence in the browser ------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_HSTS_SECONDS > 0
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # asked from inside, without TLS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG and SITE_URL.startswith("https://")
SESSION_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [SITE_URL]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- API -------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "expo.accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["expo.kit.policy.PolicyPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "expo.kit.pagination.Cursor",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {"anon": "120/min", "user": "600/min"},
    "EXCEPTION_HANDLER": "expo.kit.problems.handler",
    "NUM_PROXIES": TRUSTED_PROXIES,
    "PAGE_SIZE": 50,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Expo",
    "DESCRIPTION": "Proposals, reviews and the published program of a conference's Expo Day.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Logs ------------------------------------------------------------------------------------------

LOGGING = logging_config(level=LOG_LEVEL, as_json=LOG_JSON)
