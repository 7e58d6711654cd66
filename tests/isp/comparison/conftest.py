"""Frames, damage and stages that the comparison's tests make themselves."""

from types import SimpleNamespace

import numpy as np
import pytest

from isp.bound import Stage
from isp.comparison.subject import Input, Subject, Variant
from isp.defects import DefectKind, DefectMap
from isp.exchange import Injection
from isp.frame import RawFrame
from isp.noise import NoiseModel
from isp.registry import stage
from isp.repair import Repair

BLACK, WHITE = 256, 4095


def scene(shape=(160, 200), cfa="RGGB", seed=0, **fields):
    """A smooth coloured scene with some texture, in 12-bit codes."""
    rng = np.random.default_rng(seed)
    rows, cols = np.indices(shape)
    light = 0.35 + 0.2 * np.sin(rows / 17) * np.cos(cols / 23) + 0.02 * rng.standard_normal(shape)
    blank = RawFrame.of(np.zeros(shape, np.uint16), cfa, black_dn=BLACK, white_dn=WHITE, **fields)
    tint = np.array([0.8, 1.0, 0.6, 1.0])[blank.cfa.index_map(shape)]
    codes = np.rint(BLACK + np.clip(light * tint, 0, 0.95) * (WHITE - BLACK)).astype(np.uint16)
    return blank.with_mosaic(codes, "scene")


def blocks(frame, rng, *, side=8, count=2, kind=DefectKind.DEAD, value=BLACK):
    """Square clusters of one value, apart from each other."""
    mosaic, rows, cols, cluster = frame.mosaic.copy(), [], [], []
    lanes = np.linspace(10, frame.shape[1] - side - 10, count).astype(int)
    for number, left in enumerate(lanes):
        top = int(rng.integers(10, frame.shape[0] - side - 10))
        r, c = np.mgrid[top : top + side, left : left + side]
        rows.append(r.ravel())
        cols.append(c.ravel())
        cluster.append(np.full(side * side, number))
    at = np.concatenate(rows), np.concatenate(cols)
    mosaic[at] = value
    truth = DefectMap.for_frame(*at, frame, kind=int(kind), cluster=np.concatenate(cluster))
    return Injection(frame.with_mosaic(mosaic, "blocks"), truth)


@stage("corrector", reference="test: mean of the good pixels of a colour in the whole frame")
def plane_mean(frame: RawFrame, defects: DefectMap, *, offset_dn: float = 0.0) -> Repair:
    """Mean of the good pixels."""
    sites = frame.cfa.index_map(frame.shape)
    good = ~defects.mask()
    means = {int(s): frame.mosaic[good & (sites == s)].mean() for s in np.unique(sites)}
    values = [means[int(s)] + offset_dn for s in sites[defects.rows, defects.cols]]
    return Repair(np.asarray(values, np.float32), np.ones(len(defects), bool), notes=("by mean",))


@stage("corrector", reference="test: a stage with an error")
def broken(frame: RawFrame, defects: DefectMap) -> Repair:
    """Fails."""
    raise RuntimeError("no luck")


@stage("blind", reference="test: brightens everything")
def brighten(frame: RawFrame) -> tuple[RawFrame, DefectMap]:
    """Add one code to every pixel."""
    return frame.with_mosaic(frame.mosaic + np.uint16(1), "brighten"), DefectMap.empty(frame)


@stage("detector", reference="test: every pixel at black")
def at_black(frames) -> DefectMap:
    """Find dead pixels."""
    frame = frames.first
    return DefectMap.from_mask(
        frame.mosaic == BLACK, active_area=frame.meta.active_area, cfa=frame.cfa
    )


def oracle_of(frame):
    """A corrector that knows the scene, for perfect repairs of a subject that is one crop."""

    @stage("corrector", reference="test: knows the scene")
    def oracle(damaged: RawFrame, defects: DefectMap) -> Repair:
        """Know."""
        values = frame.mosaic[defects.rows, defects.cols].astype(np.float32)
        return Repair(values, np.ones(len(defects), bool))

    return made(oracle)


def made(function, **params):
    """The stage of a decorated function."""
    from isp.params import validate

    return Stage(function.__stage__, validate(function.__stage__, params))


@pytest.fixture
def lab():
    """Everything above by name."""
    return SimpleNamespace(
        scene=scene,
        blocks=blocks,
        plane_mean=made(plane_mean),
        broken=made(broken),
        brighten=made(brighten),
        at_black=made(at_black),
        oracle_of=oracle_of,
        made=made,
        variant=Variant("blocks", "dead", blocks),
        noise=NoiseModel(0.5, 9.0),
        source=lambda name="a", seed=0: Input(
            name, lambda: Subject(name, *(2 * (scene(seed=seed),)))
        ),
    )
