"""All settings that staff look at: helplines, signatories, the organisation, and how messages are sent."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from broadcaster.services.access.permissions import Permission
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.route_permissions import requires

PROVIDER_NAMES = {"smtp": "SMTP", "sendgrid": "SendGrid", "twilio": "Twilio"}


@get("/settings", opt=requires(Permission.LOOK), sync_to_thread=True)
def show_settings(visit: NamedDependency[Visit]) -> Response[Any]:
    """Every setting that has a form, and what else of config.yaml staff should know. No secret, nor where one is."""
    settings = visit.view.settings
    return visit.page(
        "settings",
        settings=settings,
        today=visit.view.wall_now().date(),
        people=settings.people,
        channels=[("email", settings.providers.email), ("sms", settings.providers.sms)],
        provider_names=PROVIDER_NAMES,
        pace=settings.pace,
    )


ROUTES = (show_settings,)
