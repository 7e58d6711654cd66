"""Transfer functions against their standards' formulas in float64."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import isp
from isp.errors import StageError
from isp.segments import run_segment


def srgb(light):
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def bt709(light):
    return np.where(light < 0.018, 4.5 * light, 1.099 * light**0.45 - 0.099)


FORMULAS = {
    "srgb": (srgb, {}),
    "bt709": (bt709, {}),
    "power": (lambda light: light ** (1 / 2.2), {}),
    "power 1.8": (lambda light: light ** (1 / 1.8), {"exponent": 1.8}),
    "identity": (lambda light: light, {}),
}


def picture(pixels):
    raw = isp.RawFrame.of(np.zeros(pixels.shape[:2], np.float32), "RGGB")
    return isp.RgbFrame(pixels, raw.meta.then("test", space="linear_srgb"))


def lights():
    """Linear and logarithmic ramps over the range, with the kinks and outside values."""
    values = np.concatenate(
        [
            np.linspace(0, 1, 30000),
            np.geomspace(1e-11, 1, 30000),
            [
                0.0031308,
                0.01799,
                0.01801,
                1.0,
                1e-38,
                1e-40,
                np.nextafter(np.float32(1), np.float32(0)),
            ],
            [-1e-9, -0.3, 1.2, 50.0],
        ]
    ).astype(np.float32)
    return np.resize(values, (200, 301, 3))


def encode(pixels, name, output):
    params = {"curve": name.split()[0], **FORMULAS[name][1], "output": output}
    return isp.stage("gamma", **params)(picture(pixels))


@pytest.mark.parametrize("name", FORMULAS)
def test_float_output_is_the_formula(name):
    result = encode(lights(), name, "float32")
    truth = FORMULAS[name][0](np.clip(lights().astype(np.float64), 0, 1))
    assert result.meta.space == "display"
    np.testing.assert_allclose(result.pixels, truth, atol=3e-7, rtol=0)


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("output", ["uint8", "uint16"])
def test_codes_are_the_rounded_formula(name, output):
    top = np.iinfo(output).max
    result = encode(lights(), name, output)
    assert result.pixels.dtype == output
    exact = FORMULAS[name][0](np.clip(lights().astype(np.float64), 0, 1)) * top
    assert np.abs(result.pixels - exact).max() < (0.505 if output == "uint8" else 0.52)
    assert result.pixels.min() == 0
    assert result.pixels.max() == top


@pytest.mark.parametrize(
    ("name", "function"), [("srgb", "eotf_inverse_sRGB"), ("bt709", "oetf_BT709")]
)
def test_float_output_equals_colour_science(name, function):
    import colour

    light = np.clip(lights(), 0, 1)
    truth = getattr(colour.models, function)(light.astype(np.float64))
    np.testing.assert_allclose(encode(light, name, "float32").pixels, truth, atol=3e-7, rtol=0)


@pytest.mark.parametrize("name", FORMULAS)
def test_curves_never_fall(name):
    ramp = np.geomspace(1e-13, 1.1, 90000).astype(np.float32).reshape(100, 300, 3)
    codes = encode(ramp, name, "float32").pixels.ravel()
    assert np.diff(codes).min() > -2.5e-7  # but for the last bit or two


def test_identity_keeps_every_16_bit_code():
    codes = np.resize(np.arange(65536), (128, 171, 3))
    pixels = (codes / 65535).astype(np.float32)
    np.testing.assert_array_equal(encode(pixels, "identity", "uint16").pixels, codes)


def test_srgb_round_trip_of_every_8_bit_code():
    import colour

    codes = np.resize(np.arange(256), (8, 11, 3))
    light = colour.models.eotf_sRGB(codes / 255).astype(np.float32)
    np.testing.assert_array_equal(encode(light, "srgb", "uint8").pixels, codes)


@settings(max_examples=10, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    strip=st.integers(1, 20),
    output=st.sampled_from(["uint8", "uint16", "float32"]),
)
def test_strips_do_not_change_the_result(shape, strip, output):
    frame = picture(np.random.default_rng(0).random((*shape, 3)).astype(np.float32))
    plan = isp.stage("gamma", output=output).plan(frame.meta)
    whole = run_segment(frame, [plan], strip_rows=shape[0], threads=1).pixels
    np.testing.assert_array_equal(run_segment(frame, [plan], strip_rows=strip).pixels, whole)


@pytest.mark.parametrize("wrong", [{"curve": "log"}, {"exponent": 0.9}, {"output": "int8"}])
def test_wrong_parameters_are_refused(wrong):
    with pytest.raises(StageError, match=next(iter(wrong))):
        isp.stage("gamma", **wrong)
