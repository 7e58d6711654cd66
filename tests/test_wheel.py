"""The wheel works by itself: built, installed outside the repository, its demo run."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*command, cwd, env=None):
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A new environment with the wheel; what it depends on is lent by this one."""
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    run("git", "clone", "-q", ROOT, source, cwd=place)  # committed files only, as a release has
    wheel = ("wheel", "--no-deps", "--no-build-isolation", "--quiet", "-w", place, source)
    run(sys.executable, "-m", "pip", *wheel, cwd=place)
    run(sys.executable, "-m", "venv", place / "venv", cwd=place)
    python = place / "venv" / "bin" / "python"
    packages = Path(
        run(
            python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=place
        ).strip()
    )
    built = next(place.glob("ispsim-*.whl"))
    run(python, "-m", "pip", "install", "--no-deps", "--quiet", built, cwd=place)
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place


def test_the_installed_demo_writes_a_report(installed):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    python, isp = installed / "venv" / "bin" / "python", installed / "venv" / "bin" / "isp"
    where = run(python, "-c", "import isp; print(isp.__file__)", cwd=installed, env=environment)
    assert str(installed) in where
    run(isp, "demo", "-o", installed / "out", cwd=installed, env=environment)
    report = (installed / "out" / "report.html").read_text(encoding="utf-8")
    assert "fsr" in report and "masked_median" in report
    assert (installed / "out" / "scene.dng").stat().st_size > 100_000


def test_the_wheel_holds_data_files_and_types(installed):
    packages = next((installed / "venv").glob("lib/python*/site-packages"))
    for name in ("isp/py.typed", "stages/py.typed", "sensors/presets/phone.yaml"):
        assert (packages / name).is_file()
    assert not (packages / "tests").exists()
