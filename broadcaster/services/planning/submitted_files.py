"""Which files decided what was submitted, so that a change of one is seen without reading letters or rosters again.

The digest of an approval says for certain what has changed, but it takes a walk through the whole roster. Here the
bytes of each file are compared: a stamp (size and time of change) tells which file must be hashed again. So a file that
was only saved once more counts as unchanged, and one whose rows stand in another order as changed.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from broadcaster.config import CampaignSettings
from broadcaster.domain.language.multilingual_text import MultilingualText
from broadcaster.ledger import WriteConnection
from broadcaster.ledger.planning import approvals
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.services.planning.submission_terms import INPUT_WORDS, is_approved_by_rule
from broadcaster.services.project.project import LOGO_FILE, Project, ProjectView

if TYPE_CHECKING:
    from broadcaster.services.composing.campaign_inputs import CampaignInputs

FILES, SETTINGS, SIGNATORY, LANGUAGE, LANGUAGES = "files", "settings", "signatory", "language", "languages"


def stamp_submitted_files(
    view: ProjectView, campaign: CampaignSettings, made: "CampaignInputs", *, at_once: bool
) -> Mapping[str, object]:
    """The files that a submission of this campaign stands on, by their paths below the project, each with its stamp and
    SHA-256; and a SHA-256 of what config.yaml says about it. JSON can say all of it, and nothing in it is personal.
    """
    letters = [view.templates / path for path in made.letter.sources]
    files = {*letters, view.templates / LOGO_FILE, view.templates / made.letter.name}
    files |= {view.root / audience.file for audience in made.audiences}
    as_rule = is_approved_by_rule(campaign) and not at_once
    if not as_rule:
        files |= {audience.roster for audience in made.audiences}
    stands_on: dict[str, object] = {
        SIGNATORY: made.letter.signatory,
        LANGUAGES: sorted(made.letter.languages),
        # The organisation's language decides something only for an audience that names none of its own.
        LANGUAGE: any(audience.description.defaults.language is None for audience in made.audiences),
    }
    return {
        FILES: {path.relative_to(view.root).as_posix(): _stamp_with_digest(path) for path in sorted(files)},
        SETTINGS: _settings_digest(view, campaign, stands_on, as_rule=as_rule),
        **stands_on,
    }


def changes_since_submission(view: ProjectView, campaign: CampaignSettings, approval: Approval) -> tuple[str, ...]:
    """What is no longer as it was when this was submitted, in the words of `terms.INPUT_WORDS`. () where nothing has
    changed, and for what was submitted before files were kept.
    """
    kept = approval.files
    if not kept:
        return ()
    changed = dict.fromkeys(_changed_parts(view, kept[FILES]))
    if _settings_digest(view, campaign, kept, as_rule=approval.wall is None) != kept[SETTINGS]:
        changed["what config.yaml says of it"] = None
    return tuple(changed)


def restamp_submitted_file(conn: WriteConnection, project: Project, path: Path, before: str) -> None:
    """After an erasure, which voids nothing: whatever was submitted with this file as it was (`before`, its digest)
    goes by what it is now. Belongs in the transaction that notes the erasure, so that a crash parts neither from the
    other.
    """
    name, now = path.relative_to(project.root).as_posix(), _stamp_with_digest(path)
    for approval in approvals.list_current(conn):
        files = approval.files.get(FILES, {})
        if name in files and files[name][-1] == before:
            approvals.set_files(conn, approval.id, {**approval.files, FILES: {**files, name: now}})


def _changed_parts(view: ProjectView, kept: Mapping[str, list[object]]) -> Iterator[str]:
    for name, (*stamp, sha) in kept.items():
        path = view.root / name
        if stamp != _file_stamp(path) and file_digest(path) != sha:
            yield INPUT_WORDS[_input_of_file(name)]


def _input_of_file(name: str) -> str:
    """Which of the digest's inputs a file belongs to."""
    if name == f"templates/{LOGO_FILE}":
        return "sender"
    if name.startswith("templates/"):
        return "letter"
    return "audiences" if name.endswith((".yaml", ".yml")) else "rosters"


def _stamp_with_digest(path: Path) -> list[object]:
    # The stamp before the bytes: a change between the two is seen the next time.
    return [*_file_stamp(path), file_digest(path)]


def _file_stamp(path: Path) -> list[object]:
    try:
        found = path.stat()
    except OSError:
        return [-1, 0]
    return [found.st_size, found.st_mtime_ns]


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes; of a letter's folder, of the names in it, for a new language is a change. "" of what
    is not there.
    """
    try:
        if path.is_dir():
            return hashlib.sha256("\0".join(sorted(one.name for one in path.iterdir())).encode()).hexdigest()
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _settings_digest(
    view: ProjectView, campaign: CampaignSettings, kept: Mapping[str, object], *, as_rule: bool
) -> str:
    """Of what config.yaml says and the digest of an approval covers, no more: what is called changed here must be
    refused there. The rule counts only where that was approved, for one time of it is looked at elsewhere.
    """
    settings, own = view.settings, view.settings.organisation
    signatory = settings.signatories.get(str(kept[SIGNATORY]))
    languages = kept.get(LANGUAGES)

    def in_submitted(text: MultilingualText) -> object:
        # Of what was submitted before languages were kept, whatever a text says in any of them counts.
        return text.in_languages(languages if isinstance(languages, list) else [said.language for said in text.texts])

    said = {
        "organisation": [
            in_submitted(own.name),
            own.timezone,
            own.region,
            own.language if kept.get(LANGUAGE, True) else None,
        ],
        "signatory": str(signatory and signatory.model_copy(update={"role": in_submitted(signatory.role)})),
        "helplines": {
            key: [in_submitted(line.name), line.number, in_submitted(line.says)]
            for key, line in settings.helplines.items()
        },
        **({"title": in_submitted(campaign.title)} if campaign.title else {}),
        "public_url": settings.public_url,
        "quiet_hours": str(settings.quiet_hours),
        "providers": [settings.providers.email, settings.providers.sms],
        "return_path": settings.providers.smtp.return_path if settings.providers.smtp else None,
        "letter": campaign.letter,
        "audiences": list(campaign.audiences),
        "channel": campaign.channel,
        "rule": [str(campaign.every), campaign.approval.model_dump(mode="json")] if as_rule else None,
        "if_late": campaign.if_late,
        "if_unsure": campaign.if_unsure,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
