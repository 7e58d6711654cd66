import base64
import re
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from isp.report.page import render

VOID = {"meta", "img", "br", "link", "hr", "input"}


class Reader(HTMLParser):
    """Checks that tags are balanced; gathers links, classes and text."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.links, self.tags, self.text, self.ids = [], [], [], [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        attrs = dict(attrs)
        self.links += [attrs[k] for k in ("src", "href", "srcset", "action", "data") if k in attrs]
        self.ids |= {attrs["id"]} if "id" in attrs else set()
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open = self.open if tag in VOID else self.open[:-1]

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def html(comparison):
    return render(comparison)


@pytest.fixture(scope="module")
def page(html):
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_is_whole_and_small(html, page):
    assert html.lstrip().startswith("<!DOCTYPE html>")
    assert len(html) < 3_000_000
    assert page.tags.count("html") == page.tags.count("body") == 1


def test_the_page_needs_nothing_else_and_runs_no_script(html, page):
    assert all(link.startswith(("data:image/", "#")) for link in page.links)
    assert "script" not in page.tags and "iframe" not in page.tags and "link" not in page.tags
    assert not re.search(r"https?://|@import|url\(", html)


def test_links_inside_the_page_lead_somewhere(page):
    targets = {link[1:] for link in page.links if link.startswith("#")}
    assert targets <= page.ids and len(targets) >= 6


def test_the_page_says_what_was_asked_done_and_not_done(page):
    text = " ".join(" ".join(page.text).split())
    assert "Which stage repairs this sensor damage best, and what does it cost?" in text
    for words in (
        "plane_mean", "brighten", "blocks · dead", "blocks · hot", "the true map",
        "a detected map", "Defect PSNR", "Area SSIM", "Model score", "Lead, defect", "over ",
        "Residual defects", "Quality against cost", "Recall", "Precision", "False alarms",
        "Defects at 400 %", "Whole frames", "Throughput", "numpy", "processor", "seed",
        "2 of 3", "'<cut>.raw' is cut off & cannot be read.", "RuntimeError: no luck", "by mean",
    ):  # fmt: skip
        assert words in text, words


def test_every_stage_has_its_cut_outs_at_400_percent(comparison, page, html):
    labels = ["truth", "damaged", "plane_mean", "brighten"]
    assert len(comparison.exhibits) == 4
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", html)
    assert captions[: len(labels)] == labels
    assert html.count('alt="error of ') == 3 * len(comparison.exhibits)
    assert html.count('width="160" height="160"') == 7 * len(comparison.exhibits)


def test_pictures_are_the_pixels_that_were_scored(comparison, page):
    uri = next(link for link in page.links if link.startswith("data:image/png"))
    coded = np.frombuffer(base64.b64decode(uri.partition(",")[2]), np.uint8)
    picture = cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1]
    assert np.array_equal(picture, comparison.exhibits[0].truth)


def test_the_best_of_a_column_is_marked_once(html):
    table = re.search(r"<tbody>(.*?)</tbody>", html[html.index('id="result-1"') :], re.S).group(1)
    rows = re.findall(r"<tr.*?</tr>", table, re.S)
    assert len(rows) == 4
    assert 'class="best"' in next(r for r in rows if "plane_mean" in r)
    assert all('class="best"' not in r for r in rows if 'class="aside"' in r)
