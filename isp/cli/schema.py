"""``isp schema``."""

import json

import typer

from isp.cli.common import Common, command


@command
def command_function(*, common: Common) -> None:
    """Print the JSON schema of scenarios, for the stages at hand (for editors)."""
    from isp.scenario.schema import scenario_schema

    typer.echo(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("schema")(command_function)
