"""What the value statement says, in every world and every language."""

import json
import re

import numpy as np
import pyarrow as pa
import pytest

from lifeworth.base.errors import UsageError
from lifeworth.reports import value_report
from lifeworth.reports.charts import Axis
from lifeworth.reports.documents.scales import fitting_axis
from lifeworth.reports.documents.value_statement import value_statement
from lifeworth.results.contract import CUSTOMER_COLUMNS, Run
from reports import worlds
from reports.pages import parse

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
EVERYWHERE = ["overview", "trust", "attention", "customers", "data", "definitions"]
FULL = [
    "overview", "trust", "attention", "ledger", "groups", "pareto", "rfm", "map", "forecast", "customers",
    "data", "model", "definitions",
]  # fmt: skip


@pytest.fixture(scope="module")
def pages():
    made = {}

    def page(world: str, language: str = "en"):
        if (world, language) not in made:
            made[world, language] = parse(value_report(worlds.WORLDS[world](), language))
        return made[world, language]

    return page


def spaced(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def sections(page) -> list[str]:
    return [section.attributes["id"] for section in page.all("section")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("world", worlds.WORLDS)
def test_every_world_makes_a_whole_page_in_every_language(pages, world, language):
    page = pages(world, language)
    assert page.unclosed == []
    assert page.all("html")[0].attributes["lang"] == language
    assert (
        len(page.all("h1")) == len(page.all("main")) == len(page.all("nav")) == len(page.all("header")) == 1
    )
    assert set(EVERYWHERE) <= set(sections(page))
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("world", ["normal", "profit", "formula", "huge", "hostile"])
def test_sections_stand_in_the_order_of_the_argument(pages, world):
    assert sections(pages(world)) == FULL


def test_the_headline_names_value_interval_and_horizon(pages):
    page, run = pages("normal"), worlds.normal()
    assert re.search(r"^400 customers are worth ¥[\d.]+ k \([\d.]+–[\d.]+ k\) more in the next 12 months",
                     spaced(page.all("h1")[0].text))  # fmt: skip
    assert run.summary["as_of"] in page.all("header")[0].text


def test_one_customer_is_spoken_of_in_the_singular(pages):
    assert spaced(pages("single").all("h1")[0].text).startswith("1 customer brought")


def test_revenue_is_never_called_profit(pages):
    assert "revenue, not profit" in pages("normal").all("h1")[0].text
    assert (
        "revenue, not profit" not in pages("profit").all("header")[0].text + pages("profit").all("h1")[0].text
    )
    assert "margin 35.0 %" in spaced(pages("profit").all("header")[0].text)


@pytest.mark.parametrize("world", ["declined", "single"])
def test_a_run_that_declines_shows_no_estimate(pages, world):
    page = pages(world)
    assert {"groups", "map", "forecast", "model"}.isdisjoint(sections(page))
    assert "Current value" not in page.text
    assert "Likely active" not in page.text
    assert "nothing is forecast" in page.text
    assert not re.search(r"\d \([\d,.]+–[\d,.]+\)", page.text)


def test_where_the_formula_wins_the_report_says_so_and_uses_it(pages):
    text = pages("formula").text
    assert "worse than the simple formula – use the formula" in text
    assert "The formula was used for every value" in text
    assert "The values come from the simple formula" in text


def test_an_untested_model_is_called_untested_and_its_boundary_named(pages):
    text = pages("untested").text
    assert "could not be tested" in text
    assert "a ran to the edge of the possible" in text
    assert "did not settle on one best answer" in text


def test_a_currency_nobody_named_is_not_invented(pages):
    page = pages("untested")
    assert "not named in the file" in page.all("header")[0].text
    assert not re.search(r"[$€£¥]", page.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_findings_stand_with_what_they_cost_and_what_to_do(pages, language):
    text = pages("normal", language).text
    for finding in worlds.normal().summary["findings"]:
        assert finding["says"] in text
        assert finding["costs"] in text
        assert finding["do"] in text


def test_only_pressing_findings_stand_near_the_top(pages):
    attention = pages("normal").by_id("attention").text
    assert "Sales swing by 45" in attention
    assert "12 identical rows" not in attention


def test_no_finding_is_good_news():
    run = worlds.normal(findings=[])
    assert (
        "Nothing in the data or the model stands against" in parse(value_report(run)).by_id("attention").text
    )


def test_every_row_read_is_accounted_for(pages):
    text = spaced(pages("normal").by_id("data").text)
    assert "5,180 of 5,210 rows were used" in text
    cells = [cell.attributes.get("data-raw", cell.text) for cell in pages("normal").all("td")]
    assert {"5210", "5180", "30"} <= set(cells)
    assert {"120500.1", "4500.05", "116000.05"} <= set(cells)


def test_several_files_have_a_total(pages):
    page, files = pages("hostile"), len(worlds.HOSTILE)
    raw = [element.attributes.get("data-raw") for element in page.elements]
    assert str(5210 * files) in raw
    assert "Total" in page.by_id("data").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_chinese_name_sets_of_the_eight_classes_stand_side_by_side(pages, language):
    text = pages("normal", language).by_id("rfm").text
    expected = {
        "en": ("Important: keep", "To call back"),
        "zh-Hans": ("重要保持客户", "重要唤回客户"),
        "zh-Hant": ("重要保持客戶", "重要喚回客戶"),
    }
    assert set(expected[language]) <= {line.strip() for line in text.splitlines()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_of_the_customer_table_is_defined(pages, language):
    text = pages("normal", language).by_id("definitions").text
    for column in CUSTOMER_COLUMNS:
        if column.name not in ("reason_keys", "reason_facts"):
            assert column.name in text


def test_top_customers_are_ranked_by_value_with_interval_and_reasons():
    run = worlds.normal()
    section = next(each for each in value_statement(run, "en").sections if each.id == "customers")
    table = next(block for block in section.blocks if block.block == "table")
    worth = [row[2][0] for row in table.rows]
    assert worth == sorted(worth, reverse=True)
    assert len(worth) == 25
    assert max(worth) == float(max(run.customers["current_value"].to_pylist()))
    assert all(low <= value <= high for value, low, high in (row[2] for row in table.rows))
    assert all(row[-1] for row in table.rows)


def test_reasons_of_another_language_are_said_again_not_shown_foreign(pages):
    assert "bought every" in pages("normal", "en").by_id("customers").text
    for language, word in (("zh-Hans", "购买"), ("zh-Hant", "購買")):
        text = pages("normal", language).by_id("customers").text
        assert "bought every" not in text
        assert word in text


def test_without_a_language_the_report_speaks_the_run_s():
    assert (
        parse(value_report(worlds.normal(language="zh-Hant"))).all("html")[0].attributes["lang"] == "zh-Hant"
    )


def test_an_unknown_language_is_refused():
    with pytest.raises(UsageError):
        value_report(worlds.normal(), "klingon")


@pytest.mark.parametrize("world", ["normal", "declined"])
def test_an_empty_import_report_leaves_no_empty_table(world):
    run = worlds.WORLDS[world]()
    page = parse(value_report(Run(run.folder, run.customers, run.summary, {})))
    assert "rows were used" not in page.text
    assert "data" in sections(page)


def test_chart_and_table_show_the_same_numbers():
    document = value_statement(worlds.normal(), "en")
    pictures = {
        block.chart.id: block
        for section in document.sections
        for block in section.blocks
        if block.block == "picture"
    }
    assert set(pictures) == {
        *("waterfall", "patterns", "pareto-curve", "rfm-grid", "pattern-map", "deciles", "tracking")
    }
    steps = pictures["waterfall"]
    assert list(steps.chart.series[0].y) == [row[1] for row in steps.table.rows]
    bars = pictures["patterns"]
    assert list(bars.chart.series[0].y) == [row[5][0] for row in bars.table.rows]
    tenths = pictures["deciles"]
    assert [list(series.y) for series in tenths.chart.series] == [
        [row[n] for row in tenths.table.rows] for n in (2, 3)
    ]
    weeks = pictures["tracking"]
    assert list(weeks.chart.series[0].y) == [row[1] for row in weeks.table.rows]
    grid = pictures["rfm-grid"]
    assert sum(row[1] for row in grid.table.rows) == 400
    shares = [row[3] for row in pictures["pareto-curve"].table.rows]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


def test_a_large_base_is_drawn_by_a_sample_and_says_so():
    document = value_statement(worlds.normal(3200), "en")
    picture = next(block for section in document.sections if section.id == "map" for block in section.blocks)
    drawn = sum(len(series.y) for series in picture.chart.series)
    assert 1500 <= drawn <= 2000
    assert "of 3,200 customers drawn: the best 500" in picture.chart.subtitle
    assert sum(row[1] for row in picture.table.rows) == 3200


def test_the_break_even_curve_is_drawn_where_there_is_a_cost_to_serve():
    def curves(run):
        document = value_statement(run, "en")
        picture = next(
            block for section in document.sections if section.id == "map" for block in section.blocks
        )
        return [series for series in picture.chart.series if series.look == "line"]

    (curve,) = curves(worlds.profit())
    assert [x * y for x, y in zip(curve.x, curve.y, strict=True)] == pytest.approx([120] * len(curve.x))
    assert curves(worlds.normal()) == []


def test_chart_options_are_plain_json_without_a_way_out_of_the_script(pages):
    for world in ("normal", "hostile", "huge"):
        scripts = pages(world).all("script", type="application/json")
        assert len(scripts) == 8
        for script in scripts:
            assert json.loads(script.text)
            assert not set("<>&") & set(script.text)


@pytest.mark.parametrize(
    ("bias", "spearman", "says"),
    [
        (0.05, 0.5, "Rely on it for ranking and for totals"),
        (-0.6, 0.5, "The total was off by 60 %, so plan no budget on it"),
        (0.05, 0.01, "It hardly ranks customers"),
        (-0.6, 0.01, "a rough guide only"),
    ],
)
def test_what_may_be_relied_on_follows_from_the_held_out_months(bias, spearman, says):
    run = worlds.normal(120)
    run.summary["backtest"]["metrics"] |= {"bias": bias, "spearman": spearman}
    assert says in spaced(parse(value_report(run)).by_id("trust").text)


def test_tenths_in_the_wrong_order_are_called_so():
    run = worlds.normal(120)
    means = [row["actual"] for row in run.summary["backtest"]["deciles"]]
    for row, mean in zip(run.summary["backtest"]["deciles"], reversed(means), strict=True):
        row["actual"] = mean
    assert "Customers forecast higher did not bring more" in parse(value_report(run)).by_id("forecast").text
    assert "brought more, tenth by tenth" in parse(value_report(worlds.normal(120))).by_id("forecast").text


def test_the_reconciliation_adds_up_with_discounts():
    run = worlds.normal(120)
    file = run.import_report["files"][0]
    file |= {"gross": 100.0, "discounts": 10.0, "refunds": 5.0, "net": 85.0}
    raw = [cell.attributes.get("data-raw") for cell in parse(value_report(run)).all("td")]
    assert {"100.0", "10.0", "5.0", "85.0"} <= set(raw)


def test_a_clear_gain_that_is_no_a_is_told_by_its_ranking():
    run = worlds.normal(120)
    run.summary["backtest"] |= {"grade": "B", "gain": 0.25}
    text = spaced(parse(value_report(run)).by_id("trust").text)
    assert "25 % less error than the simple formula, but it ranks customers less well" in text
    assert "The gain is small" not in text


def test_months_without_a_purchase_do_not_break_the_report():
    run = worlds.normal(120)
    run.summary["backtest"]["metrics"] |= {"bias": float("inf")}
    assert "Nothing was bought in those months" in parse(value_report(run)).by_id("trust").text


def test_customers_who_cannot_be_drawn_are_counted():
    run = worlds.normal(200)
    spend = run.customers.schema.get_field_index("expected_spend")
    values = [None if place < 7 else value for place, value in enumerate(run.customers[spend].to_pylist())]
    table = run.customers.set_column(spend, "expected_spend", pa.array(values, pa.float64()))
    page = parse(value_report(Run(run.folder, table, run.summary, run.import_report)))
    assert "all 193 customers; 7 without a positive value per order cannot be drawn" in page.text


def test_values_close_together_are_drawn_on_a_linear_scale():
    close, wide = np.array([1.6, 1.75]), np.array([0.01, 30.0])
    assert fitting_axis(close, "t", "log t", "number") == Axis("t", "number", low=1.55, high=1.8)
    axis = fitting_axis(wide, "t", "log t", "number")
    assert (axis.scale, axis.low, axis.high, axis.title) == ("log", 0.05, 50.0, "log t")
    assert fitting_axis(np.array([3.0, 3.0]), "t", "log t", "number").low <= 3.0


def test_where_the_formula_is_used_its_own_test_is_told_and_the_pictures_are_named():
    page = parse(value_report(worlds.formula()))
    assert "In total the forecast was 31 % too high" in spaced(page.by_id("trust").text)
    assert "the best model, which lost" in page.by_id("forecast").text
    assert "the best model, which lost" not in parse(value_report(worlds.normal(120))).by_id("forecast").text


def test_discounts_are_named_between_gross_and_net_sales():
    run = worlds.normal(120)
    assert "discounts" not in parse(value_report(run)).by_id("overview").text
    run.summary["gross_sales"] += 5000
    assert "less ¥5,000 discounts and" in parse(value_report(run)).by_id("overview").text
