"""Helplines and signatories of config.yaml: the fields of each, what may stand in them, and which letters need it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from broadcaster.config import HelplineUse, Settings
from broadcaster.config.field_types.addresses import parse_email, parse_sms_sender
from broadcaster.config.yaml_files.editing import quote_yaml
from broadcaster.services.administration.letters_using import (
    LetterUsing,
    list_letters_signed_by,
    list_letters_with_helpline,
)
from broadcaster.services.administration.setting_fields import (
    FieldChecker,
    Fields,
    YamlEntry,
    text_fields,
    yaml_text,
)
from broadcaster.services.project.project import ProjectView


@dataclass(frozen=True, slots=True)
class EntryKind:
    """One kind of entry. `block` is its key in config.yaml, `noun` its word in the audit log.

    `fields_of` gives the fields of an entry by its key, None where there is none; `check` raises InvalidSettingError.
    """

    block: str
    noun: str
    texts: tuple[str, ...]
    fields_of: Callable[[Settings, str], dict[str, str] | None]
    check: Callable[[Settings, Fields], None]
    yaml_of: Callable[[Fields], YamlEntry]
    letters_using: Callable[[ProjectView, str], list[LetterUsing]]


def _helpline_fields(settings: Settings, key: str) -> dict[str, str] | None:
    helpline = settings.helplines.get(key)
    if helpline is None:
        return None
    return {
        **text_fields("name", helpline.name),
        "number": helpline.number,
        "uses": " ".join(helpline.uses),
        **text_fields("says", helpline.says),
        "verified": str(helpline.verified or ""),
        "expires": str(helpline.expires or ""),
        "owner": helpline.owner or "",
    }


def _check_helpline(settings: Settings, fields: Fields) -> None:
    found = FieldChecker(fields)
    found.text("name")
    found.text("says")
    found.line("number")
    if "number" not in found.wrong and not any(char.isdigit() for char in fields["number"]):
        found.wrong["number"] = "number"
    uses = fields.get("uses", "").split()
    if not uses or not set(uses) <= set(HelplineUse):
        found.wrong["uses"] = "choice"
    if HelplineUse.DOUBT in uses:
        found.in_language("name", settings.organisation.language)
    found.date("verified")
    found.date("expires")
    found.line("owner", needed=False)
    found.refuse_wrong()


def _helpline_yaml(fields: Fields) -> YamlEntry:
    dated = {key: fields[key] for key in ("verified", "expires") if fields.get(key)}
    owner = {"owner": quote_yaml(fields["owner"])} if fields.get("owner") else {}
    return {
        "name": yaml_text("name", fields),
        "number": quote_yaml(fields.get("number", "")),
        "for": f"[{', '.join(fields.get('uses', '').split())}]",
        "says": yaml_text("says", fields),
        **dated,
        **owner,
    }


def _signatory_fields(settings: Settings, key: str) -> dict[str, str] | None:
    signatory = settings.signatories.get(key)
    if signatory is None:
        return None
    return {
        "name": signatory.name,
        **text_fields("role", signatory.role),
        "email": signatory.email,
        "sms_sender": signatory.sms_sender or "",
    }


def _check_signatory(settings: Settings, fields: Fields) -> None:  # noqa: ARG001 (the shape of all checks)
    found = FieldChecker(fields)
    found.line("name")
    found.text("role")
    found.parsed("email", parse_email, "email")
    if fields.get("sms_sender"):
        found.parsed("sms_sender", parse_sms_sender, "sender")
    found.refuse_wrong()


def _signatory_yaml(fields: Fields) -> YamlEntry:
    sender = {"sms_sender": quote_yaml(fields["sms_sender"])} if fields.get("sms_sender") else {}
    return {
        "name": quote_yaml(fields.get("name", "")),
        "role": yaml_text("role", fields),
        "email": quote_yaml(fields.get("email", "")),
        **sender,
    }


HELPLINES = EntryKind(
    "helplines",
    "helpline",
    ("name", "says"),
    _helpline_fields,
    _check_helpline,
    _helpline_yaml,
    list_letters_with_helpline,
)
SIGNATORIES = EntryKind(
    "signatories",
    "signatory",
    ("role",),
    _signatory_fields,
    _check_signatory,
    _signatory_yaml,
    list_letters_signed_by,
)
KINDS: Mapping[str, EntryKind] = {kind.block: kind for kind in (HELPLINES, SIGNATORIES)}
"""By the key of their block, which is their word in addresses of pages too."""
