"""Colour filter arrays as other formats spell them: channel codes 0 R, 1 G, 2 B."""

from __future__ import annotations

from collections.abc import Sequence

from isp.cfa import CHANNEL_OF_SITE, GB, GR, MONO, B, Cfa, R


def cfa_of_channels(rows: Sequence[Sequence[int]]) -> Cfa:
    """The CFA of a pattern of channels (0 R, 1 G, 2 B).

    Green in a row that has blue and no red is Gb; every other green is Gr (X-Trans rows have both).
    """
    return Cfa(tuple(tuple(_site(channel, row) for channel in row) for row in rows))


def _site(channel: int, row: Sequence[int]) -> int:
    if channel == 1:
        return GB if 2 in row and 0 not in row else GR
    return (R, GR, B)[channel]


def channels_of(cfa: Cfa) -> tuple[tuple[int, ...], ...] | None:
    """The pattern as channels (0 R, 1 G, 2 B); None for a sensor without colour filters."""
    if any(site == MONO for row in cfa.pattern for site in row):
        return None
    return tuple(tuple(CHANNEL_OF_SITE[site] for site in row) for row in cfa.pattern)
