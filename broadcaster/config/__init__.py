"""`config.yaml` and the environment, as frozen settings."""

from broadcaster.config.load import load_settings, look_over
from broadcaster.config.scalars import Pace
from broadcaster.config.sections import (
    ApprovalRule,
    Approvals,
    Campaign,
    Every,
    Helpline,
    HelplineUse,
    IfLate,
    IfUnsure,
    Organisation,
    Person,
    Providers,
    Role,
    SendGrid,
    Signatory,
    Smtp,
    StartTls,
    Twilio,
)
from broadcaster.config.settings import SecretMissingError, Settings

__all__ = [
    "ApprovalRule",
    "Approvals",
    "Campaign",
    "Every",
    "Helpline",
    "HelplineUse",
    "IfLate",
    "IfUnsure",
    "Organisation",
    "Pace",
    "Person",
    "Providers",
    "Role",
    "SecretMissingError",
    "SendGrid",
    "Settings",
    "Signatory",
    "Smtp",
    "StartTls",
    "Twilio",
    "load_settings",
    "look_over",
]
