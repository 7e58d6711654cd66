"""Presets: complete, sourced, refused where wrong."""

import numpy as np
import pytest
import yaml

import isp
from isp import registry
from sensors import preset


@pytest.mark.parametrize("name", preset.names())
def test_every_preset_names_its_sources_and_takes_pictures(name):
    sensor = registry.load_sensor(name)
    data = yaml.safe_load((preset.FOLDER / f"{name}.yaml").read_text())
    figures = set(data) - {"summary", "cfa", "rows", "cols"}
    assert set(sensor.sources) == figures
    assert all(sensor.sources.values()) and sensor.summary
    rng = np.random.default_rng(0)
    frame = sensor.expose(sensor.scene((64, 96), rng), 0.02, 25.0, 1.0, rng)
    active = frame.mosaic[frame.meta.active_area.slices]
    assert active.shape == (64, 96)
    assert frame.meta.noise is not None and frame.meta.temperature_c == 25.0
    levels = frame.levels
    assert levels.black_dn[0][0] < np.median(active) < levels.white_dn[0][0]
    assert frame.mosaic.max() <= levels.clip_dn[0][0]


@pytest.mark.parametrize("name", preset.names())
def test_every_population_can_be_put_on_a_sensor(name):
    sensor = preset.load(name)
    chip = sensor.chip((400, 600), np.random.default_rng(3))
    taken = chip.expose(None, np.random.default_rng(4), exposure_s=0.1, temperature_c=30.0)
    assert len(taken.truth) == len(chip.defects)
    changed = taken.frame.mosaic != taken.undamaged.mosaic
    assert not (changed & ~taken.truth.mask()).any()


def test_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(isp.IspError, match="Did you mean 'phone'"):
        preset.load("phne")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"read_noise_e": 3.0}, "give every figure as"),
        ({"read_noise_e": {"value": -1, "source": "chosen"}}, "read_noise_e"),
        ({"read_noise": {"value": 1, "source": "chosen"}}, "Did you mean 'read_noise_e'"),
    ],
)
def test_a_wrong_file_is_refused_by_key(tmp_path, change, message):
    data = yaml.safe_load((preset.FOLDER / "phone.yaml").read_text())
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(data | change))
    with pytest.raises(isp.IspError, match=message):
        preset.load(path)


def test_a_file_that_is_no_yaml_mapping_is_refused(tmp_path):
    for text in ("- 1", "a: [", ""):
        path = tmp_path / "broken.yaml"
        path.write_text(text)
        with pytest.raises(isp.IspError, match=r"broken\.yaml"):
            preset.load(path)
    with pytest.raises(isp.IspError, match="cannot be read"):
        preset.load(tmp_path / "missing.yaml")


def test_a_file_of_ones_own_is_loaded_by_its_path(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text((preset.FOLDER / "phone.yaml").read_text())
    assert registry.load_sensor(str(path)).name == "mine"


def test_what_the_presets_represent():
    """A phone, a full-frame and a mono machine-vision sensor, astronomy, CCD, X-ray, orbit, a thesis."""
    names = set(preset.names())
    assert names >= {
        *("phone", "full_frame_24mp", "machine_vision", "astronomy", "old_ccd", "xray_panel"),
        *("orbit", "thesis_fixed", "thesis_dynamic"),
    }
    summaries = [preset.load(name).summary for name in names]
    assert len(set(summaries)) == len(names) >= 8
    families = {preset.load(name).pattern.family for name in names}
    assert families >= {"bayer", "mono"}


@pytest.mark.parametrize("name", preset.names())
def test_every_figure_says_where_it_comes_from_or_that_it_was_chosen(name):
    for figure, source in preset.load(name).sources.items():
        words = source.split()
        assert "chosen" in source.lower() or len(words) >= 2, (figure, source)
