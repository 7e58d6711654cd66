"""The JSON schema of scenarios, made from the models and the stages at hand."""

from __future__ import annotations

from typing import Any

from isp.params import parameter_model
from isp.pipeline import CORRECT, INJECT
from isp.registry import infos
from isp.scenario.model import Scenario


def scenario_schema() -> dict[str, Any]:
    """The schema as plain data (JSON Schema 2020-12); stage entries list the stages and parameters."""
    schema = Scenario.model_json_schema()
    definitions = schema.setdefault("$defs", {})
    places = {"enum": [INJECT, CORRECT], "description": "an open place of the pipeline"}
    entries: list[dict[str, Any]] = [places]
    for info in infos():
        parameters = parameter_model(info).model_json_schema()
        definitions.update(parameters.pop("$defs", {}))
        definitions[f"{info.name}_parameters"] = parameters
        reference = {"$ref": f"#/$defs/{info.name}_parameters"}
        entries.append({"const": info.name, "description": f"{info.kind}: {info.summary}"})
        entries.append(
            {
                "type": "object",
                "properties": {info.name: {"anyOf": [reference, {"type": "null"}]}},
                "required": [info.name],
                "additionalProperties": False,
            }
        )
    definitions["stage"] = {"anyOf": entries}
    for key in ("pipeline", "correctors"):
        schema["properties"][key]["items"] = {"$ref": "#/$defs/stage"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
