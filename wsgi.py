"""The application that a WSGI server serves: `gunicorn wsgi:app`."""

from api import Config, create_app

app = create_app(Config.from_env())
