"""The commands on the pages are the commands there are."""

import re
import shlex
from collections.abc import Iterator
from itertools import product

import pytest

from tests.commandline import whole_program
from tests.docs.pages import NAMES, ROOT, Block, blocks, code

COMMANDS = ROOT / "docs" / "commands.md"
PROGRAM = whole_program()


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


class WrongError(Exception):
    """A call that the command line would not take."""


def follow(words: list[str]) -> tuple[object, int]:
    """The command that a call ends at, and how many arguments it is given. Raises WrongError for unknown names."""
    command = PROGRAM
    given = 0
    rest = iter(words)
    for word in rest:
        commands = getattr(command, "commands", None)
        if word.startswith("-") and word != "-":
            takes_value = options_of(command).get(word.partition("=")[0])
            if takes_value is None:
                raise WrongError(f"{command.name} has no option {word}")
            if takes_value and "=" not in word:
                next(rest, None)
        elif commands is None:
            given += 1
        elif word in commands:
            command = commands[word]
        elif not word.isupper():  # `broadcaster COMMAND` is any of them
            raise WrongError(f"{command.name} has no command {word}")
    return command, given


def options_of(command: object) -> dict[str, bool]:
    """The options of a command, and whether each takes a value."""
    found = {"--help": False}
    for option in getattr(command, "params", []):
        for name in (*option.opts, *option.secondary_opts):
            found[name] = not getattr(option, "is_flag", False)
    return found


def complaint(words: list[str], *, complete: bool) -> str | None:
    """What is wrong with a call, or None. A `complete` one must give all that the command asks for."""
    try:
        command, given = follow(words)
    except WrongError as wrong:
        return str(wrong)
    arguments = [each for each in getattr(command, "params", []) if each.param_type_name == "argument"]
    if all(argument.nargs == 1 for argument in arguments) and given > len(arguments):
        return f"{words}: {len(arguments)} arguments are taken, not {given}"
    if complete and "--help" not in words and given < sum(argument.required for argument in arguments):
        return f"{words}: more arguments are needed"
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
    # What stands in brackets may be left out; a bar is a choice, and each of it must exist.
    plain = [re.sub(r"[\[\]…]|\.\.\.", " ", span).split()[1:] for span in spans]
    choices = [words for span in plain for words in product(*(word.split("|") for word in span))]
    found = [complaint(list(words), complete=False) for words in choices]
    assert [wrong for wrong in found if wrong] == []


@pytest.mark.parametrize(("command", "options"), leaves())
def test_every_command_and_option_is_explained(command: str, options: list[str]) -> None:
    text = "\n".join(code(COMMANDS))
    group, _, last = command.rpartition(" ")
    typed = rf"(^|broadcaster |\s){group and re.escape(group) + ' '}(\S+\|)*{re.escape(last)}(\s|\||$)"
    named = re.search(typed, text, re.M)
    assert named or not command, f"{command} is not in commands.md"
    missing = [option for option in options if not re.search(rf"{re.escape(option)}(?![\w-])", text)]
    assert missing == [], f"of {command}"


def test_a_wrong_command_is_seen() -> None:
    assert list(calls("cd x && BROADCASTER_KEY=y .venv/bin/broadcaster -C there plan it --json | head  # so")) == [
        ["-C", "there", "plan", "it", "--json"]
    ]
    assert "has no command" in str(complaint(["fly"], complete=True))
    assert "has no option" in str(complaint(["--fly"], complete=True))
