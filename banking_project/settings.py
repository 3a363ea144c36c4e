"""Settings, read from the environment; every default is right for a newcomer's machine.

`BANKING_ENVIRONMENT` is `demo` (the default: invented people, keys made under `var/`) or `production`
(nothing is made up: what is not given is refused at start).
"""

import datetime
import json
import logging
import os
import secrets
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from banking_project import embedded_postgres
from banking_project.given_numbers import PORT_MAX, given_number

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("BANKING_VAR", BASE_DIR / "var"))

BANKING_ENVIRONMENT = os.environ.get("BANKING_ENVIRONMENT", "demo")
if BANKING_ENVIRONMENT not in {"demo", "production"}:
    raise ImproperlyConfigured(
        f"BANKING_ENVIRONMENT is {BANKING_ENVIRONMENT!r}: it must be 'demo' or 'production'."
    )
PRODUCTION = BANKING_ENVIRONMENT == "production"
DEBUG = os.environ.get("DJANGO_DEBUG", "") == "1" and not PRODUCTION


def _json(name: str, default: str) -> Any:
    """Return the JSON object that a variable holds."""
    try:
        value = json.loads(os.environ.get(name, default))
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ImproperlyConfigured(f"{name} must be a JSON object.")
    return value


def _seconds(name: str, default: int) -> datetime.timedelta:
    """Return the time that a variable holds in seconds."""
    return datetime.timedelta(seconds=given_number(name, default, least=1))


def _milliseconds(name: str, default: int) -> float:
    """Return the time that a variable holds in milliseconds, in seconds."""
    return given_number(name, default, least=1) / 1000


def _share(name: str, default: str) -> float:
    """Return the share that a variable holds, from 0 to 1."""
    try:
        share = float(os.environ.get(name, default))
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:  # nor is it where it is no number at all (nan)
        raise ImproperlyConfigured(f"{name} must be a number from 0 to 1.")
    return share


def _level(name: str, default: str) -> str:
    """Return the level of logging that a variable names."""
    level = os.environ.get(name, default)
    if level not in (levels := logging.getLevelNamesMapping()):
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(levels)}.")
    return level


def _names(name: str, known: frozenset[str], *, none: str) -> frozenset[str]:
    """Return the names that a variable lists with commas between them: all of those known, if it is not set."""
    text = os.environ.get(name, ",".join(known))
    listed = frozenset(text.split(",")) - {none}
    if not listed <= known:
        raise ImproperlyConfigured(
            f"{name} must be {none!r}, or some of {', '.join(sorted(known))}, with commas between them."
        )
    return listed


def _secret_key() -> str:
    """Return Django's secret key: given, or (never in production) made once under `var/`."""
    given = os.environ.get("DJANGO_SECRET_KEY", "")
    if given or PRODUCTION:
        return given  # none at all is refused by `production.refuse_faults`, and by Django when it is used
    file = VAR_DIR / "secret_key"
    if not file.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(50))
    return file.read_text()


# Where the ciphertexts of documents lie: None is the database; `domains.kyc.storage` says why.
_documents = os.environ.get("BANKING_DOCUMENTS", "database")
if _documents not in {"database", "folder"}:
    raise ImproperlyConfigured("BANKING_DOCUMENTS must be 'database' or 'folder'.")
DOCUMENTS_DIR = VAR_DIR / "documents" if _documents == "folder" else None

SECRET_KEY = _secret_key()
_hosts = os.environ.get("ALLOWED_HOSTS", "" if PRODUCTION else "*").split(",")
ALLOWED_HOSTS = [host.strip() for host in _hosts if host.strip()]

INSTALLED_APPS = [
    "banking_project",
    "gateway",
    "schema",
    "domains.kernel",
    "domains.vault",
    "domains.jobs",
    "domains.audit",
    "domains.identity",
    "domains.providers",
    "domains.customers",
    "domains.kyc",
    "domains.demat",
    "domains.portfolios",
    "domains.transactions",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.staticfiles",
    "guardian",
    "strawberry_django",
]

# Short on purpose: each middleware costs every request. The gateway answers `/graphql` itself.
MIDDLEWARE = [
    "gateway.headers.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "banking_project.administration.below.below_admin",
]
APPEND_SLASH = False
ROOT_URLCONF = "banking_project.urls"
WSGI_APPLICATION = "banking_project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


