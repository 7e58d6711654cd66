"""Sequences of frames: reading the next, developing this one and writing the last overlap."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from numpy.typing import NDArray

from isp.frame import RawFrame, RgbFrame
from isp.render import Renderer, room_for

Source = TypeVar("Source")
_PICTURES = 3  # one that is made, one that is written, one that waits


@dataclass(frozen=True)
class Pace:
    """How fast a sequence went through.

    Parameters
    ----------
    frames : int
        Number of frames.
    duration_s : float
        From the first frame asked for to the last picture written.
    """

    frames: int
    duration_s: float

    @property
    def frames_per_s(self) -> float:
        """Frames a second; 0 for no frames."""
        return self.frames / self.duration_s if self.frames else 0.0


def develop_stream(
    sources: Iterable[Source],
    read: Callable[[Source], RawFrame],
    render: Renderer,
    write: Callable[[Source, RgbFrame], None] | None = None,
    *,
    threads: int | None = None,
) -> Pace:
    """Develop a sequence in its order.

    Parameters
    ----------
    sources : iterable
        What ``read`` makes frames of: paths, numbers.
    read : callable (source) -> RawFrame
        Called on a thread of its own, one frame ahead.
    render : Renderer
        Makes the pictures.
    write : callable (source, picture) -> None, optional
        Called on a thread of its own, in order. The picture's memory is used again afterwards.
    threads : int, optional
        Threads that develop; the thread budget where not given.

    Returns
    -------
    Pace

    Raises
    ------
    Exception
        What reading, developing or writing raised first; later frames are left.
    """
    start = time.perf_counter()
    waiting = iter(sources)
    rooms: list[NDArray[Any]] = []
    writing: list[Future[None]] = []
    count = 0
    with ThreadPoolExecutor(1, "read") as reader, ThreadPoolExecutor(1, "write") as writer:
        coming = _ask(reader, waiting, read)
        while coming is not None:
            source, given = coming
            frame = given.result()
            coming = _ask(reader, waiting, read)
            if len(writing) >= _PICTURES - 1:
                writing.pop(0).result()
            picture = render(frame, out=_room(rooms, render, frame, count), threads=threads)
            if write is not None:
                writing.append(writer.submit(write, source, picture))
            count += 1
        for left in writing:
            left.result()
    return Pace(count, time.perf_counter() - start)


def _ask(
    reader: ThreadPoolExecutor, waiting: Any, read: Callable[[Any], RawFrame]
) -> tuple[Any, Future[RawFrame]] | None:
    """Have the next frame read, None where there is none."""
    for source in waiting:
        return source, reader.submit(read, source)
    return None


def _room(
    rooms: list[NDArray[Any]], render: Renderer, frame: RawFrame, number: int
) -> NDArray[Any]:
    """Memory for a picture: that of the picture three before, where it has the size."""
    area = frame.meta.active_area
    whole = area.covers(frame.shape)
    segment = render.plan((frame if whole else frame.crop(area)).meta)
    last = segment.ops[-1].out
    place = number % _PICTURES
    if len(rooms) <= place:
        rooms.append(room_for(segment))
    elif rooms[place].shape[:2] != last.shape or rooms[place].dtype != last.dtype:
        rooms[place] = room_for(segment)
    return rooms[place]
