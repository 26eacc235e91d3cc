"""The WSGI application that a server loads."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pactdesk.project.settings")
application = get_wsgi_application()

# All that was loaded up to here stays for good: do not look through it again and again for garbage.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
