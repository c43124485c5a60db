"""All settings of the portal, each from the environment with a default that runs.

``.env`` files are not read: set variables where the processes are started.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import global_settings

from portal.environment import env, secret_key, spool_folder

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Where things lie ---------------------------------------------------------------

DATA_DIR = Path(env.str("CAIRN_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
JOBS_DIR = DATA_DIR / "jobs"
UPLOADS_DIR = DATA_DIR / "uploads"
HOSTED_DIR = DATA_DIR / "hosted"
SPOOL_DIR = spool_folder(DATA_DIR)
LOGS_DIR = DATA_DIR / "logs"

#: Bucket for hosts that share no disk; each data folder is then a cache of it.
S3_BUCKET = env.str("CAIRN_S3_BUCKET", default="")
_S3_ENDPOINT = env.str("CAIRN_S3_ENDPOINT", default="")
STORAGES: dict[str, dict[str, Any]] = global_settings.STORAGES | (
    {
        "shared": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": S3_BUCKET,
                "location": env.str("CAIRN_S3_PREFIX", default=""),
                "endpoint_url": _S3_ENDPOINT or None,
                # servers of one's own seldom have a name for each bucket
                "addressing_style": "path" if _S3_ENDPOINT else None,
                "max_memory_size": 2**20,
            },
        }
    }
    if S3_BUCKET
    else {}
)

# --- Security -----------------------------------------------------------------------

DEBUG = env.bool("CAIRN_DEBUG", default=False)
#: True when the portal is reached over TLS: that is what is called production.
HTTPS = env.bool("CAIRN_HTTPS", default=False)
SECRET_KEY = secret_key(DATA_DIR / "secret_key", is_required=HTTPS)
#: Former keys: what they have signed still counts, nothing is signed with them.
SECRET_KEY_FALLBACKS = [
    *filter(None, map(str.strip, env.list("CAIRN_SECRET_KEY_FALLBACKS", default=[])))
]
ALLOWED_HOSTS = env.list(
    "CAIRN_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"]
)
CSRF_TRUSTED_ORIGINS = env.list("CAIRN_TRUSTED_ORIGINS", default=[])

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]  # asked from inside, without TLS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
BEHIND_PROXY = env.bool("CAIRN_BEHIND_PROXY", default=False)
#: Proxies between clients and the portal, each of which adds to X-Forwarded-For.
PROXIES = max(1, env.int("CAIRN_PROXIES", default=1))
if BEHIND_PROXY:
    # Only behind a proxy that sets these headers itself: else clients could.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "portal.pages.errors.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'self'"],
        "object-src": ["'none'"],
    }
}
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = [
    "portal.logins.LoginBackend",
    "django.contrib.auth.backends.ModelBackend",
]
#: Failed logins of a user from an address in a minute, and of an address in an hour,
#: before the next one has to wait. 0: no limit.
LOGINS_PER_USER = env.int("CAIRN_LOGINS_PER_USER", default=5)
LOGINS_PER_ADDRESS = env.int("CAIRN_LOGINS_PER_ADDRESS", default=50)
AXES_HANDLER = "portal.logins.LoginLimits"
AXES_LOCKOUT_CALLABLE = "portal.logins.refusal_page"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_ENABLE_ADMIN = False  # portal/admin has a page that fits these limits
AXES_VERBOSE = False

#: What changed and who came in is kept so long; 0: for ever.
KEEP_AUDIT_DAYS = env.int("CAIRN_KEEP_AUDIT_DAYS", default=365)
AUDITLOG_CID_GETTER = "portal.audit.request_id"

#: True: nobody administers without a code of an authenticator app.
TWO_FACTOR = env.bool("CAIRN_TWO_FACTOR", default=False)
OTP_TOTP_ISSUER = env.str("CAIRN_TWO_FACTOR_ISSUER", default="Cairn")

#: A session ends so long after the login, or with the browser.
SESSION_COOKIE_AGE = env.int("CAIRN_SESSION_HOURS", default=8) * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# --- Applications -------------------------------------------------------------------

#: Path of the administration.
ADMIN_PATH = env.str("CAIRN_ADMIN_PATH", default="admin").strip("/")
#: One path segment in front of ``/rest/services``: clients look no deeper.
CONTEXT = env.str("CAIRN_CONTEXT", default="server").strip("/")

INSTALLED_APPS = [
    "portal.apps.CairnAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "rest_framework",
    "auditlog",
    "portal.apps.FailedLoginsConfig",
    "django_otp",
    "portal.apps.AuthenticatorsConfig",
    "portal.apps.BackupCodesConfig",
    "django_q",
    "portal.apps.PortalConfig",
    "jobs",
    "services",
]
MIDDLEWARE = [
    "portal.request_ids.named_requests",
    "portal.metrics.requests.counted_requests",
    "portal.slashes.collapsed_slashes",
    "portal.passive.passive_documents",
    "django.middleware.security.SecurityMiddleware",
    "portal.static_files.CompressedStaticFiles",
    "portal.compression.compressed_documents",
    "portal.cors.OriginsOfSite",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.languages.page_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.basemaps.ContentPolicy",
    "axes.middleware.AxesMiddleware",
]
if BEHIND_PROXY:
    MIDDLEWARE.insert(0, "portal.proxy.client_addresses")
APPEND_SLASH = False  # a redirect would lose the body of a POST
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
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
                "portal.pages.context.page_context",
                "portal.site.context",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
USE_I18N = True
#: Arabic has no texts of its own yet: it shows that pages work from right to left.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
USE_TZ = True
TIME_ZONE = "UTC"
LOGIN_URL = "account-login"
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True  # static files are served from the packages

# --- Database -----------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url(
        "DATABASE_URL", default=f"sqlite:///{(DATA_DIR / 'cairn.sqlite3').as_posix()}"
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Measured: the defaults lose writes under load; these do not.
    DATABASES["default"]["ENGINE"] = "portal.sqlite"
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 30,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["CONN_MAX_AGE"] = 60

# --- Queue --------------------------------------------------------------------------

#: Empty: the database is the broker. ``redis://…``: Redis is.
BROKER_URL = env.str("CAIRN_BROKER_URL", default="")
WORKERS = env.int("CAIRN_WORKERS", default=2)
Q_CLUSTER: dict[str, Any] = {
    # Portals that share a Redis need names of their own.
    "name": env.str("CAIRN_QUEUE_NAME", default="cairn"),
    "workers": WORKERS,
    # The queue carries a job id, and a ring is gone when it is taken, so its own
    # retries and time limits never come into play (jobs/queueing/queue.py).
    "timeout": 50,
    "retry": 60,
    "max_attempts": 1,
    "ack_failures": True,
    "bulk": 1,
    "queue_limit": 1,
    "poll": 0.03,
    "guard_cycle": 0.5,  # only 0.5 or 1: django-q2 compares its timer with 0
    "recycle": 500,
    "save_limit": -1,
    "catch_up": False,
    "daemonize_workers": False,  # a worker owns the child process that computes
    "label": "Queue",
}
if BROKER_URL:
    Q_CLUSTER |= {
        "redis": BROKER_URL,
        "broker_class": "jobs.queueing.broker.RedisBroker",
    }
else:
    Q_CLUSTER |= {
        "orm": "default",
        "broker_class": "jobs.queueing.broker.DatabaseBroker",
    }

#: Asynchronous jobs that a user, or a stranger's address, may have running and
#: waiting; and all that may wait. 0: no limit.
RUNNING_PER_USER = env.int("CAIRN_RUNNING_PER_USER", default=4)
RUNNING_PER_ADDRESS = env.int("CAIRN_RUNNING_PER_ADDRESS", default=2)
QUEUED_PER_USER = env.int("CAIRN_QUEUED_PER_USER", default=50)
QUEUED_PER_ADDRESS = env.int("CAIRN_QUEUED_PER_ADDRESS", default=10)
QUEUED = env.int("CAIRN_QUEUED", default=500)

# --- REST ---------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "portal.security.TokenAuthentication",
        "portal.security.PortalSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "portal.security.MayUseService",
        "portal.cross_site.OnlyFromOwnPages",
    ],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "portal.rendering.FormatNegotiation",
    "DEFAULT_RENDERER_CLASSES": [
        "portal.rendering.HtmlRenderer",
        "portal.rendering.JsonRenderer",
        "portal.rendering.PrettyJsonRenderer",
        "portal.rendering.GeoJsonRenderer",
        "portal.rendering.KmzRenderer",
        "portal.rendering.PbfRenderer",
        "portal.rendering.ImageRenderer",
        "portal.rendering.SitemapRenderer",
        "portal.rendering.GeoSitemapRenderer",
        "portal.rendering.HelpRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": [],
    "EXCEPTION_HANDLER": "portal.errors.esri_errors",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
_CORS_ORIGINS = env.list("CAIRN_CORS_ORIGINS", default=[])
CORS_ALLOWED_ORIGIN_REGEXES = [rf"(?:{one})\Z" for one in _CORS_ORIGINS or [r".*"]]
#: Cookies count only for origins that were named: else any page could use them.
CORS_ALLOW_CREDENTIALS = bool(_CORS_ORIGINS)
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS", "POST"]
CORS_EXPOSE_HEADERS = ["content-disposition", "retry-after", "x-request-id"]
CORS_URLS_REGEX = rf"(?i)^/{CONTEXT}/(rest|tokens)(/|$)"
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS", "POST"]
CORS_ALLOW_HEADERS = [
    "authorization", "content-type", "x-esri-authorization", "x-request-id",
]  # fmt: skip

#: False: no pages, neither with f=html nor without f; documents stay.
SERVICES_DIRECTORY = env.bool("CAIRN_SERVICES_DIRECTORY", default=True)
#: False: ``callback`` is refused.
JSONP = env.bool("CAIRN_JSONP", default=True)

#: Hard bounds of any request, whatever a service says (bytes; values in a form).
MAX_REQUEST_BYTES = env.int("CAIRN_MAX_REQUEST_BYTES", default=512 * 2**20)
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 2**20
#: Requests a minute; 0: no limit. Those for the state of a job count apart.
REQUESTS_PER_ADDRESS = env.int("CAIRN_REQUESTS_PER_ADDRESS", default=0)
REQUESTS_PER_USER = env.int("CAIRN_REQUESTS_PER_USER", default=0)
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
if BROKER_URL:
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": BROKER_URL,
        "KEY_PREFIX": Q_CLUSTER["name"],
        "OPTIONS": {
            "serializer": "portal.rates.JsonSerializer",
            "socket_connect_timeout": 0.5,
            "socket_timeout": 0.5,
        },
    }
TOKEN_MINUTES = env.int("CAIRN_TOKEN_MINUTES", default=60)
MAX_TOKEN_MINUTES = env.int("CAIRN_MAX_TOKEN_MINUTES", default=1440)
#: True: generateToken takes passwords in addresses, where proxies write them to logs.
TOKENS_BY_GET = env.bool("CAIRN_TOKENS_BY_GET", default=False)
MAX_KEY_DAYS = env.int("CAIRN_MAX_KEY_DAYS", default=365)

# --- Web server ---------------------------------------------------------------------

#: Processes of the web server, and requests that each answers at a time.
WEB_WORKERS = env.int("CAIRN_WEB_WORKERS", default=2)
WEB_THREADS = env.int("CAIRN_WEB_THREADS", default=8)
#: Seconds for a request's line and headers, and after which its body must come at a
#: speed that counts as sending (portal/slow_clients.py).
CLIENT_SECONDS = env.float("CAIRN_CLIENT_SECONDS", default=10.0)

# --- Runs ---------------------------------------------------------------------------

#: Child processes of each web process, and seconds a request waits for a free one.
RUN_SLOTS = env.int("CAIRN_RUN_SLOTS", default=2)
RUN_WAIT_SECONDS = env.float("CAIRN_RUN_WAIT_SECONDS", default=10.0)
LEASE_SECONDS = env.float("CAIRN_LEASE_SECONDS", default=30.0)
HEARTBEAT_SECONDS = env.float("CAIRN_HEARTBEAT_SECONDS", default=10.0)
SWEEP_SECONDS = env.float("CAIRN_SWEEP_SECONDS", default=10.0)
#: Time that running jobs get to end when their worker is told to stop.
DRAIN_SECONDS = env.float("CAIRN_DRAIN_SECONDS", default=30.0)

# --- Keeping ------------------------------------------------------------------------

#: The most that finished jobs are kept, whatever their services say: hours, and MB of
#: all together, pinned ones included. 0: no limit.
KEEP_JOBS_HOURS = env.int("CAIRN_KEEP_JOBS_HOURS", default=0)
KEEP_JOBS_MB = env.int("CAIRN_KEEP_JOBS_MB", default=0)
#: What new jobs and uploads leave free on the disk: the larger of the two.
DISK_RESERVE_MB = env.int("CAIRN_DISK_RESERVE_MB", default=1024)
DISK_RESERVE_PERCENT = env.float("CAIRN_DISK_RESERVE_PERCENT", default=5.0)

# --- Fetching -----------------------------------------------------------------------

#: Who is let in by a token that came with the URL of an input on this server.
READER_OF_INPUTS = "portal.tokens.holder_of"
#: Hosts whose URLs requests may name: ``host``, ``host:port``, ``*.host``, ``*``.
#: None by default: a server that fetches for strangers is a door to its network.
#: Administrators add others, and refuse some, while the portal runs.
FETCH_HOSTS = env.list("CAIRN_FETCH_HOSTS", default=[])
#: Hosts that are refused whatever administrators allow.
FETCH_DENIED = env.list("CAIRN_FETCH_DENIED", default=[])
#: Networks in which such hosts may be although they are not public.
FETCH_NETWORKS = env.list("CAIRN_FETCH_NETWORKS", default=[])
FETCH_SECONDS = env.float("CAIRN_FETCH_SECONDS", default=60.0)
FETCH_BYTES = env.int("CAIRN_FETCH_BYTES", default=100 * 2**20)

# --- Sharing ------------------------------------------------------------------------

#: Hours that a share link to a job's results works unless its maker says, and at most.
SHARE_HOURS = env.int("CAIRN_SHARE_HOURS", default=7 * 24)
MAX_SHARE_HOURS = env.int("CAIRN_MAX_SHARE_HOURS", default=30 * 24)
#: Where administrators may say otherwise within these bounds.
USUAL_SHARE_HOURS = "portal.site.share_hours"

# --- Uploads ------------------------------------------------------------------------

#: What one person may keep, over all services; strangers are told by their address.
UPLOADS_PER_USER = env.int("CAIRN_UPLOADS_PER_USER", default=20)
UPLOAD_MB_PER_USER = env.int("CAIRN_UPLOAD_MB_PER_USER", default=2048)
#: Items that nobody has used for so long go.
KEEP_UPLOADS_HOURS = env.float("CAIRN_KEEP_UPLOADS_HOURS", default=24.0)

# --- Site ---------------------------------------------------------------------------

#: So long each process keeps what administrators say of the site and its basemaps.
SITE_SECONDS = 5.0

# --- Mail ---------------------------------------------------------------------------

#: The server for mails: ``smtp+tls://user:password@host:587``.
_MAIL = env.email_url("CAIRN_MAIL_URL", default="consolemail://")
vars().update(_MAIL)
#: The sender of mails; empty: none are sent.
MAIL_FROM = env.str("CAIRN_MAIL_FROM", default="")
#: How people reach the portal, for links in mails: ``https://gis.example.org``.
PUBLIC_URL = env.str("CAIRN_PUBLIC_URL", default="").rstrip("/")

# --- Observation --------------------------------------------------------------------

#: Networks that may read ``/metrics``. Behind a proxy, everybody comes from near.
METRICS_NETWORKS = env.list(
    "CAIRN_METRICS_NETWORKS", default=[] if BEHIND_PROXY else ["127.0.0.0/8", "::1"]
)
METRICS_TOKEN = env.str("CAIRN_METRICS_TOKEN", default="")
#: A queue whose oldest job waits longer beside a free worker is said to lag.
LAG_SECONDS = env.float("CAIRN_LAG_SECONDS", default=60.0)

# --- Logging ------------------------------------------------------------------------

#: ``text``, or ``json``: one object a line, for what collects logs.
LOG_FORMAT = env.str("CAIRN_LOG_FORMAT", default="text")
#: Records of this level and above are kept for the admin too; ``OFF``: none. As many
#: at most, and as many days; 0: no bound.
LOG_EVENTS = env.str("CAIRN_LOG_EVENTS", default="WARNING").upper()
KEEP_LOG_EVENTS = env.int("CAIRN_KEEP_LOG_EVENTS", default=10_000)
KEEP_LOG_EVENT_DAYS = env.int("CAIRN_KEEP_LOG_EVENT_DAYS", default=14)
#: What the sweep of the workers does besides.
MORE_SWEEP_STEPS = ["portal.logevents.trim", "portal.sessions.forget_ended"]
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "portal.logs.TextFormatter"},
        "json": {"()": "portal.logs.JsonFormatter"},
    },
    "filters": {"short_refusals": {"()": "portal.logs.ShortRefusals"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["short_refusals"],
            "formatter": "json" if LOG_FORMAT == "json" else "text",
        }
    },
    "root": {
        "handlers": ["console"],
        "level": env.str("CAIRN_LOG_LEVEL", default="INFO"),
    },
    "loggers": {
        "django-q": {"handlers": ["console"], "level": "WARNING", "propagate": False}
    },
}
if LOG_EVENTS != "OFF":
    LOGGING["handlers"]["events"] = {
        "class": "portal.logevents.EventHandler",
        "level": LOG_EVENTS,
    }
    for _logger in (LOGGING["root"], LOGGING["loggers"]["django-q"]):
        _logger["handlers"] = [*_logger["handlers"], "events"]
