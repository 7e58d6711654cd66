"""YAML text to plain data, remembering the line of every key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from isp.errors import ScenarioError, UsageError

COMMAND_LINE = "the command line"
MAX_BYTES = 4 * 1024 * 1024
MAX_NODES = 200_000
Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Source:
    """Data of a YAML file with the line of each key path, and the key paths that options replaced."""

    name: str
    data: dict[str, Any]
    lines: dict[Path_, int]
    replaced: tuple[tuple[str, ...], ...] = ()

    def overridden(self, assignments: Iterable[str]) -> Source:
        """The source with ``key=value`` options in place of what stands in it."""
        source = self
        for assignment in assignments:
            key = tuple(assignment.partition("=")[0].strip().split("."))
            data = override(source.data, assignment)
            source = replace(source, data=data, replaced=(*source.replaced, key))
        return source

    def is_replaced(self, path: Path_) -> bool:
        """Whether an option gave the value of a key path."""
        words = tuple(map(str, path))
        return any(words[: len(key)] == key for key in self.replaced)

    def error(self, path: Path_, text: str) -> ScenarioError:
        """What to raise for a wrong value: a wrong usage where an option gave it, or a part of it."""
        words = tuple(map(str, path))
        parts = [".".join(key) for key in self.replaced if words and key[: len(words)] == words]
        if self.name == COMMAND_LINE or self.is_replaced(path):
            return UsageError(f"{COMMAND_LINE}: {text}")
        if parts:
            return UsageError(f"{self.place(path)}, with --set {parts[-1]}: {text}")
        return ScenarioError(f"{self.place(path)}: {text}")

    def place(self, path: Path_) -> str:
        """``file, line N`` of a key path, or of the nearest parent that has one."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return f"{self.name}, line {self.lines[path[:length]]}"
        return self.name


def read_source(path: Path | str) -> Source:
    """Read a YAML file.

    Raises
    ------
    ScenarioError
        If the file is missing, too large, not YAML, or not a mapping.
    """
    path = Path(path)
    if not path.is_file():
        raise ScenarioError(f"The scenario '{path}' is not a file.")
    if path.stat().st_size > MAX_BYTES:
        raise ScenarioError(f"The scenario '{path}' is larger than {MAX_BYTES // 2**20} MB.")
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(
            f"The scenario '{path}' cannot be read as UTF-8 text: {error}."
        ) from None
    return parse_source(text, str(path))


def parse_source(text: str, name: str) -> Source:
    """Parse YAML text; ``name`` is what messages call it. Raises `ScenarioError`."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ScenarioError(_syntax(name, error)) from None
    lines: dict[Path_, int] = {}
    counter = [0]
    try:
        data = _plain(root, (), lines, counter, name) if root is not None else {}
    except RecursionError:
        raise ScenarioError(f"{name} is nested too deeply.") from None
    if not isinstance(data, dict):
        raise ScenarioError(
            f"{name} must hold keys and values; its top level is a {type(data).__name__}."
        )
    return Source(name, data, lines)


def _syntax(name: str, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f", line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
    return f"{name}{where} is not valid YAML: {getattr(error, 'problem', None) or error}."


def _plain(
    node: yaml.Node, path: Path_, lines: dict[Path_, int], counter: list[int], name: str
) -> Any:
    """The node as plain data; aliases count each time, so a file cannot unfold without end."""
    counter[0] += 1
    if counter[0] > MAX_NODES:
        raise ScenarioError(f"{name} unfolds to more than {MAX_NODES} values.")
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(v, (*path, i), lines, counter, name) for i, v in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines, counter, name)
    return _scalar(node, name)


def _mapping(
    node: yaml.MappingNode, path: Path_, lines: dict[Path_, int], counter: list[int], name: str
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in found:
            raise ScenarioError(f"{name}, line {line}: the key '{key}' stands here a second time.")
        lines[(*path, key)] = line
        found[key] = _plain(value, (*path, key), lines, counter, name)
    return found


def _scalar(node: yaml.Node, name: str) -> Any:
    loader = yaml.SafeLoader("")
    try:
        value = loader.construct_object(node)  # type: ignore[no-untyped-call]
    except (yaml.YAMLError, ValueError) as error:
        raise ScenarioError(_syntax(name, error)) from None
    finally:
        loader.dispose()  # type: ignore[no-untyped-call]
    plain = isinstance(value, bool | int | float | str | None)
    return value if plain else str(node.value)


def override(data: dict[str, Any], assignment: str) -> dict[str, Any]:
    """Data with one ``key.sub=value`` set; the value is YAML.

    Raises
    ------
    UsageError
        If the value is not YAML, the assignment has no ``=``, or its key leads through something that
        is not a mapping.
    """
    key, equals, text = assignment.partition("=")
    if not equals or not key.strip():
        raise UsageError(
            f"--set takes key=value (as in --set compare.crops=4); got '{assignment}'."
        )
    try:
        value = parse_source(f"value: {text}", f"--set {key}").data["value"]
    except ScenarioError as error:
        raise UsageError(str(error)) from None
    changed: dict[str, Any] = _put(data, key.strip().split("."), value, key)
    return changed


def _put(data: Any, keys: list[str], value: Any, whole: str) -> Any:
    head, rest = keys[0], keys[1:]
    if isinstance(data, list):
        if not head.isdigit() or int(head) >= len(data):
            raise UsageError(f"--set {whole}: '{head}' is not an index of a list of {len(data)}.")
        copy: Any = list(data)
        copy[int(head)] = _put(data[int(head)], rest, value, whole) if rest else value
        return copy
    if data is not None and not isinstance(data, dict):
        raise UsageError(f"--set {whole}: '{head}' cannot be set inside the value {data!r}.")
    copy = dict(data or {})
    copy[head] = _put(copy.get(head), rest, value, whole) if rest else value
    return copy
