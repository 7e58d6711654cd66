import csv
import json

import pytest

from isp.comparison.records import COLUMNS
from isp.errors import FileError
from isp.report.folder import save_comparison, to_json

FILES = {"report.html", "metrics.csv", "metrics.json", "summary.json", "environment.json"}


def strict(path):
    def refuse(name):
        raise AssertionError(f"{path.name} holds {name}")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


@pytest.fixture(scope="module")
def folder(comparison, tmp_path_factory):
    place = tmp_path_factory.mktemp("out") / "new"
    assert save_comparison(comparison, place) == place / "report.html"
    return place


def test_the_files_are_there_and_nothing_else(folder):
    assert {path.name for path in folder.iterdir()} == FILES


def test_csv_and_json_hold_every_row(comparison, folder):
    with (folder / "metrics.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    data = strict(folder / "metrics.json")
    assert len(table) == len(data["rows"]) == len(comparison.records)
    assert tuple(table[0]) == tuple(data["columns"]) == COLUMNS
    for row, line, record in zip(table, data["rows"], comparison.records, strict=True):
        assert float(row["value"]) == pytest.approx(record.value, rel=1e-8)
        assert line[-1] == float(row["value"]) and line[5] == row["stage"] == record.stage


def test_the_summary_is_strict_json_with_intervals_leads_costs_and_failures(comparison, folder):
    data = strict(folder / "summary.json")
    assert [(b["variant"], b["map"]) for b in data["results"]] == [
        ("dead", "truth"), ("dead", "detected"), ("hot", "truth"), ("hot", "detected"),
    ]  # fmt: skip
    best = data["results"][0]["stages"][0]
    assert best["stage"] == "plane_mean"
    figure = best["figures"]["defect_psnr_db"]
    assert figure["low"] <= figure["mean"] <= figure["high"] and figure["unit"] == "image"
    assert best["leads"]["defect_psnr_db"]["over"] == "brighten"
    assert {cost["stage"] for cost in data["costs"]} == {"plane_mean", "brighten"}
    assert {(f["input"], f["stage"]) for f in data["failed"]} == {
        ("<cut>.raw", ""), ("scene0", "broken"), ("scene1", "broken"),
    }  # fmt: skip
    assert data["settings"]["seed"] == 0
    assert strict(folder / "environment.json")["versions"]["numpy"]


def test_nothing_is_overwritten_unless_asked_for(comparison, folder, tmp_path):
    before = (folder / "report.html").read_bytes()
    with pytest.raises(FileError, match="already exists"):
        save_comparison(comparison, folder)
    assert (folder / "report.html").read_bytes() == before
    save_comparison(comparison, folder, force=True)
    (tmp_path / "summary.json").write_text("mine")
    with pytest.raises(FileError, match=r"summary\.json"):
        save_comparison(comparison, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]


def test_what_json_does_not_have_becomes_null():
    assert json.loads(to_json({"a": [float("nan"), 1.5], "b": (float("inf"),)})) == {
        "a": [None, 1.5],
        "b": [None],
    }
