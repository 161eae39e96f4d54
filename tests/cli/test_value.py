"""`lifeworth value`, from files to files: what design.md promises other programs."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cli.calls import run
from lifeworth.results.contract import CUSTOMER_COLUMNS
from lifeworth.results.summary import Summary
from workflows.shops import shop

FILES = {
    *("customers.parquet", "customers.csv", "summary.json", "import_report.json"),
    *("rejected_rows.csv", "report.html", "tables"),
}
PROMISED_COLUMNS = {
    *("customer_id", "frequency", "recency", "T", "monetary_value", "probability_alive"),
    *("expected_purchases", "historical_value", "current_value", "future_value", "lifetime_value"),
    *("current_value_low", "current_value_high", "rfm", "pattern", "tier", "reasons"),
}
PROMISED_OF_IMPORTS = {
    *("rows_read", "rows_used", "rows_rejected", "duplicates", "lines_without_customer"),
    *("gross", "refunds", "net", "period"),
}
PROMISED_OF_FILES = PROMISED_OF_IMPORTS | {"encoding", "delimiter", "preset", "mapping", "date_order"}
PROMISED_OF_SUMMARIES = {
    *("as_of", "currency", "basis", "horizon_months", "discount_rate", "customers", "orders"),
    *("net_sales", "refunds", "totals", "model", "backtest", "warnings"),
}


@pytest.fixture(scope="module")
def published(orders, tmp_path_factory):
    """The answer and the folder of one run in a process of its own."""
    folder = tmp_path_factory.mktemp("published")
    return run("value", orders, "--margin", "0.35", "--json", folder=folder), folder / "orders-value"


def summary_of(folder):
    return json.loads((folder / "summary.json").read_text(encoding="utf-8"))


def test_a_run_writes_its_files_and_its_tables_and_nothing_else(published):
    answer, folder = published
    assert answer.code == 0
    assert {path.name for path in folder.iterdir()} == FILES
    assert [path.name for path in folder.parent.iterdir()] == ["orders-value"]


def test_json_is_all_that_stdout_carries_and_stderr_says_nothing_in_a_pipe(published):
    answer, folder = published
    assert answer.json == {**summary_of(folder), "folder": str(folder)}
    assert answer.notes == ""


def test_customers_have_the_promised_columns_in_both_files(published):
    _, folder = published
    table = pq.read_table(folder / "customers.parquet")
    with (folder / "customers.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert set(table.column_names) >= PROMISED_COLUMNS
    assert table.column_names == list(rows[0]) == [column.name for column in CUSTOMER_COLUMNS]
    assert len(rows) == table.num_rows == summary_of(folder)["customers"]
    assert [Decimal(row["lifetime_value"]) for row in rows] == table["lifetime_value"].to_pylist()


def test_csv_files_start_with_the_mark_that_spreadsheets_need(published):
    _, folder = published
    for name in ("customers.csv", "rejected_rows.csv"):
        assert (folder / name).read_bytes().startswith(b"\xef\xbb\xbf"), name


def test_the_import_report_has_the_promised_figures_in_total_and_per_file(published):
    _, folder = published
    report = json.loads((folder / "import_report.json").read_text(encoding="utf-8"))
    (file,) = report["files"]
    assert set(report) >= PROMISED_OF_IMPORTS | {"warnings"}
    assert set(file) >= PROMISED_OF_FILES
    assert report["rows_read"] == report["rows_used"] + sum(report["rows_rejected"].values())
    assert report["rows_rejected"] == {"bad_date": 1}
    assert all(set(found) == {"column", "why"} for found in file["mapping"].values())


def test_the_summary_has_the_promised_keys(published):
    _, folder = published
    summary = summary_of(folder)
    assert set(summary) == set(Summary.__annotations__) >= PROMISED_OF_SUMMARIES
    assert set(summary["totals"]) == {
        *("historical_value", "current_value", "future_value", "lifetime_value", "potential_value"),
        *("current_value_undiscounted", "cross_sell_value", "up_sell_value", "add_on_value"),
        *("referral_value", "base_value", "growth_value"),
    }
    assert set(summary["model"]) >= {"name", "params", "log_likelihood"}
    assert set(summary["backtest"]) >= {"cutoff", "grade", "metrics", "baseline_metrics"}
    assert summary["basis"] == "profit"
    assert all(isinstance(warning, str) for warning in summary["warnings"])


def test_rejected_rows_keep_their_cells_and_say_why(published):
    _, folder = published
    with (folder / "rejected_rows.csv").open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["reason"], row["date"]) == ("bad_date", "soon")


def test_a_second_run_takes_the_place_of_the_first(call, orders, tmp_path):
    first = call("value", orders, "--out", "result", "--model", "formula", "--json").json
    assert (tmp_path / "result" / "rejected_rows.csv").exists()
    shop(customers=120, days=300).to_csv(tmp_path / "fewer.csv", index=False)
    second = call("value", "fewer.csv", "--out", "result", "--model", "formula", "--json").json
    assert second["customers"] == summary_of(tmp_path / "result")["customers"] < first["customers"]
    assert {path.name for path in (tmp_path / "result").iterdir()} == FILES - {"rejected_rows.csv"}


def test_a_folder_of_other_things_is_refused_before_anything_is_read(call, tmp_path):
    (tmp_path / "thesis.docx").write_text("three years of work")
    answer = call("value", "not-even-there.csv", "--out", tmp_path)
    assert (answer.code, answer.out) == (3, "")
    assert answer.notes.startswith("RESULT-001")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_the_summary_at_the_terminal_names_every_file_and_the_figures(call, orders, tmp_path):
    answer = call("value", orders, "--out", "result", "--model", "MBGNBD", "--currency", "EUR")
    for path in (tmp_path / "result").iterdir():
        assert str(path) in answer.out
    for expected in ("Net sales", "€", "MBGNBD", "Gold", "Burden", "Top 10 by lifetime value"):
        assert expected in answer.out, expected


def test_too_few_customers_get_a_summary_without_forecasts(call, orders, tmp_path):
    shop(customers=20, days=300).to_csv(tmp_path / "few.csv", index=False)
    answer = call("value", "few.csv")
    assert answer.code == 0
    assert "no predictions for single customers" in answer.out
    assert "by historical value" in answer.out
    summary = summary_of(tmp_path / "few-value")
    assert (summary["individual"], summary["totals"]["current_value"]) == (False, None)


def test_every_setting_of_a_valuation_reaches_the_result(call, orders, tmp_path):
    plain = call("value", orders, "--model", "MBGNBD", "--json").json
    costs = tmp_path / "costs.csv"
    costs.write_text("kind,amount,customer_id\nservice,5,C00001\n")
    changed = call(
        *("value", orders, "--model", "ParetoNBD", "--horizon-months", "6", "--discount-rate", "0"),
        *(
            "--offer-effect",
            "0.1",
            "--offer-effect-cv",
            "0.2",
            "--wallet-quantile",
            "0.9",
            "--base-share",
            "0.3",
        ),
        *("--costs", costs, "--until", "2024-12-01", "--currency", "CNY", "--engine", "duckdb"),
        *("--lang", "zh-Hant", "--json"),
    ).json
    assert (plain["model"]["name"], changed["model"]["name"]) == ("MBGNBD", "ParetoNBD")
    assert (plain["basis"], changed["basis"]) == ("revenue", "profit")
    assert changed["costs"] == {"service": 5.0}
    assumed = {"offer_effect": 0.1, "offer_effect_cv": 0.2, "wallet_quantile": 0.9, "base_share": 0.3}
    assert changed["potential"]["assumptions"] == assumed
    assert set(changed["potential"]["yours"]) == set(assumed)
    assert "您的設定" in (Path(changed["folder"]) / "report.html").read_text(encoding="utf-8")
    assert (changed["horizon_months"], changed["discount_rate"]) == (6, 0)
    assert (changed["as_of"], changed["currency"], changed["language"]) == ("2024-12-01", "CNY", "zh-Hant")
    assert changed["net_sales"] < plain["net_sales"]
    assert changed["totals"]["current_value"] < plain["totals"]["current_value"]


def test_columns_and_date_orders_can_be_named_by_hand(call, tmp_path):
    table = shop(customers=120, days=300).rename(columns={"amount": "总金额", "date": "when"})
    table["when"] = table["when"].dt.strftime("%d/%m/%Y")
    table["other"] = table["总金额"] * 2
    table.to_csv(tmp_path / "o.csv", index=False)
    answer = call(
        *("value", "o.csv", "--map", "amount=总金额", "--map", "placed_at=when", "--dates", "dmy"),
        *("--model", "formula", "--json"),
    )
    report = json.loads((tmp_path / "o-value" / "import_report.json").read_text(encoding="utf-8"))
    (file,) = report["files"]
    assert file["date_order"] == "dmy"
    assert file["mapping"]["amount"] == {"column": "总金额", "why": "asked"}
    assert answer.json["net_sales"] == pytest.approx(table["总金额"].sum())
    assert answer.json["period"]["first"] >= "2024-01-01"


def test_several_files_are_one_history(call, tmp_path):
    table = shop(customers=120, days=300)
    table[:200].to_csv(tmp_path / "first.csv", index=False)
    table[200:].to_csv(tmp_path / "second.csv", index=False, sep=";")
    answer = call("value", "first.csv", "second.csv", "--model", "formula", "--json")
    assert answer.json["source"] == ["first.csv", "second.csv"]
    assert answer.json["net_sales"] == pytest.approx(table["amount"].sum())
