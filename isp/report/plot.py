"""Quality against cost as inline SVG, in the page's own colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760, 380
LEFT, RIGHT, TOP, BOTTOM = 64, 20, 16, 48
LABEL_HEIGHT = 15


@dataclass(frozen=True)
class Point:
    """One stage in the plot.

    Parameters
    ----------
    label, kind : str
        Name, and the class that colours it.
    cost_ms : float
        Abscissa, logarithmic.
    value, low, high : float
        Ordinate and its interval (NaN: none).
    """

    label: str
    kind: str
    cost_ms: float
    value: float
    low: float
    high: float


class _Scales:
    """From data to pixels."""

    def __init__(self, points: Sequence[Point]) -> None:
        logs = [math.log10(p.cost_ms) for p in points]
        self.x0, self.x1 = min(logs) - 0.25, max(logs) + 0.55
        ends = [v for p in points for v in (p.value, p.low, p.high) if math.isfinite(v)]
        room = max(max(ends) - min(ends), 0.5) * 0.08
        self.y0, self.y1 = min(ends) - room, max(ends) + room

    def x(self, cost_ms: float) -> float:
        share = (math.log10(cost_ms) - self.x0) / (self.x1 - self.x0)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = (value - self.y0) / (self.y1 - self.y0)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def scatter(points: Sequence[Point], y_label: str) -> str:
    """The plot as an SVG element; empty where there is nothing to show.

    Parameters
    ----------
    points : sequence of Point
        Costs > 0 and finite values.
    y_label : str
        What the ordinate is.
    """
    if not points:
        return ""
    scales = _Scales(points)
    parts = [*_grid(scales), *_axes(y_label), *_marks(points, scales), *_labels(points, scales)]
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{escape(y_label)} against cost">{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, text: str, kind: str, anchor: str = "middle") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _grid(scales: _Scales) -> list[str]:
    parts = []
    for value in _ticks(scales.y0, scales.y1):
        y = scales.y(value)
        parts.append(_line(LEFT, y, WIDTH - RIGHT, y, "grid"))
        parts.append(_text(LEFT - 8, y + 4, f"{value:g}", "tick", "end"))
    for cost in _log_ticks(scales.x0, scales.x1):
        x = scales.x(cost)
        parts.append(_line(x, TOP, x, HEIGHT - BOTTOM, "grid"))
        parts.append(_text(x, HEIGHT - BOTTOM + 18, f"{cost:g}", "tick"))
    return parts


def _axes(y_label: str) -> list[str]:
    middle = (HEIGHT - BOTTOM + TOP) / 2
    return [
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, "ms a crop (logarithmic)", "axis"),
        f'<text transform="translate(16 {middle:.0f}) rotate(-90)" class="axis"'
        f' text-anchor="middle">{escape(y_label)}</text>',
    ]


def _marks(points: Sequence[Point], scales: _Scales) -> list[str]:
    parts = []
    for point in points:
        x, y = scales.x(point.cost_ms), scales.y(point.value)
        if math.isfinite(point.low) and math.isfinite(point.high):
            parts.append(_line(x, scales.y(point.low), x, scales.y(point.high), "whisker"))
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" class="dot {escape(point.kind)}">'
            f"<title>{escape(point.label)}: {point.value:.2f}, {point.cost_ms:.3g} ms</title></circle>"
        )
    return parts


def _labels(points: Sequence[Point], scales: _Scales) -> list[str]:
    """Names beside their dots, moved down where they would cover one another."""
    parts, taken = [], list[tuple[float, float, float]]()
    for point in sorted(points, key=lambda p: -p.value):
        x, y = scales.x(point.cost_ms) + 9, scales.y(point.value) + 4
        end = x + 7.2 * len(point.label)
        while any(abs(y - v) < LABEL_HEIGHT and x < b and end > a for a, b, v in taken):
            y += 3
        taken.append((x, end, y))
        parts.append(_text(x, y, point.label, "name", "start"))
    return parts


def _ticks(low: float, high: float) -> list[float]:
    """About six round numbers in a range."""
    rough = (high - low) / 6
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
    first = math.ceil(low / step)
    return [round(k * step, 10) for k in range(first, math.floor(high / step) + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    """1, 2, 5 of each decade in a range of logarithms; whole decades where that is too many."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    steps = (1, 2, 5) if high - low < 2.5 else (1,)
    ticks = [m * 10.0**d for d in decades for m in steps]
    return [t for t in ticks if low <= math.log10(t) <= high]