# How long one statement may take, and a request in all. Commands may take their time: `wsgi.py` sets the first.
STATEMENT_TIMEOUT_MS = given_number("STATEMENT_TIMEOUT_MS", 0, least=0)
REQUEST_DEADLINE_MS = given_number("REQUEST_DEADLINE_MS", 10_000, least=1)
# What the gateway asks for are look-ups by key, thousands in one statement: joining by hash reads whole tables
# of reference data for each of them, and compiling costs more than it saves. An answer passes from one part of its
# statement to another: in memory (kB), and never through a file.
DATABASE_SESSION: dict[str, object] = {
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    "work_mem": 32_768,
}
if STATEMENT_TIMEOUT_MS:
    DATABASE_SESSION["statement_timeout"] = STATEMENT_TIMEOUT_MS
# What is served may reach the database through PgBouncer; commands, workers and the monitor hold their sessions.
DATABASE_POOLED = bool(os.environ.get("DATABASE_POOLER_URL")) and "BANKING_SERVES" in os.environ


def _databases() -> dict[str, dict[str, Any]]:
    """Return two aliases for one database: `default` is the application's role, `owner` migrates."""
    if url := os.environ.get("DATABASE_URL"):
        served = os.environ["DATABASE_POOLER_URL"] if DATABASE_POOLED else url
        default: dict[str, Any] = dict(dj_database_url.parse(served))
        owner: dict[str, Any] = dict(dj_database_url.parse(os.environ.get("DATABASE_OWNER_URL", url)))
    else:
        address = {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": embedded_postgres.socket_directory(),
            "NAME": embedded_postgres.DATABASE,
        }
        default = address | {"USER": embedded_postgres.APPLICATION}
        owner = address | {"USER": embedded_postgres.OWNER}
    # The gateway's own statements need no check: a lost connection is noticed and the statement sent once more.
    default |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    owner |= {"CONN_MAX_AGE": 0}
    for database in (default, owner):  # the address states options of its own: sslmode, sslrootcert, …
        database["OPTIONS"] = {"connect_timeout": 5, **database.get("OPTIONS", {})}
    if DATABASE_POOLED:  # its transactions begin with the session's settings (see `domains.kernel.pooling`)
        default["DISABLE_SERVER_SIDE_CURSORS"] = True
    else:
        options = [f"-c {name}={value}" for name, value in DATABASE_SESSION.items()]
        default["OPTIONS"]["options"] = " ".join([*options, default["OPTIONS"].get("options", "")]).strip()
    return {"default": default, "owner": owner}


DATABASES = _databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["domains.identity.passwords.Argon2id"]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "display_name"], "max_similarity": 0.85},
    },
]
# Guardian's backend is not asked: its permissions are joined inside the statements that read.
# Outside of the admin nothing reads a cookie, and a POST must be JSON: nothing for a forged request to ride on.
# The admin brings what it needs for itself (`administration.below`); its views check for forgery.
SILENCED_SYSTEM_CHECKS = ["guardian.W001", "security.W003", "admin.E408", "admin.E409", "admin.E410"]
ANONYMOUS_USER_NAME = None  # guardian: no row stands for nobody

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [("explorer", BASE_DIR / "explorer" / "dist")]
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/explorer/assets/"  # Vite's hashed names

# Limits of a request by name, as JSON: {"depth_max": 15}; `gateway.limits.Limits` lists them with their units.
GATEWAY_LIMITS: dict[str, int] = _json("GATEWAY_LIMITS", "{}")
UPLOAD_BYTES_MAX = GATEWAY_LIMITS.get("upload_bytes_max", 8 * 1024 * 1024)  # bytes of a request with files
DATA_UPLOAD_MAX_MEMORY_SIZE = GATEWAY_LIMITS.get("body_bytes_max", 1024 * 1024)  # bytes; Django's own check

