"""The commands on the pages are the commands there are."""

import re
import shlex
from collections.abc import Iterator

import pytest
from typer.main import get_command

from broadcaster.cli.app import app
from tests.docs.pages import NAMES, ROOT, Block, blocks, code

COMMANDS = ROOT / "docs" / "commands.md"
PROGRAM = get_command(app)


def lines(block: Block) -> Iterator[str]:
    """The command lines of a block: after a `$ ` in a console, every line elsewhere. Continued lines are joined."""
    prompt = block.language == "console"
    for line in block.text.replace("\\\n", " ").splitlines():
        if not prompt or line.startswith("$ "):
            yield line.removeprefix("$ ")


def calls(line: str) -> Iterator[list[str]]:
    """The words after `broadcaster` in each simple command of a line."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.wordchars += "…#@<>:"
    words: list[str] = []
    for word in [*shlex_words(lexer), ";"]:
        if re.fullmatch(r"[();|&]+", word):
            while words and re.fullmatch(r"\w+=.*", words[0]):
                words.pop(0)
            if words and words[0].rsplit("/", 1)[-1] == "broadcaster":
                yield words[1:]
            words = []
        else:
            words.append(word)


def shlex_words(lexer: shlex.shlex) -> Iterator[str]:
    """The words up to a comment."""
    for word in lexer:
        if word.startswith("#"):
            return
        yield word


def complaint(words: list[str], *, complete: bool) -> str | None:
    """What is wrong with a call, or None. A `complete` one must give all that the command asks for."""
    command = PROGRAM
    given = 0
    rest = iter(words)
    for word in rest:
        options = {name: option for option in command.params for name in (*option.opts, *option.secondary_opts)}
        if word.startswith("-") and word != "-":
            name, equals, _ = word.partition("=")
            if name == "--help":
                return None
            if name not in options:
                return f"{command.name} has no option {name}"
            if not equals and not getattr(options[name], "is_flag", False):
                next(rest, None)
        elif (commands := getattr(command, "commands", None)) is not None:
            if word not in commands:
                return f"{command.name} has no command {word}"
            command = commands[word]
        else:
            given += 1
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    if all(argument.nargs == 1 for argument in arguments) and given > len(arguments):
        return f"{command.name} takes {len(arguments)} arguments, not {given}"
    if complete and given < sum(argument.required for argument in arguments):
        return f"{command.name} needs more arguments"
    return None


def leaves(command: object = PROGRAM, name: str = "") -> list[tuple[str, list[str]]]:
    """Every command with its options, as it is typed."""
    options = [p for p in getattr(command, "params", []) if p.param_type_name == "option" and not p.hidden]
    named = [option for option in options if "--help" not in option.opts]
    children = [
        found
        for child, deeper in getattr(command, "commands", {}).items()
        if not deeper.hidden
        for found in leaves(deeper, f"{name} {child}".strip())
    ]
    return [(name, [max(option.opts, key=len) for option in named]), *children]


@pytest.mark.parametrize("block", blocks("console", "sh", "bash", "shell"), ids=str)
def test_commands_in_blocks_exist(block: Block) -> None:
    found = [complaint(words, complete=True) for line in lines(block) for words in calls(line)]
    assert [wrong for wrong in found if wrong] == []


@pytest.mark.parametrize("name", NAMES)
def test_commands_within_sentences_exist(name: str) -> None:
    spans = [span for span in code(ROOT / name) if span.startswith("broadcaster ") and "\n" not in span]
    # What stands in brackets may be left out; a bar is a choice, of which the first is looked at.
    plain = [re.sub(r"[\[\]…]|\.\.\.", " ", span).split()[1:] for span in spans]
    found = [complaint([word.split("|")[0] for word in words], complete=False) for words in plain]
    assert [wrong for wrong in found if wrong] == []


@pytest.mark.parametrize(("command", "options"), leaves())
def test_every_command_and_option_is_explained(command: str, options: list[str]) -> None:
    text = "\n".join(code(COMMANDS))
    named = re.search(rf"(^|broadcaster |\s){re.escape(command)}(\s|$)", text, re.M)
    assert named or not command, f"{command} is not in commands.md"
    missing = [option for option in options if not re.search(rf"{re.escape(option)}(?![\w-])", text)]
    assert missing == [], f"of {command}"


def test_a_wrong_command_is_seen() -> None:
    assert list(calls("cd x && BROADCASTER_KEY=y .venv/bin/broadcaster -C there plan it --json | head  # so")) == [
        ["-C", "there", "plan", "it", "--json"]
    ]
    assert "has no command" in str(complaint(["fly"], complete=True))
    assert "has no option" in str(complaint(["--fly"], complete=True))
