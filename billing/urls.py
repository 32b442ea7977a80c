from __future__ import annotations

from django.urls import path

from billing.views import credits, staff, webhook

app_name = "billing"
urlpatterns = [
    path("credits/", credits.show, name="credits"),
    path("credits/balance/", credits.balance, name="balance"),
    path("credits/buy/", credits.buy, name="buy"),
    path("credits/bought/<uuid:pk>/", credits.bought, name="bought"),
    path("credits/left/<uuid:pk>/", credits.left, name="left"),
    path("r/<slug:code>/", credits.invited, name="invited"),
    path("stripe/webhook/", webhook.webhook, name="webhook"),
    path("admin/credits/", staff.overview, name="overview"),
    path("admin/credits/<uuid:pk>/grant/", staff.grant, name="grant"),
]
