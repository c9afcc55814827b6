"""The realtime process: Socket.IO for staff who are signed in, over the bookings' event log.

Granian serves `holdfast.main.realtime:application` (ASGI) on HOLDFAST_PORT + 1.
"""

from __future__ import annotations

import os
from importlib import import_module

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.main.settings")
django.setup()

# Only now: what it imports needs Django's models.
application = import_module("holdfast.main.realtime.server").application
