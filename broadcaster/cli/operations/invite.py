"""The commands `invite` and `confirm`: a link with which somebody chooses a password for the desk, and that the account
is theirs.
"""

from typing import Annotated

import typer

from broadcaster.bootstrap.wiring import open_project
from broadcaster.cli.app import app, project_folder
from broadcaster.cli.common import output
from broadcaster.services.access import invitations, staff_accounts
from broadcaster.services.access.invitations import LinkPurpose
from broadcaster.services.access.permissions import system_account_actor
from broadcaster.services.project.project import Project, ProjectView


@app.command()
def invite(
    context: typer.Context,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="One of the people in config.yaml.")],
) -> None:
    """Make a link with which somebody chooses a password for the desk: the first one, or a new one.

    It is good once, for three days. Give it to that person and to nobody else. Links made for them earlier are good no
    longer; a password they have stays good until they choose another.
    """
    with open_project(project_folder(context)) as project:
        # Whoever has the shell could do all that this allows anyway; the log says from which account it was.
        secret = invitations.create_invitation(project, person, system_account_actor())
        output.print_line(sign_in_url(project, secret))
        output.print_note(f"For {project.settings.people[person].name} alone: good once, for three days.")


@app.command()
def confirm(
    context: typer.Context,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="One of the people in config.yaml.")],
) -> None:
    """Confirm that somebody's account at the desk is in their own hands.

    Ask them, in person or by telephone, whether they chose their password themselves. Until somebody has confirmed it,
    for seven days, an account cannot approve what the administrator submitted who made its link.
    """
    with open_project(project_folder(context)) as project:
        staff_accounts.confirm_account(project, person, system_account_actor())
        output.print_line(f"Confirmed: the account of {project.settings.people[person].name} is in their own hands.")


def sign_in_url(project: ProjectView, secret: str, address: str = "") -> str:
    """Where a link leads: below `public_url`, or else below the `address` at which `serve` answers."""
    base = project.settings.public_url or address
    if not base and project.settings.listen is not None:
        base = f"http://{project.settings.listen.host}:{project.settings.listen.port}"
    return f"{base.rstrip('/')}/desk/in/{secret}"


def demo_sign_in_links(project: Project) -> dict[str, str]:
    """For the demo: a link for each person that signs them in at once."""
    by = system_account_actor()
    return {
        who: sign_in_url(project, invitations.create_invitation(project, who, by, LinkPurpose.ENTER))
        for who in project.settings.people
    }
