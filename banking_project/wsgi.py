"""The WSGI application that gunicorn serves: `banking_project.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banking_project.settings")

application = get_wsgi_application()
