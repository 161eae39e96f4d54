"""The calculator: its numbers against sums written out, its sentences in three languages."""

import json
import math

import pytest

import lifeworth as lw
from cli.calls import run
from lifeworth.base.errors import UsageError
from lifeworth.text.catalog import catalog
from lifeworth.value.calculator.calculate import templates
from lifeworth.value.calculator.formulas import FORMULAS

LANGUAGES = ("en", "zh-Hans", "zh-Hant")


def test_the_classical_formula_of_retail():
    found = lw.calculate(
        "retail", average_order=50, orders_per_year=6, lifespan_years=4, margin=0.3, retention=0.8,
        discount_rate=0.1, acquisition_cost=60,
    ).results  # fmt: skip
    assert found["classical"] == pytest.approx(360)
    assert found["multiple_later"] == pytest.approx(90 * 2.6667, rel=1e-4)
    assert found["multiple_now"] == pytest.approx(90 + found["multiple_later"])
    assert found["payback_months"] == pytest.approx(8)


def test_a_subscription_is_the_sum_of_its_months():
    v = {
        "monthly_price": 40,
        "margin": 0.5,
        "monthly_churn": 0.05,
        "discount_rate": 0.12,
        "acquisition_cost": 90,
    }
    found = lw.calculate("subscription", **v).results
    months = sum(20 * 0.95**t * 1.12 ** (-t / 12) for t in range(3000))
    assert found["discounted_subscription"] == pytest.approx(months, rel=1e-9)
    assert found["naive_subscription"] == pytest.approx(400)
    assert found["payback_survival"] == 5  # 20 + 19 + 18.05 + 17.15 = 74.2; the fifth month makes it 90.5


def test_a_driver_is_worth_four_hundred_thousand_by_the_textbook():
    assert lw.calculate("automotive").results["automotive_textbook"] == pytest.approx(400_000)


def test_without_discount_loss_or_margins_the_two_automotive_versions_are_one():
    found = lw.calculate(
        "automotive", repurchase=1, serviced=1, serviced_decline=0, discount_rate=0,
        vehicle_margin=1, parts_service_margin=1, interest_margin=1,
    ).results  # fmt: skip
    assert found["automotive_margin"] == pytest.approx(found["automotive_textbook"], rel=1e-12)


def test_what_never_pays_back_is_said_so():
    found = lw.calculate("subscription", monthly_price=1, monthly_churn=0.5, acquisition_cost=1000)
    assert math.isinf(found.results["payback_survival"])
    told = {row["name"]: row for row in found.told("en", "USD")}
    assert told["payback_survival"]["written"] == "never"
    assert told["payback_survival"]["value"] is None
    json.dumps(found.to_json("zh-Hans", "CNY"), allow_nan=False)


@pytest.mark.parametrize("name", templates())
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_is_worked_out_in_words_and_numbers(name, language):
    for row in lw.calculate(name).told(language, "CNY"):
        assert "{" not in row["formula"] + row["worked"]
        assert f"{{{row['name']}}}" not in catalog(language).text(f"calculator.formula.{row['name']}")
        if row["unit"] == "money":
            assert row["basis"] in ("profit", "revenue")
            assert any(sign in row["worked"] for sign in "¥￥")


def test_every_formula_belongs_to_a_template_and_every_input_to_a_formula():
    used = [result for template in templates().values() for result in template.results]
    assert sorted(used) == sorted(FORMULAS)
    for name, template in templates().items():
        plain = lw.calculate(name).results
        for question in template.questions:
            moved = question.default * 0.5 if question.default else question.high / 2
            changed = lw.calculate(name, **{question.name: moved}).results
            assert changed != plain, question.name


@pytest.mark.parametrize(
    ("template", "inputs", "code"),
    [
        ("shop", {}, "VALUE-310"),
        ("retail", {"price": 1}, "VALUE-311"),
        ("retail", {"margin": 1.5}, "VALUE-312"),
    ],
)
def test_what_makes_no_sense_is_refused(template, inputs, code):
    with pytest.raises(UsageError, match=code):
        lw.calculate(template, **inputs)


def test_averages_of_vehicles_are_told_as_what_they_are(tmp_path):
    rows = "customer,sale date,vehicle price,finance interest\na,2020-01-05,20000,500\nb,2021-02-06,30000,\n"
    (tmp_path / "vans.csv").write_text(rows, encoding="utf-8")
    asked = ("calculate", "automotive", "--vehicles", "vans.csv")
    told = run(*asked, "--json", folder=tmp_path).json["filled"]
    averages = {"vehicle_price": 25000.0, "interest_per_vehicle": 250.0}
    assert told == {"file": "vans.csv", "vehicles": 2, "owners": 2, "averages": averages}
    assert "the value statement of single owners does not hold them" in run(*asked, folder=tmp_path).out


def test_the_command_line_says_the_same(tmp_path):
    answer = run("calculate", "retail", "--set", "margin=0.4", "--json", folder=tmp_path)
    assert answer.code == 0
    told = {row["name"]: row["value"] for row in json.loads(answer.out)["results"]}
    assert told == pytest.approx(lw.calculate("retail", margin=0.4).results)
    assert run("calculate", "retail", "--set", "margin=much", folder=tmp_path).code == 2
    plain = run("calculate", "automotive", "--currency", "USD", folder=tmp_path)
    assert "8 × ($40,000 + $3,000) + 40 years × $1,400" in plain.out
