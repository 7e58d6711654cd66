"""One crop with one draw of damage: all that scores need of the truth, worked out once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from isp.cfa import CHANNEL_NAMES, CHANNEL_OF_SITE
from isp.comparison.develop import Development
from isp.comparison.records import ALL
from isp.comparison.subject import Subject, Variant, damage_label
from isp.defects import DefectMap
from isp.exchange import Injection
from isp.frame import Area, RawFrame
from isp.levels import Levels
from isp.metrics.encoding import code_variance, encoded_mosaic, saturated
from isp.metrics.regions import Cluster, clusters_of, grown, ring_mask


@dataclass(frozen=True)
class CaseName:
    """What a case is called in records."""

    input: str
    crop: str
    protocol: str
    variant: str

    @property
    def damage(self) -> str:
        """Protocol and variant, as headings show them."""
        return damage_label(self.protocol, self.variant)


@dataclass(frozen=True, eq=False)
class Group:
    """Some of a case's defects: what a figure is restricted to.

    Parameters
    ----------
    kind, size, density, channel : str
        ``all`` where not restricted.
    entries : bool array of shape (N,)
        The truth's pixels that belong to the group and count.
    clusters : list of Cluster
        Their clusters; of a channel: none, since a cluster has several.
    repaired, around : bool arrays of shape (H, W)
        The pixels, and the good ones round them.
    """

    kind: str
    size: str
    density: str
    channel: str
    entries: NDArray[np.bool_]
    clusters: list[Cluster]
    repaired: NDArray[np.bool_]
    around: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Case:
    """One crop with one draw of damage.

    Parameters
    ----------
    name : CaseName
        For records.
    area : Area
        The crop in the subject's frame.
    clean : RawFrame
        The crop before the damage.
    reference : RawFrame
        What figures compare with: the noise-free scene, or ``clean`` itself.
    injection : Injection
        Damaged crop and truth.
    existing : DefectMap
        Defects that the crop had before.
    """

    name: CaseName
    area: Area
    clean: RawFrame
    reference: RawFrame
    injection: Injection
    existing: DefectMap

    @property
    def damaged(self) -> RawFrame:
        """The damaged crop."""
        return self.injection.frame

    @property
    def truth(self) -> DefectMap:
        """The injected defects."""
        return self.injection.truth

    @property
    def noisy_reference(self) -> bool:
        """Whether the reference carries noise itself."""
        return self.reference is self.clean

    @cached_property
    def ignore(self) -> NDArray[np.bool_]:
        """Pixels that no figure counts, bool (H, W): saturated references, defects there before."""
        return saturated(self.reference) | self.existing.mask()

    @cached_property
    def encoded(self) -> NDArray[np.float64]:
        """The reference as encoded levels, (H, W)."""
        return encoded_mosaic(self.reference)

    @cached_property
    def code_variance(self) -> NDArray[np.float64]:
        """What the step of the crop's codes leaves open of the encoded reference, (H, W)."""
        return code_variance(self.reference, self.clean.levels.step_dn)

    @cached_property
    def full_scale_dn(self) -> NDArray[np.float32]:
        """White less black, (H, W)."""
        levels = self.reference.levels
        return Levels.spread(levels.white - levels.black, self.reference.shape)

    @cached_property
    def sigma_dn(self) -> NDArray[np.float64]:
        """Noise at the reference's signal, (H, W); NaN where no noise model is known."""
        noise = self.clean.meta.noise
        signal = self.reference.signal()
        return np.full(signal.shape, np.nan) if noise is None else noise.sigma_dn(signal)

    @cached_property
    def clusters(self) -> list[Cluster]:
        """The injected clusters that have a pixel that counts."""
        counts = self._counts
        return [c for c in clusters_of(self.truth) if counts[c.entries].any()]

    @cached_property
    def boxes(self) -> dict[int, Area]:
        """Each cluster's area by the number of its first entry."""
        shape = self.clean.shape
        return {int(c.entries[0]): grown(c.box, shape) for c in self.clusters}

    @property
    def _counts(self) -> NDArray[np.bool_]:
        return ~self.ignore[self.truth.rows, self.truth.cols]

    @cached_property
    def groups(self) -> list[Group]:
        """All defects; each channel; each kind, size and density; each combination of the three."""
        restrictions: list[dict[str, str]] = [{}]
        for key in ("kind", "size", "density"):
            restrictions += [{key: value} for value in self._values(key)]
        combined = {(c.kind, c.size, c.density) for c in self.clusters}
        restrictions += [
            {"kind": kind, "size": size, "density": density}
            for kind, size, density in sorted(combined)
        ]
        return [self._whole, *self._channels(), *map(self._restricted, restrictions[1:])]

    @property
    def _whole(self) -> Group:
        return self._group((ALL, ALL, ALL, ALL), self._counts, self.clusters)

    def _group(
        self,
        place: tuple[str, str, str, str],
        entries: NDArray[np.bool_],
        clusters: list[Cluster],
    ) -> Group:
        repaired = np.zeros(self.clean.shape, np.bool_)
        repaired[self.truth.rows[entries], self.truth.cols[entries]] = True
        around = ring_mask(repaired) & ~(self.truth.mask() | self.ignore)
        return Group(*place, entries, clusters, repaired, around)

    def _values(self, key: str) -> list[str]:
        return sorted({str(getattr(cluster, key)) for cluster in self.clusters})

    def _channels(self) -> Iterator[Group]:
        sites = self.clean.cfa.sites_at(self.truth.rows, self.truth.cols)
        channel = np.asarray(CHANNEL_OF_SITE)[sites]
        for code in np.unique(channel[self._counts]):
            chosen = self._counts & (channel == code)
            yield self._group((ALL, ALL, ALL, CHANNEL_NAMES[code]), chosen, [])

    def _restricted(self, wanted: dict[str, str]) -> Group:
        mine = [c for c in self.clusters if all(getattr(c, key) == wanted[key] for key in wanted)]
        chosen = np.zeros(len(self.truth), np.bool_)
        for cluster in mine:
            chosen[cluster.entries] = True
        kind, size, density = (wanted.get(key, ALL) for key in ("kind", "size", "density"))
        return self._group((kind, size, density, ALL), chosen & self._counts, mine)

    def reference_picture(self, development: Development) -> NDArray[np.float32]:
        """The developed reference; kept for the next contestant."""
        pictures: dict[str, NDArray[np.float32]] = self.__dict__.setdefault("_pictures", {})
        if development.demosaic not in pictures:
            pictures[development.demosaic] = development.picture(self.reference)
        return pictures[development.demosaic]


def make_case(
    subject: Subject, area: Area, variant: Variant, seed: int, crop: int, repeat: int
) -> Case:
    """Cut a crop and damage it; the draw depends on seed, input, variant, crop and repeat only."""
    clean = subject.frame.crop(area)
    injection = variant.damage(clean, seed, subject.name, crop, repeat)
    existing = DefectMap.empty(clean) if subject.existing is None else subject.existing.crop(area)
    return Case(
        name=CaseName(subject.name, f"{crop}:{repeat}", variant.protocol, variant.name),
        area=area,
        clean=clean,
        reference=clean if subject.reference is None else subject.reference.crop(area),
        injection=injection,
        existing=existing,
    )
