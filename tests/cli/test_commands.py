"""The table of commands is the commands that there are, and none of them has to be loaded to be listed."""

import pkgutil
from importlib import import_module

import pytest
from typer.main import get_group

from broadcaster import cli
from broadcaster.cli.app import LazyCommandGroup, ListedCommand, app, load_command
from broadcaster.cli.commands import COMMANDS
from tests.commandline import Run


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_of_itself_what_the_table_says(name: str) -> None:
    """Its first paragraph, in one line: that is what `--help` lists."""
    command = load_command(name)
    assert not isinstance(command, ListedCommand), f"{COMMANDS[name].modules} do not define it"
    assert command.name == name
    assert command.help.partition("\n\n")[0].replace("\n", " ") == COMMANDS[name].line


def test_every_command_of_every_module_is_in_the_table() -> None:
    for module in pkgutil.iter_modules(cli.__path__):
        import_module(f"{cli.__name__}.{module.name}")
    registered = get_group(app)
    assert list(registered.commands) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_what_the_table_loads_is_what_defines_it(name: str) -> None:
    """Otherwise it would be there only when something else has loaded the right module."""
    command = load_command(name)
    inside = getattr(command, "commands", {name: command}).values()
    assert {one.callback.__module__ for one in inside} == {f"{cli.__name__}.{one}" for one in COMMANDS[name].modules}


def test_a_mistyped_command_is_told_what_may_have_been_meant(run: Run) -> None:
    said = run("statsu")
    assert said.code == 2
    assert "No such command 'statsu'. Did you mean 'status'" in said.err


def test_listing_loads_no_command() -> None:
    listed = LazyCommandGroup(name="broadcaster")
    assert [one.name for one in listed.commands.values()] == list(COMMANDS)
    assert {type(one) for one in listed.commands.values()} == {ListedCommand}
