"""The settings on the pages are the settings there are."""

from pathlib import Path

import pytest

from broadcaster.audiences.description.audience import AudienceDescription
from broadcaster.config.schema import dotted_path, list_keys_at
from broadcaster.config.settings import Settings
from broadcaster.config.yaml_files.document import YamlDocument, survey_yaml
from broadcaster.letters.reading.declaration import DECLARATION_KEYS as LETTER_KEYS
from tests.docs.pages import Block, blocks


def unknown(document: YamlDocument, first_line: str) -> list[str]:
    """The keys in a document that nobody knows. A first line `# folder/file.yaml` says which file it is a part of."""
    if "/letter.yaml" in first_line:
        return sorted(set(document.data) - set(LETTER_KEYS))
    section = AudienceDescription if first_line.startswith("# audiences/") else Settings
    strange = []
    for path in document.lines:
        known = list_keys_at(section, path[:-1])
        if known and path[-1] not in known:
            strange.append(dotted_path(path))
    return strange


def read(text: str, folder: Path) -> YamlDocument:
    """The text as one of our files."""
    file = folder / "block.yaml"
    file.write_text(text, encoding="utf-8")
    return survey_yaml(file, folder)


@pytest.mark.parametrize("block", blocks("yaml", "yml"), ids=str)
def test_settings_on_the_pages_exist(block: Block, tmp_path: Path) -> None:
    document = read(block.text, tmp_path)
    assert [problem.message for problem in document.problems] == []
    assert unknown(document, block.text.partition("\n")[0]) == []


def test_a_wrong_setting_is_seen(tmp_path: Path) -> None:
    text = "pace: {smtp: 50/s}\ncampaigns:\n  any-name:\n    letter: x\n    lettre: y\nproviders: {smtp: {hots: z}}\n"
    document = read(text, tmp_path)
    assert unknown(document, "") == ["campaigns.any-name.lettre", "providers.smtp.hots"]
    assert unknown(read("titel: x\n", tmp_path), "# templates/x/letter.yaml") == ["titel"]
    assert unknown(read("rooster: x\nquiet_hours: {}\n", tmp_path), "# audiences/x.yaml") == ["rooster"]
