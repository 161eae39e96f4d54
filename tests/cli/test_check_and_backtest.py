"""`lifeworth check` and `lifeworth backtest`: answers without files."""

from lifeworth.results.summary import Backtest
from workflows.shops import shop


def test_check_reconciles_every_row_and_changes_nothing(call, orders, tmp_path):
    answer = call("check", orders)
    read = len(orders.read_text().splitlines()) - 1
    assert answer.code == 0
    assert f"{read} read = {read - 1} used + 1 rejected" in answer.out.replace(",", "")
    assert "date not understood: 1" in answer.out
    assert "These data carry a value for every customer." in answer.out
    assert list(tmp_path.iterdir()) == []


def test_check_in_json_has_the_import_report_the_findings_and_the_verdict(call, orders):
    result = call("check", orders, "--json").json
    assert set(result) == {"currency", "import_report", "findings", "individual"}
    assert result["individual"] is True
    assert all(finding["says"] for finding in result["findings"])


def test_check_sums_a_file_without_customers_and_says_what_it_lacks(call, tmp_path):
    (tmp_path / "o.csv").write_text("order_id,date,amount\n1,2024-01-13,5.50\n2,2024-01-14,4.50\n")
    answer = call("check", "o.csv")
    assert answer.code == 0
    assert "10.00" in answer.out
    assert "not for single customers" in answer.out
    assert call("value", "o.csv").code == 3


def test_check_adds_up_several_files(call, tmp_path):
    table = shop(customers=120, days=300)
    table[:200].to_csv(tmp_path / "first.csv", index=False)
    table[200:].to_csv(tmp_path / "second.csv", index=False)
    answer = call("check", "first.csv", "second.csv")
    assert f"{len(table)} read = {len(table)} used + 0 rejected" in answer.out.replace(",", "")


def test_backtest_shows_every_candidate_and_the_grade(call, orders):
    answer = call("backtest", orders, "--cutoff", "2024-10-01")
    assert answer.code == 0
    for name in ("2024-10-01", "formula", "BGNBD", "MBGNBD", "ParetoNBD"):
        assert name in answer.out, name


def test_backtest_in_json_has_the_shape_of_the_contract(call, orders):
    result = call("backtest", orders, "--cutoff", "2024-10-01", "--json").json
    assert set(result["backtest"]) == set(Backtest.__annotations__)
    assert result["backtest"]["cutoff"] == "2024-10-01"


def test_backtest_says_why_where_nothing_can_be_held_out(call, tmp_path):
    shop(customers=20, days=60).to_csv(tmp_path / "few.csv", index=False)
    answer = call("backtest", "few.csv")
    assert answer.code == 0
    assert "not graded" in answer.out
