"""``isp list stages|sensors``."""

from typing import Annotated, Any, Literal, get_args

import typer

from isp.cli.common import Common, command, show
from isp.words import nearest


@command
def command_function(
    what: Annotated[Literal["stages", "sensors"], typer.Argument(help="What to list.")],
    kind: Annotated[str | None, typer.Option("--kind", help="Stages of this kind only.")] = None,
    *,
    common: Common,
) -> None:
    """List the stages or the sensor presets at hand."""
    _check_kind(what, kind)
    rows = _sensors() if what == "sensors" else _stages(kind)
    width = max((len(row["name"]) for row in rows), default=0)
    lines = []
    heading = None
    for row in rows:
        if row.get("kind") != heading:
            heading = row.get("kind")
            lines += ["", f"{heading}:"]
        lines.append(f"  {row['name']:<{width}}  {row['summary']}")
        if common.verbose:
            lines += [f"  {'':<{width}}    {note}" for note in _notes(row)]
    show({what: rows}, common, lines[1:] if lines and not lines[0] else lines)


def _check_kind(what: str, kind: str | None) -> None:
    from isp.registry import Kind

    if kind is None:
        return
    if what != "stages":
        raise typer.BadParameter("--kind is of stages; sensors have none.")
    if kind not in get_args(Kind):
        hint = nearest(kind, get_args(Kind))
        raise typer.BadParameter(f"no kind '{kind}'.{hint} Kinds: {', '.join(get_args(Kind))}.")


def _stages(kind: str | None) -> list[dict[str, Any]]:
    from isp.params import parameter_model
    from isp.registry import infos

    rows = []
    for info in infos():
        if kind is None or info.kind == kind:
            properties = parameter_model(info).model_json_schema().get("properties", {})
            parameters = {name: schema.get("default") for name, schema in properties.items()}
            rows.append(
                {
                    "name": info.name,
                    "kind": info.kind,
                    "summary": info.summary,
                    "reference": info.reference,
                    "cfas": list(info.cfas),
                    "local": info.local,
                    "parameters": parameters,
                }
            )
    return rows


def _sensors() -> list[dict[str, Any]]:
    from isp.registry import load_sensor, sensor_names

    return [{"name": name, "summary": load_sensor(name).summary} for name in sensor_names()]


def _notes(row: dict[str, Any]) -> list[str]:
    notes = (
        [f"reference: {row['reference']}", f"CFAs: {', '.join(row['cfas'])}"]
        if "cfas" in row
        else []
    )
    given = ", ".join(f"{name}={value}" for name, value in row.get("parameters", {}).items())
    return [*notes, f"parameters: {given}"] if given else notes


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("list")(command_function)
