import pytest
from hypothesis import given
from hypothesis import strategies as st

from isp.errors import ScenarioError, UsageError
from isp.scenario.load import build, load, save
from isp.scenario.source import override, parse_source

GOOD = """\
version: 1
seed: 3
input:
  files: [a.dng]
pipeline:
  - black_level
  - masked_median:
      min_good: 4
correctors: [masked_median]
"""


def write(tmp_path, text):
    path = tmp_path / "scenario.yaml"
    path.write_text(text)
    return path


def test_a_good_file_loads_with_paths_from_its_folder(tmp_path):
    scenario = load(write(tmp_path, GOOD))
    assert scenario.input.files == [str(tmp_path / "a.dng")]
    assert scenario.seed == 3


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seed: 3", "sed: 3", ["line 2", "'sed'", "Did you mean 'seed'"]),
        ("files: [a.dng]", "files: [a.dng]\n  bit: 12", ["line 5", "'bit'", "'bits'"]),
        ("min_good: 4", "min_god: 4", ["line 7", "min_god", "'min_good'"]),
        ("min_good: 4", "min_good: 0", ["line 7", "min_good", "greater than or equal to 1"]),
        ("masked_median]", "masked_medan]", ["line 9", "Did you mean 'masked_median'"]),
        ("version: 1", "version: 2", ["line 1", "version"]),
        ("version: 1\n", "", ["version", "missing"]),
        ("seed: 3", "seed: -3", ["line 2", "seed"]),
        ("seed: 3", "defects: {population: {temperature_c: .nan}}", ["line 2", "finite"]),
        ("seed: 3", "defects: {population: {exposure_s: 1.0e+300}}", ["line 2", "100000"]),
        ("seed: 3", "sensor: fone", ["line 2", "Did you mean 'phone'"]),
        ("seed: 3", "defects: {protocol: dinamic}", ["line 2", "Did you mean 'dynamic'"]),
        ("  - black_level\n", "  - malvar\n", ["line 5", "'masked_median' takes a raw frame"]),
        ("  - black_level\n", "  - train_cluster\n", ["line 5", "no place in a pipeline"]),
        ("files: [a.dng]", "files: []", ["input", "give files or a scene"]),
        ("[a.dng]", "[]\ndetect: {dark: [b.dng]}", ["input", "give files or a scene"]),
        ("seed: 3", "seed: 3\nseed: 4", ["line 3", "second time"]),
        ("[a.dng]", "[a.dng", ["line", "not valid YAML"]),
    ],
)
def test_errors_name_line_and_nearest_key(tmp_path, old, new, words):
    with pytest.raises(ScenarioError) as caught:
        load(write(tmp_path, GOOD.replace(old, new)))
    for word in ["scenario.yaml", *words]:
        assert word in str(caught.value)


WEIGHTS = """\
version: 1
input:
  files: [a.dng]
pipeline: [black_level, {cluster_blind: {finder: f.safetensors, threshold: 6}}]
correctors:
  - cluster_nano: {weights: w.safetensors}
  - cluster: {weights: /there/w.safetensors}
  - cluster_large: {weights: ""}
  - fsr
detect: {method: {ae_detector: {weights: d.safetensors}}}
defects:
  population:
    - {damage: {kind: dead}, count: 1, shape: {name: vae, weights: s.safetensors}}
"""


def places(scenario):
    nano, other, shipped, _ = scenario.correctors
    group = scenario.defects.population.groups[0]
    return [
        nano["cluster_nano"]["weights"],
        scenario.pipeline[1]["cluster_blind"]["finder"],
        scenario.detect.method["ae_detector"]["weights"],
        group.shape.params["weights"],
        other["cluster"]["weights"],
        shipped["cluster_large"]["weights"],
    ]


