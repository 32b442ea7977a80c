"""Pages by Django, the live socket by Channels; sockets from other sites are refused."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "echoes.settings")
pages = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402  (models are needed)
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import path  # noqa: E402

from echoes import origins  # noqa: E402
from echoes.consumers import LiveConsumer  # noqa: E402
from echoes.limits import limited  # noqa: E402

ours = [settings.PUBLIC_URL]
if not settings.ENV.public_url:
    ours.append(f"http://localhost:{settings.ENV.port}")
sockets = AuthMiddlewareStack(URLRouter([path("ws/live/", LiveConsumer.as_asgi())]))

application = ProtocolTypeRouter(
    {
        "http": limited(pages),
        "websocket": origins.only_from({origins.of(url) for url in ours}, sockets),
    }
)
