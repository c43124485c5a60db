"""The WSGI application, for gunicorn and its like."""

from __future__ import annotations

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()
#: All modules are loaded while there is one thread: GDAL reads the environment as it
#: is loaded, and the start of a child process changes that for a moment.
import_module(settings.ROOT_URLCONF)