def test_paths_among_parameters_start_at_the_scenarios_folder(tmp_path, monkeypatch):
    scenario = load(write(tmp_path, WEIGHTS))
    own = [str(tmp_path / f"{name}.safetensors") for name in "wfds"]
    assert places(scenario) == [*own, "/there/w.safetensors", ""]
    assert scenario.pipeline[1]["cluster_blind"]["threshold"] == 6
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    given = ["correctors.0.cluster_nano.weights=w.safetensors"]  # of an option: from where one is
    changed = load(tmp_path / "scenario.yaml", given)
    assert places(changed) == ["w.safetensors", *own[1:], "/there/w.safetensors", ""]
    save(changed, tmp_path / "saved.yaml")
    monkeypatch.chdir(tmp_path)
    again = [str(tmp_path / "elsewhere" / "w.safetensors"), *own[1:], "/there/w.safetensors", ""]
    assert places(load(tmp_path / "saved.yaml")) == again


def test_a_wrong_override_is_not_blamed_on_the_file(tmp_path):
    path = write(tmp_path, GOOD)
    for assignment, words in (
        ("seed=-1", "^the command line: seed: "),
        ("pipeline.1.masked_median.min_good=0", "line 7, with --set pipeline.1.masked_"),
        ("pipeline.0=gamma", "line 5, with --set pipeline.0: .*'gamma' takes a rgb frame"),
        ("sensor=fone", "^the command line: There is no sensor 'fone'"),
    ):
        with pytest.raises(UsageError, match=words):
            load(path, [assignment])
    with pytest.raises(ScenarioError, match="line 2") as caught:
        load(write(tmp_path, GOOD.replace("seed: 3", "seed: -3")), ["compare.crops=2"])
    assert not isinstance(caught.value, UsageError)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("masked_median]", "masked_median]\ndetect: {method: fsr}", ["line 10", "dynamic"]),
        (
            "masked_median]",
            "masked_median]\ndetect: {method: median8, dark: [d.dng]}",
            ["line 10", "calibration"],
        ),
    ],
)
def test_a_method_must_find_defects_in_what_it_is_given(tmp_path, old, new, words):
    with pytest.raises(ScenarioError, match="cannot be the detector") as caught:
        load(write(tmp_path, GOOD.replace(old, new)))
    assert all(word in str(caught.value) for word in words)


def test_a_saved_scenario_is_the_same_scenario(tmp_path):
    scenario = load(write(tmp_path, GOOD), ["compare.crops=2"])
    save(scenario, tmp_path / "again.yaml")
    assert load(tmp_path / "again.yaml") == scenario


def test_overrides():
    scenario = build({"input": {"files": ["/x.dng"]}}, ["seed=7", "input.bits=12"])
    assert (scenario.seed, scenario.input.bits) == (7, 12)
    with pytest.raises(ScenarioError, match="key=value"):
        build({"input": {"files": ["/x.dng"]}}, ["seed"])
    with pytest.raises(ScenarioError, match="unknown key"):
        build({"input": {"files": ["/x.dng"]}}, ["input.bitz=12"])
    assert override({"a": [1, {"b": 2}]}, "a.1.b=3") == {"a": [1, {"b": 3}]}


def test_aliases_cannot_unfold_without_end():
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(ScenarioError, match="unfolds"):
        parse_source("\n".join(lines), "bomb.yaml")


@pytest.mark.parametrize("text", ["x: !!python/object:os.system ls", "- a", "a: [", "[" * 5000])
def test_hostile_yaml_is_refused(text):
    with pytest.raises(ScenarioError):
        parse_source(text, "hostile.yaml")


@given(st.text(max_size=200))
def test_any_text_gives_data_or_a_sentence(text):
    try:
        assert isinstance(parse_source(text, "any").data, dict)
    except ScenarioError as error:
        assert str(error).startswith("any")


def test_a_variant_may_stand_behind_its_protocol():
    spec = {"input": {"files": ["a.dng"]}, "defects": {"protocol": "dynamic/density_1.0"}}
    defects = build(spec).defects
    assert (defects.protocol, defects.variant) == ("dynamic", "density_1.0")
    for wrong, words in (("variant", "give it once"), ("protocol", "no variant 'dense'")):
        damage = {"protocol": "dynamic/dense"} | ({"variant": "x"} if wrong == "variant" else {})
        with pytest.raises(ScenarioError, match=words):
            build({**spec, "defects": damage})