# What a request may cost, and points per minute, by tier, as JSON: {"STANDARD": {"request_points_max": 20000}};
# `gateway.tiers` has the defaults. A role's tier: {"service": "ELEVATED"}.
GATEWAY_TIERS: dict[str, dict[str, int]] = _json("GATEWAY_TIERS", "{}")
GATEWAY_ROLE_TIERS: dict[str, str] = _json("GATEWAY_ROLE_TIERS", '{"service": "ELEVATED"}')
# What happens to documents that are not stored (ALLOW_ALL, LOG_UNKNOWN, ONLY_STORED), by kind of viewer, tier of
# key, or role, as JSON: {"default": "LOG_UNKNOWN", "roles": {"customer": "ONLY_STORED"}}.
GATEWAY_STORED_DOCUMENTS: dict[str, Any] = _json("GATEWAY_STORED_DOCUMENTS", "{}")
# Whether everyone may ask for the schema; the roles that may where not everyone does.
GATEWAY_INTROSPECTION = os.environ.get("GATEWAY_INTROSPECTION", "0" if PRODUCTION else "1") == "1"
GATEWAY_INTROSPECTION_ROLES = os.environ.get("GATEWAY_INTROSPECTION_ROLES", "operations,administrator").split(
    ","
)
# Points that are left are counted in PostgreSQL, or in the Redis at this address: redis://host:6379/0.
REDIS_URL = os.environ.get("REDIS_URL", "")
# Hosts of providers that may be at private addresses in production, by name: bureau.internal,10.20.0.5
PROVIDER_PRIVATE_HOSTS = {
    name.strip().lower() for name in os.environ.get("PROVIDER_PRIVATE_HOSTS", "").split(",") if name.strip()
}
# Where the gateway listens, and where its figures are.
PORT = given_number("PORT", 5000, least=1, most=PORT_MAX)
METRICS_PORT = given_number("METRICS_PORT", 9090, least=1, most=PORT_MAX)
# Where `manage.py sandbox` listens and where the demo's providers are.
SANDBOX_PORT = given_number("SANDBOX_PORT", PORT + 300, least=1, most=PORT_MAX)
# Where `manage.py feed` listens.
FEED_PORT = given_number("FEED_PORT", PORT + 400, least=1, most=PORT_MAX)
FEED_LISTENERS_PER_VIEWER = given_number("FEED_LISTENERS_PER_VIEWER", 10, least=1)
# Where providers send their notices: our own address as they see it, without the provider's code.
PROVIDER_NOTICES_URL = os.environ.get(
    "PROVIDER_NOTICES_URL", f"http://127.0.0.1:{PORT}/provider-notices"
).rstrip("/")

# How long after it was committed a provider may still carry out an instruction, in seconds. Until then, and until
# the provider's own window has passed, "not found" is no answer.
INSTRUCTION_EXPIRES_S = given_number("INSTRUCTION_EXPIRES_SECONDS", 10, least=1)

# Networks of the proxies before us, `unix` for one on a Unix socket: 10.0.0.0/8,unix. Of no other peer is
# X-Forwarded-For believed.
TRUSTED_PROXIES = [name.strip() for name in os.environ.get("TRUSTED_PROXIES", "").split(",") if name.strip()]

# Which receipts are on disk before the answer leaves: `every`, or only those of what is `sensitive` and shown in
# clear (docs/audit.md says what is risked). Changes always are.
AUDIT_DURABLE_RECEIPTS = os.environ.get("AUDIT_DURABLE_RECEIPTS", "every")
if AUDIT_DURABLE_RECEIPTS not in {"every", "sensitive"}:
    raise ImproperlyConfigured("AUDIT_DURABLE_RECEIPTS must be 'every' or 'sensitive'.")

# Reading that is out of the ordinary: more customers than this in ten minutes; outside these hours in India.
AUDIT_UNUSUAL_CUSTOMERS = given_number("AUDIT_UNUSUAL_CUSTOMERS", 200, least=1)
_hours = os.environ.get("AUDIT_WORKING_HOURS", "7-21").split("-")
AUDIT_WORKING_HOURS = tuple(int(hour) for hour in _hours if hour.isdecimal())
if (
    len(_hours) != 2
    or len(AUDIT_WORKING_HOURS) != 2
    or not 0 <= AUDIT_WORKING_HOURS[0] < AUDIT_WORKING_HOURS[1] <= 24
):
    raise ImproperlyConfigured(
        "AUDIT_WORKING_HOURS must be two hours of a day, the earlier one first, such as 7-21."
    )

# To this file each signed head of the audit tree is appended: where the database's administrators can't write.
AUDIT_HEADS_FILE = os.environ.get("AUDIT_HEADS_FILE", "")

