"""How a named entry of config.yaml, such as a helpline, is written and changed: key by key, with its comments."""

from collections.abc import Mapping

from broadcaster.config.yaml_files.editing import YamlEditor
from broadcaster.services.administration.setting_fields import YamlEntry

Value = str | Mapping[str, str]


def add_entry(text: YamlEditor, block: str, key: str, entry: YamlEntry) -> None:
    """Write a new entry below the others of its block."""
    text.add(block, f"{key}:", *(f"  {line}" for name, value in entry.items() for line in _lines(name, value)))


def rewrite_entry(text: YamlEditor, block: str, key: str, was: YamlEntry, entry: YamlEntry) -> None:
    """Say what is different now, in the form in which the entry is written; all other lines stay."""
    there = (block, key)
    if text.in_braces(*there):
        inside = ", ".join(f"{name}: {_in_one_line(value)}" for name, value in entry.items())
        text.replace(there, f"{key}: {{{inside}}}{_comment(text, *there)}")
        return
    new: list[str] = []
    for name in dict.fromkeys([*was, *entry]):
        if entry.get(name) == was.get(name):
            continue
        written = next((one for one in (name, f"{name}s") if text.has(*there, one)), None)
        if name not in entry:
            text.replace((*there, written or name))
        elif written is None:
            new += _lines(name, entry[name])
        else:
            _rewrite_key(text, (*there, written), was.get(name, ""), name, entry[name])
    if new:
        text.add(there, *new)


def _rewrite_key(text: YamlEditor, place: tuple[str, ...], was: Value, name: str, value: Value) -> None:
    if isinstance(value, str) or isinstance(was, str) or text.in_braces(*place):
        lines = _lines(name, value)
        # A comment behind a key of several lines stands on the first of them.
        text.replace(place, lines[0] + _comment(text, *place), *lines[1:])
        return
    for language in was:
        if language not in value:
            text.replace((*place, language))
        elif value[language] != was[language]:
            said = f"{language}: {value[language]}{_comment(text, *place, language)}"
            text.replace((*place, language), said)
    added = [f"{language}: {said}" for language, said in value.items() if language not in was]
    if added:
        text.add(place, *added)


def _lines(name: str, value: Value) -> list[str]:
    if isinstance(value, str):
        return [f"{name}: {value}"]
    return [f"{name}:", *(f"  {language}: {said}" for language, said in value.items())]


def _in_one_line(value: Value) -> str:
    if isinstance(value, str):
        return value
    return f"{{{', '.join(f'{language}: {said}' for language, said in value.items())}}}"


def _comment(text: YamlEditor, *place: str) -> str:
    comment = text.comment(*place)
    return f"  {comment}" if comment else ""
