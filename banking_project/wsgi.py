"""The WSGI application that gunicorn serves: `banking_project.wsgi:application`."""

import os

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from banking_project.production import faults
from banking_project.serving import be_served

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banking_project.settings")
be_served()

if found := faults():  # gunicorn.conf.py ends before this; another server is told here
    raise ImproperlyConfigured(" ".join(found))

django_application = get_wsgi_application()

# After Django is set up: the schema declares types over its models.
from banking_project.health import probed
from gateway.wsgi import shortened
from schema.root import gateway

application = shortened(probed(django_application), gateway(), path="/graphql")
