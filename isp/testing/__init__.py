"""The one suite that every stage passes, ours or a stranger's.

>>> from isp.testing import check_stage
>>> check_stage("masked_median", min_good=5)
"""

from __future__ import annotations

from typing import Any

from isp import registry
from isp.bound import Stage
from isp.errors import StageCheckError
from isp.params import validate
from isp.registry import StageInfo
from isp.testing import correctors, locals_, maps, record, shapes, temporal

__all__ = ["StageCheckError", "check_stage"]

_CHECKS = {
    "corrector": correctors.check,
    "temporal": temporal.check,
    "level": locals_.check,
    "naive": locals_.check,
    "demosaic": locals_.check,
    "colour": locals_.check,
    "dpc": locals_.check,
    "blind": maps.check_blind,
    "injector": maps.check_injector,
    "detector": maps.check_detector,
    "shape": shapes.check,
}


def check_stage(stage: str | StageInfo, **params: Any) -> None:
    """Check that a stage keeps what its kind promises.

    Parameters
    ----------
    stage : str or StageInfo
        Name of a registered stage, or the record that the decorator left on a function
        (``function.__stage__``).
    **params
        Its parameters; the defaults where not given.

    Raises
    ------
    StageCheckError
        If a property does not hold; the message names the stage, the property and the frame.
    StageError
        If there is no such stage or a parameter is wrong.
    """
    info = registry.info(stage) if isinstance(stage, str) else stage
    record.check(info)
    if info.kind in _CHECKS:
        _CHECKS[info.kind](Stage(info, validate(info, params)))
