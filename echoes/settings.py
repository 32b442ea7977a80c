"""Django's settings. What a deployment may change is read through `echoes.env`."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from echoes import env as environment
from echoes import stores
from echoes.embedded import attach

ENV = environment.load()
ROOT = environment.ROOT
DATA_DIR = ENV.data_dir.resolve()

DEBUG = ENV.debug
SECRET_KEY = environment.secret_key(ENV)
PUBLIC_URL = (ENV.public_url or f"http://127.0.0.1:{ENV.port}").rstrip("/")
SECURE = PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"] + (
    [urlsplit(PUBLIC_URL).hostname or ""] if ENV.public_url else []
)
ALLOWED_HOSTS += stores.hosts(ENV)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "accounts",
    "jobs",
    "billing",
    "providers",
    "library",
    "projects",
    "clips",
    "compiler",
    "notices",
    "echoes",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "channels",
    "csp",
    "django_htmx",
]
if ENV.google_client_id:
    INSTALLED_APPS.append("allauth.socialaccount.providers.google")
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "echoes.middleware.PackingMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.languages.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.doors.StaffDoorMiddleware",
    "echoes.middleware.DoorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "echoes.middleware.RefusalMiddleware",
]
ROOT_URLCONF = "echoes.urls"
ASGI_APPLICATION = "echoes.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["echoes.templatetags.quick"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "echoes.views.page_context",
                "billing.context.credits",
                "notices.context.bell",
                "echoes.tray.tray",
            ],
        },
    },
]


# ---- data -----------------------------------------------------------------------------------


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("DATABASE_URL must look like postgresql://user:password@host:port/name")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        # The pool, and no persistent connections: under ASGI those leak.
        "CONN_MAX_AGE": 0,
        # A connection that died with its server is replaced, not handed to the next request.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": {"min_size": 0, "max_size": 20, "timeout": 10, "max_idle": 60}},
        "TEST": {"NAME": "test_echoes"},
    }


DATABASES = {"default": _database(ENV.database_url or attach.NOWHERE_DATABASE)}
REDIS_URL = ENV.redis_url or attach.NOWHERE_REDIS
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
CHANNEL_LAYERS = {
    # Pub/sub: the default layer lost more than half of a burst of events.
    "default": {
        "BACKEND": "echoes.kernel.pubsub.Layer",
        "CONFIG": {"url": REDIS_URL, "prefix": "echoes"},
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MEDIA_DIR = DATA_DIR / "media"
WORK_DIR = DATA_DIR / "work"
MEDIA_KEYS = [key.strip() for key in ENV.media_keys.split(",") if key.strip()] or [SECRET_KEY]
MEDIA_ADDRESS = ENV.media_url.rstrip("/")
MEDIA_CACHE_DIR = DATA_DIR / "cache"
MEDIA_CACHE_BYTES = ENV.media_cache_mb * 1024 * 1024
STORAGES = {
    "default": stores.store(ENV, "photos"),
    **{name: stores.store(ENV, name) for name in ("photos", "films", "music")},
    "staticfiles": {"BACKEND": "echoes.staticfiles.Storage"},
}
UPLOAD_MAX_BYTES = ENV.upload_max_mb * 1024 * 1024
VIDEO_MAX_BYTES = ENV.video_max_mb * 1024 * 1024
STORAGE_QUOTA_BYTES = ENV.storage_quota_mb * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_USE_FINDERS = DEBUG

# ---- jobs -----------------------------------------------------------------------------------

RUNNING_PER_OWNER = ENV.running_per_owner
AWAY_PER_OWNER = ENV.away_per_owner
# kind: (model, handler). The kind stands in events, messages and live topics.
JOB_KINDS = {
    "ingest": ("library.models.Ingest", "library.execution.ingest"),
    "recording": ("library.models.Recording", "library.execution.record"),
    "placement": ("clips.models.Placement", "clips.execution.place"),
    "take": ("clips.models.Take", "clips.execution.make_take"),
    "glance": ("clips.models.Glance", "clips.glances.make"),
    "piece": ("compiler.models.Piece", "compiler.execution.make_piece"),
    "film": ("compiler.models.Film", "compiler.execution.make_film"),
    "poster": ("compiler.models.Poster", "compiler.posters.make"),
    "export": ("library.models.Export", "library.exports.make"),
    "space": ("library.models.Space", "library.usage.count"),
    "trial": ("providers.models.Trial", "providers.trials.make"),
}
# What is called with job= once the end of a job is committed.
ENDINGS = ["notices.endings.hear"]
# name: a jobs.remote.Service, which does jobs of the kinds that are RemoteJobs.
REMOTE_SERVICES = {
    "runway": "providers.sending.RUNWAY",
    "replicate": "providers.sending.REPLICATE",
    "openai": "providers.sending.OPENAI",
}

# What else the staff's page of jobs warns of: each is called with now=, and gives sentences.
STAFF_ALARMS = ["providers.alerts.sentences"]

# kind: what builds its order for a service, called with the job and a folder for what goes along.
ORDERS = {"take": "clips.ordering.order", "trial": "providers.trials.order"}

# kind: what something was sent for, as {id of the job: library.sent.Errand}; called with ids=.
ERRANDS = {"take": "clips.errands.of_takes", "glance": "clips.errands.of_glances"}

# ---- services -------------------------------------------------------------------------------

# name: the key, and the address where it is not the service's own.
PROVIDERS = {
    "runway": (ENV.runwayml_api_secret, ENV.runwayml_base_url),
    "replicate": (ENV.replicate_api_token, ENV.replicate_base_url),
    "openai": (ENV.openai_api_key, ENV.openai_base_url),
}
SERVICE_BALANCE_LOW_USD = ENV.service_balance_low_usd
# Whether an answer that breaks a service's contract is an error. In use a new word must not take us down.
PROVIDERS_STRICT = False
# The local studio's own: see docs/operations.md.
MATTING_MODEL = ENV.matting_model

# ---- the clock ------------------------------------------------------------------------------

# What the clock calls every ten minutes, with now=.
HOUSEKEEPING = [
    "library.housekeeping.sweep",
    "compiler.housekeeping.sweep",
    "jobs.retention.sweep",
    "jobs.remote.look_for_given_up",
    "billing.housekeeping.sweep",
    "providers.housekeeping.sweep",
    "accounts.sessions.sweep",
    "accounts.leaving.sweep",
    "notices.housekeeping.sweep",
]
# Which objects of a person's belong to which rows: each a library.inventory.Part.
INVENTORY = [
    "library.inventory.PART",
    "clips.inventory.PART",
    "compiler.inventory.PART",
    "echoes.inventory.TRIALS",
]
# What a person takes along: each is called with user=, and gives library.exports.Items.
EXPORTS = [
    "library.exports.owned",
    "library.sent.exported",
    "projects.exports.owned",
    "clips.exports.owned",
    "compiler.exports.owned",
    "notices.exports.owned",
    "echoes.exports.credits",
]
# What is called in this order, with user= and now=, before a person is deleted; each may be called again.
LEAVING = [
    "jobs.leaving.forget",
    "notices.leaving.forget",
    "compiler.leaving.forget",
    "clips.leaving.forget",
    "projects.leaving.forget",
    "library.leaving.forget",
    "billing.leaving.forget",
]

# ---- credits --------------------------------------------------------------------------------

STRIPE_SECRET_KEY = ENV.stripe_secret_key
STRIPE_WEBHOOK_SECRETS = [
    secret.strip() for secret in ENV.stripe_webhook_secrets.split(",") if secret.strip()
]
STRIPE_API_BASE = ENV.stripe_api_base.rstrip("/")
CREDITS_CURRENCY = ENV.credits_currency
# kind of job: which of these ids are of jobs that have not ended.
HOLDERS = {"take": "clips.takes.living"}

# ---- people ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
SESSION_ENGINE = "accounts.sessions"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "projects:dashboard"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignUpForm",
    "login": "accounts.forms.SignInForm",
    "reset_password": "accounts.forms.ForgotForm",
    "change_email": "accounts.forms.NewAddressForm",
    "confirm_email_verification_code": "accounts.forms.MailedCodeForm",
    "reauthenticate": "accounts.forms.StillYouForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reset_password_from_key": "accounts.forms.ForgottenPasswordForm",
}
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE else "http"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_REDIRECT_URL = "landing"
ACCOUNT_SESSION_REMEMBER = True
# Counted in Redis. Who is over one of these gets the page 429.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/300s/key",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "confirm_email": "1/10s/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = ENV.trusted_proxies
if SECURE and ENV.trusted_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

MFA_ADAPTER = "accounts.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "activate_totp": "accounts.forms.AppForm",
    "add_webauthn": "accounts.forms.PasskeyForm",
    "authenticate": "accounts.forms.SecondFactorForm",
    "reauthenticate": "accounts.forms.SecondFactorAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Echoes"
MFA_TOTP_TOLERANCE = 1  # of the thirty seconds before and after: clocks differ

USERSESSIONS_ADAPTER = "accounts.adapters.SessionsAdapter"

SOCIALACCOUNT_ADAPTER = "accounts.adapters.GoogleAdapter"
# An address that Google has verified opens the account that has it, if that has verified it too.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {
    "google": {
        "APPS": [{"client_id": ENV.google_client_id, "secret": ENV.google_client_secret, "key": ""}]
        if ENV.google_client_id
        else [],
        "SCOPE": ["openid", "profile", "email"],
        "OAUTH_PKCE_ENABLED": True,
    }
}
_google = ENV.google_url.rstrip("/")
if _google:
    SOCIALACCOUNT_PROVIDERS["google"] |= {
        "AUTHORIZE_URL": f"{_google}/auth",
        "ACCESS_TOKEN_URL": f"{_google}/token",
        "IDENTITY_URL": f"{_google}/userinfo",
        "CERTS_URL": f"{_google}/certs",
        "ID_TOKEN_ISSUER": _google,
    }

# Fragments of the settings page, by the names of their addresses.
SETTINGS_SECTIONS = ["notices:wishes", "library:sent_summary", "library:usage", "library:export"]

_smtp = urlsplit(ENV.smtp_url)
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if ENV.smtp_url
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_HOST = _smtp.hostname or "localhost"
EMAIL_PORT = _smtp.port or 25
EMAIL_HOST_USER = unquote(_smtp.username or "")
EMAIL_HOST_PASSWORD = unquote(_smtp.password or "")
EMAIL_USE_TLS = bool(_smtp.username)
DEFAULT_FROM_EMAIL = ENV.mail_from
SERVER_EMAIL = ENV.mail_from

# ---- what leaves us -------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_media = stores.origins(ENV)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *_media],
        "media-src": [SELF, "blob:", *_media],
        "connect-src": [SELF, *_media],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        # A form may lead to where somebody signs in or pays: a browser follows it, and asks here.
        "form-action": [
            SELF,
            *([_google or "https://accounts.google.com"] if ENV.google_client_id else []),
            *([STRIPE_API_BASE or "https://checkout.stripe.com"] if STRIPE_SECRET_KEY else []),
        ],
        "frame-ancestors": [NONE],
    }
}

# ---- words and time -------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español")]
LOCALE_PATHS = [ROOT / "locale"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 31_536_000
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = SECURE
LANGUAGE_COOKIE_HTTPONLY = True
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.request": {"level": "ERROR"}, "httpx": {"level": "WARNING"}},
}
