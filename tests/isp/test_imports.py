"""What must not be imported before it is needed."""

import subprocess
import sys

import pytest

HEAVY = ["numba", "torch", "colour", "cv2", "rawpy", "scipy", "matplotlib", "skimage", "pandas"]


def imported(code):
    report = f"{code}\nimport sys; print(*[n for n in {HEAVY} if n in sys.modules])"
    return subprocess.run(
        [sys.executable, "-c", report], capture_output=True, text=True, check=True
    ).stdout.split()


@pytest.mark.parametrize(
    "code",
    [
        "import isp",
        "import isp; isp.RawFrame, isp.DefectMap, isp.stage",
        "import isp.cli",
        "import isp.scenario.model",
        "import isp.registry; isp.registry.stage_names(); isp.registry.sensor_names()",
    ],
)
def test_light_things_stay_light(code):
    assert imported(code) == []


def test_the_help_of_the_command_imports_nothing_heavy():
    code = """
import sys
sys.argv = ['isp', '--help']
from isp.cli import main
try:
    main()
except SystemExit:
    pass
sys.stdout.flush()
print()
"""
    assert not set(imported(code)) & set(HEAVY)


def test_every_public_name_can_be_had():
    import isp

    for name in isp.__all__:
        assert getattr(isp, name) is not None
