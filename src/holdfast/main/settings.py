"""Django's settings, derived from `holdfast.platform.config`; nothing else reads the environment."""

from __future__ import annotations

import hmac
import os
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from holdfast.platform.config import load_config
from holdfast.platform.observability.logs import configure_logging
from holdfast.platform.timezones import use_pinned_zones

use_pinned_zones()
HOLDFAST = load_config(os.environ)
SOURCE = Path(__file__).resolve().parent.parent

SECRET_KEY = HOLDFAST.secret_key
DEBUG = False
ALLOWED_HOSTS = ["*"]  # Hosts are looked up as tenants; an unknown one gets a 404 (platform/http/tenant.py).
ROOT_URLCONF = "holdfast.main.urls"
WSGI_APPLICATION = "holdfast.main.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # allauth's list of passkeys uses its filters.
    "django.forms",
    "template_partials",
    # Before allauth, whose templates it replaces.
    "holdfast.web.account.apps.AccountConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.headless",
    "procrastinate.contrib.django",
    "holdfast.platform.apps.PlatformConfig",
    "holdfast.capabilities.tenants.apps.TenantsConfig",
    "holdfast.capabilities.people.apps.PeopleConfig",
    "holdfast.capabilities.catalog.apps.CatalogConfig",
    "holdfast.capabilities.schedules.apps.SchedulesConfig",
    "holdfast.capabilities.bookings.apps.BookingsConfig",
    "holdfast.capabilities.notifications.apps.NotificationsConfig",
    "holdfast.capabilities.portfolio.apps.PortfolioConfig",
    "holdfast.web.design",
    "holdfast.web.public",
    "holdfast.web.console.apps.ConsoleConfig",
    "holdfast.main.apps.MainConfig",
]

MIDDLEWARE = [
    "holdfast.platform.http.requests.RequestMiddleware",
    "holdfast.platform.http.headers.SecurityHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "holdfast.main.http.TenantMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "holdfast.platform.http.pages.PageLocaleMiddleware",
    "holdfast.platform.http.pages.PageCsrfMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "holdfast.platform.http.pages.PageMessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "holdfast.web.design.problems.ProblemPagesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "holdfast.web.design.appearance.appearance",
            ],
        },
    }
]

FORM_RENDERER = "holdfast.web.design.forms.DesignRenderer"

_database = conninfo_to_dict(HOLDFAST.app_database_url) if HOLDFAST.app_database_url else {}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database.pop("dbname", "holdfast"),
        "USER": _database.pop("user", "holdfast_app"),
        "PASSWORD": _database.pop("password", ""),
        "HOST": _database.pop("host", ""),
        "PORT": _database.pop("port", ""),
        "OPTIONS": {
            **_database,
            # Parameters are bound by the server and hot statements stay prepared.
            "server_side_binding": True,
            "prepare_threshold": None if os.environ.get("HOLDFAST_PREPARE") == "off" else 3,
            "pool": {"min_size": 1, "max_size": max(4, HOLDFAST.web_threads), "timeout": 10},
        },
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}

AUTH_USER_MODEL = "people.Account"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]
ACCOUNT_ADAPTER = "holdfast.capabilities.people.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "holdfast.web.account.forms.LoginForm",
    "reset_password": "holdfast.web.account.forms.ResetPasswordForm",
    "reset_password_from_key": "holdfast.web.account.forms.ResetPasswordKeyForm",
    "change_password": "holdfast.web.account.forms.ChangePasswordForm",
    "reauthenticate": "holdfast.web.account.forms.ReauthenticateForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
EMAIL_BACKEND = "holdfast.main.mail.AccountMail"
ACCOUNT_RATE_LIMITS = {} if HOLDFAST.rate_limits_on else False
MFA_RATE_LIMITS = {} if HOLDFAST.rate_limits_on else False
MFA_FORMS = {
    "authenticate": "holdfast.web.account.forms.SecondStepForm",
    "activate_totp": "holdfast.web.account.forms.FirstCodeForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HOLDFAST.is_production
MFA_TOTP_ISSUER = "Holdfast"
MFA_TOTP_TOLERANCE = 1  # A phone's clock may be half a minute off.
HEADLESS_CLIENTS = ("app",)
HEADLESS_TOKEN_STRATEGY = "holdfast.capabilities.people.tokens.TenantTokenStrategy"
HEADLESS_JWT_ALGORITHM = "HS256"
# A key for tokens alone: what signs cookies must not sign them.
HEADLESS_JWT_PRIVATE_KEY = hmac.digest(SECRET_KEY.encode(), b"holdfast machine tokens", "sha256").hex()
# A token ends with the session that it belongs to: signing out and a new password end it at once.
HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/console/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/account/login/"
# In the session, not in a cookie: a message may name a customer.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HOLDFAST.is_production
SESSION_COOKIE_NAME = "__Host-session" if HOLDFAST.is_production else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HOLDFAST.is_production else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HOLDFAST.trusted_proxies else None

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ar", "العربية")]
LOCALE_PATHS = [SOURCE / "web" / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = None
STATICFILES_DIRS = [SOURCE / "web" / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
# The build puts a hash into each file's name, so a browser may keep it for ever.
WHITENOISE_IMMUTABLE_FILE_TEST = r"-[A-Z0-9]{8}\.[a-z0-9.]+$"

_FILES = "django.core.files.storage.FileSystemStorage"
_S3 = {
    "bucket_name": HOLDFAST.s3_bucket,
    "endpoint_url": HOLDFAST.s3_endpoint or None,
    "region_name": HOLDFAST.s3_region or None,
    # We serve the files ourselves, from the business's own host.
    "default_acl": None,
    "file_overwrite": True,
}
STORAGES = {
    "default": {"BACKEND": _FILES},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "portfolio": (
        {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _S3}
        if HOLDFAST.s3_bucket
        else {"BACKEND": _FILES, "OPTIONS": {"location": HOLDFAST.data_folder / "media"}}
    ),
}

# No form takes files but those that say so (platform/http/uploads.py).
FILE_UPLOAD_HANDLERS = ["holdfast.platform.http.uploads.NoFiles"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024  # A booking is a few hundred bytes; a megabyte is an attack.

LOGGING_CONFIG = None
configure_logging(HOLDFAST.log_level)