# For reference data only, which may be minutes old: nothing that must change in all workers within seconds. Each
# process has its own, or all share the Redis at this address.
CACHE_URL = os.environ.get("CACHE_URL", "")
CACHES = {
    "default": {
        "BACKEND": "banking_project.reference_cache.ReferenceCache"
        if CACHE_URL
        else "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": CACHE_URL or "banking_middleware_cache",
        "TIMEOUT": 300,  # seconds
        "KEY_PREFIX": "banking",
        "OPTIONS": {"socket_timeout": 0.25, "socket_connect_timeout": 0.25}  # seconds
        if CACHE_URL
        else {"MAX_ENTRIES": 10_000, "CULL_FREQUENCY": 3},
    }
}

LOG_DIR = Path(os.environ.get("BANKING_LOG_DIR", BASE_DIR / "logs"))
LOGGING_CONFIG = "gateway.logs.configure"
LOGGING = {
    "directory": LOG_DIR,
    "level": _level("LOG_LEVEL", "INFO"),
    "terminal_level": _level("LOG_TERMINAL_LEVEL", "WARNING"),
    "bytes_max": given_number("LOG_FILE_MB_MAX", 50, least=1) * 1024 * 1024,
    "kept": given_number("LOG_FILES_KEPT", 20, least=1),
}
# What is told of each request; all of it, unless its cost is to be measured.
OBSERVED = _names("OBSERVED", frozenset({"logs", "metrics", "recent", "traces"}), none="none")
TRACES_SAMPLED = _share("OTEL_TRACES_SAMPLER_ARG", "0.5")
TRACE_SLOW_S = _milliseconds("TRACE_SLOW_MS", 1_000)
SPANS_EVERY_S = _milliseconds("OTEL_BSP_SCHEDULE_DELAY", 5_000)  # OpenTelemetry's own default

# On every answer that has no such header of its own; the short way for operations sets them too.
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# TLS ends in a proxy, whose header says so (SECURE_PROXY_SSL_HEADER=X-Forwarded-Proto), or in gunicorn.
SECURE_SSL_REDIRECT = PRODUCTION
_proxy_header = os.environ.get("SECURE_PROXY_SSL_HEADER", "").strip().upper().replace("-", "_")
SECURE_PROXY_SSL_HEADER = (f"HTTP_{_proxy_header}", "https") if _proxy_header else None
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION and os.environ.get("HSTS_INCLUDE_SUBDOMAINS", "1") != "0"
SECURE_HSTS_PRELOAD = SECURE_HSTS_INCLUDE_SUBDOMAINS
SECURE_REFERRER_POLICY = "no-referrer"
X_FRAME_OPTIONS = "DENY"
# Only the admin sets cookies: not for plain HTTP, scripts, other sites or other addresses.
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/admin/"
SESSION_COOKIE_AGE = 3600  # seconds
LOGIN_REDIRECT_URL = "/admin/"  # where signing in leads, if the page that was asked for is another site's
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"

SESSION_LIFETIME = _seconds("SESSION_SECONDS", 604_800)
REFRESH_TOKEN_LIFETIME = _seconds("REFRESH_TOKEN_SECONDS", 86_400)

# The library's own defaults are weak (no expiry, a shared secret): the gateway's handlers replace them.
GRAPHQL_JWT = {
    "JWT_ENCODE_HANDLER": "gateway.tokens.encode",
    "JWT_DECODE_HANDLER": "gateway.tokens.decode",
    "JWT_PAYLOAD_HANDLER": "gateway.tokens.payload",
    "JWT_PAYLOAD_GET_USERNAME_HANDLER": "gateway.tokens.subject",
    "JWT_VERIFY_EXPIRATION": True,
    "JWT_EXPIRATION_DELTA": _seconds("ACCESS_TOKEN_SECONDS", 600),
    "JWT_LEEWAY": 5,  # seconds by which the clocks of two gateways may differ
    "JWT_ALLOW_ARGUMENT": False,
    "JWT_REFRESH_TOKEN_MODEL": "identity.RefreshToken",
    "JWT_GET_REFRESH_TOKEN_HANDLER": "gateway.tokens.locked_refresh_token",
    "JWT_REFRESH_EXPIRATION_DELTA": REFRESH_TOKEN_LIFETIME,
}
