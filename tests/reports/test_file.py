"""The file itself: whole, alone, safe, small, readable by everyone."""

import json
import re
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise

import pyarrow as pa
import pytest

from lifeworth.reports import value_report
from lifeworth.reports.charts import Axis, Chart, Series
from lifeworth.reports.formats.echarts import options
from lifeworth.reports.theme import MARKS, TEXT, TOKENS
from reports import worlds
from reports.pages import parse

ECHARTS_LICENSE = "Licensed to the Apache Software Foundation"


@pytest.fixture(scope="module")
def html():
    return value_report(worlds.normal(2400), "en")


@pytest.fixture(scope="module")
def hostile():
    return value_report(worlds.hostile(), "en")


def test_the_file_of_a_small_base_is_at_most_a_megabyte_and_a_half(html):
    assert len(html.encode()) < 1_500_000


def test_nothing_is_loaded_from_anywhere(html):
    page = parse(html)
    addresses = [
        element.attributes[name]
        for element in page.elements
        for name in ("src", "href", "action", "srcset")
        if name in element.attributes
    ]
    assert addresses
    assert all(address.startswith("#") for address in addresses)
    assert not re.search(r"@import|url\(", page.all("style")[0].text)


def test_only_our_own_scripts_may_run(hostile):
    page = parse(hostile)
    policy = next(meta.attributes["content"] for meta in page.all("meta") if "http-equiv" in meta.attributes)
    running = [script for script in page.all("script") if script.attributes.get("type") != "application/json"]
    assert len(running) == 4
    for script in running:
        assert b64encode(sha256(script.text.encode()).digest()).decode() in policy
    assert policy.startswith("default-src 'none'")
    assert "script-src 'unsafe" not in policy


def test_hostile_names_stay_text(hostile):
    page = parse(hostile)
    assert page.unclosed == []
    assert page.all("img") == []
    assert all("onerror" not in element.attributes for element in page.elements)
    assert worlds.HOSTILE[0] in page.by_id("customers").text
    assert "{{ 7 * 7 }}" in page.by_id("customers").text


def test_the_licence_of_the_chart_library_stays_with_it(html):
    assert ECHARTS_LICENSE in html


def test_every_table_has_a_caption_and_headers_with_scope(html):
    page = parse(html)
    assert len(page.all("table")) == len(page.all("caption")) > 10
    assert page.all("th")
    assert all(th.attributes.get("scope") in ("col", "row") for th in page.all("th"))


def test_every_chart_has_a_sentence_and_a_table_that_need_no_script(html):
    page = parse(html)
    charts = [element for element in page.elements if "data-chart" in element.attributes]
    assert len(charts) == 7
    captions = {" ".join(caption.text.split()) for caption in page.all("figcaption")}
    for chart in charts:
        assert " ".join(chart.attributes["aria-label"].split()) in captions
        assert page.by_id(f"{chart.attributes['data-chart']}-table").tag == "table"


def test_headings_go_down_one_level_at_a_time(html):
    levels = [int(element.tag[1]) for element in parse(html).elements if re.fullmatch("h[1-6]", element.tag)]
    assert levels[0] == 1
    assert all(next_ - level <= 1 for level, next_ in pairwise(levels))


def test_the_contents_lead_to_every_section(html):
    page = parse(html)
    links = [link.attributes["href"].removeprefix("#") for link in page.all("a")]
    assert links == ["main", *(section.attributes["id"] for section in page.all("section"))]


def test_rendering_loads_no_data_frame_library_and_no_engine(tmp_path):
    run = worlds.normal(50)
    with pa.ipc.new_file(tmp_path / "customers.arrow", run.customers.schema) as stream:
        stream.write_table(run.customers)
    (tmp_path / "run.json").write_text(json.dumps([run.summary, run.import_report]), encoding="utf-8")
    code = (
        "import json, sys, pathlib\n"
        "import pyarrow\n"
        "from lifeworth.reports import value_report\n"
        "from lifeworth.results.contract import Run\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "parts = json.loads((folder / 'run.json').read_text(encoding='utf-8'))\n"
        "customers = pyarrow.ipc.open_file(str(folder / 'customers.arrow')).read_all()\n"
        "assert value_report(Run(folder, customers, *parts), 'zh-Hans')\n"
        "print([name for name in ('pandas', 'polars', 'duckdb', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_and_marks_reach_their_contrast(scheme):
    for surface in ("paper", "card"):
        for name in TEXT:
            assert contrast(TOKENS[name][scheme], TOKENS[surface][scheme]) >= 4.5, name
        for name in MARKS:
            assert contrast(TOKENS[name][scheme], TOKENS[surface][scheme]) >= 3, name
    assert contrast(TOKENS["ink"][scheme], TOKENS["wash"][scheme]) >= 4.5


def test_forecasts_are_hatched_and_facts_are_not():
    bars = [
        Series("said", "bar", "current", [1], forecast=True),
        Series("happened", "bar", "historical", [1]),
    ]
    chart = Chart("c", "bar", "t", "s", "z", Axis("", "category", ("a",)), Axis("", "money"), tuple(bars))
    said, happened = options(chart)["series"]
    assert said["itemStyle"]["decal"]["symbol"] == "rect"
    assert happened["itemStyle"]["decal"]["symbol"] == "none"


def test_intervals_are_drawn_beside_their_bars():
    bar = Series("said", "bar", "current", [5, None], low=[4, None], high=[7, None])
    chart = Chart("c", "bar", "t", "s", "z", Axis("", "category", ("a", "b")), Axis("", "money"), (bar,))
    whiskers = options(chart)["series"][1]
    assert whiskers["data"] == [[0, 4, 7]]
