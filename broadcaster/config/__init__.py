"""`config.yaml` and the environment, as frozen settings."""

from broadcaster.config.field_types.scalars import PaceSettings
from broadcaster.config.loading import check_config_file, load_settings, settings_of_text
from broadcaster.config.sections import (
    ApprovalRule,
    ApprovalSettings,
    CampaignSettings,
    Helpline,
    HelplineUse,
    IfLate,
    IfUnsure,
    Organisation,
    Person,
    ProviderSettings,
    RecurrenceRule,
    Role,
    SendGridSettings,
    Signatory,
    SmtpSettings,
    StartTls,
    TwilioSettings,
)
from broadcaster.config.settings import SecretMissingError, Settings

__all__ = [
    "ApprovalRule",
    "ApprovalSettings",
    "CampaignSettings",
    "Helpline",
    "HelplineUse",
    "IfLate",
    "IfUnsure",
    "Organisation",
    "PaceSettings",
    "Person",
    "ProviderSettings",
    "RecurrenceRule",
    "Role",
    "SecretMissingError",
    "SendGridSettings",
    "Settings",
    "Signatory",
    "SmtpSettings",
    "StartTls",
    "TwilioSettings",
    "check_config_file",
    "load_settings",
    "settings_of_text",
]
