"""The web process: pages and API."""

from __future__ import annotations

import gc
import os
from importlib import import_module

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.main.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

# What is loaded, the addresses and their views included, stays: from here on the collector looks only at what
# requests make. Looking at all of it took up to 80 ms, in every second or third answer about 200 people.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
