"""The demosaicing that suits the frame's colour filter array."""

from isp.bound import stage as stage_named
from isp.frame import FrameMeta
from isp.local import LocalOp
from isp.registry import stage


@stage("demosaic", reference="This project: a dispatcher", local=True)
def by_cfa(meta: FrameMeta) -> LocalOp:
    """Malvar–He–Cutler for Bayer frames, normalised bilinear for every other array and for none.

    Parameters
    ----------
    meta : FrameMeta
        A mosaic of any CFA.

    Returns
    -------
    LocalOp
        Mosaic to camera RGB (see the stages ``malvar`` and ``bilinear``).
    """
    return stage_named("malvar" if meta.cfa.is_bayer else "bilinear").plan(meta)
