"""A results page: Markdown for people, JSON for programs, the machine described in both."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from isp.environment import environment
from isp.files import atomic
from isp.metrics.bootstrap import Interval


@dataclass(frozen=True)
class Page:
    """What stands on a page.

    Parameters
    ----------
    title, text : str
        Heading and what to know before reading the tables.
    command : str
        The command that made it.
    sections : sequence of str
        Markdown, one after the other.
    """

    title: str
    text: str
    command: str
    sections: Sequence[str]


def table(header: Sequence[str], rows: Sequence[Sequence[str]], right: bool = False) -> str:
    """A Markdown table; ``right``: all columns but the first stand on the right."""
    rule = "|---|" + ("---:|" if right else "---|") * (len(header) - 1)
    return "\n".join([_row(header), rule, *(_row(row) for row in rows)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def with_interval(value: Interval, digits: int = 2) -> str:
    """Mean with its interval."""
    return f"{value.mean:.{digits}f} [{value.low:.{digits}f}, {value.high:.{digits}f}]"


def write_page(stem: Path, page: Page, data: dict[str, Any]) -> None:
    """Write ``stem``.md and ``stem``.json, replacing what was recorded before."""
    made = environment()
    machine = made["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
    text = [
        f"# {page.title}",
        "",
        page.text,
        "",
        f"Made by `{page.command}` on {datetime.now(UTC):%Y-%m-%d}: {machine['processor']},"
        f" {machine['threads']} threads, {machine['memory_gib']} GiB; {versions}.",
        "",
        "\n\n".join(page.sections),
        "",
    ]
    with atomic(stem.with_suffix(".md"), force=True) as path:
        path.write_text("\n".join(text), encoding="utf-8")
    with atomic(stem.with_suffix(".json"), force=True) as path:
        content = {"title": page.title, "command": page.command, "environment": made, **data}
        path.write_text(json.dumps(_strict(content), indent=1, allow_nan=False) + "\n")


def _strict(value: Any) -> Any:
    """The same data with numbers that JSON has (infinite and undefined ones become null)."""
    if isinstance(value, dict):
        return {str(key): _strict(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
