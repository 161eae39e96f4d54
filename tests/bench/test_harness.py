"""The bench measures what it says, on worlds small enough for a test and without the peers."""

import json
import re
import venv
from dataclasses import replace

import pytest
from bench.__main__ import main
from bench.bars import column_bars, fit_bars, posterior_bars, service_bars
from bench.environments import PEERS, ROOT, Interpreter, ours
from bench.fits import Fit, measure
from bench.many_columns import Columns
from bench.page import seconds, table, times
from bench.plan import SECTIONS, Plan, full, narrowed, quick, tiny, waits_for_full
from bench.posteriors import Draws, disagreement
from bench.running import alternate, work
from bench.service import Service

from bench import environments
from lifeworth.models import catalog


def test_a_tiny_bench_fits_forecasts_and_writes_its_page(tmp_path):
    page, figures = tmp_path / "page.md", tmp_path / "figures.json"
    assert main(["--tiny", "--only", "bg_nbd", "--page", str(page), "--json", str(figures)]) == 0
    found = {each["customers"]: each for each in json.loads(figures.read_text())["fits"]}
    cdnow = found[2_357]
    assert cdnow["trouble"] == ""
    assert cdnow["log_likelihood"] == pytest.approx(-9582.4292, abs=1e-4)
    assert cdnow["forecast_total"] == pytest.approx(1653.409, abs=1e-2)
    assert cdnow["fit_cpu"] > 0
    assert found[3_000]["rounds"] == 1
    text = page.read_text()
    assert "| CDNOW 2,357 | lifeworth |" in text
    assert "$" not in text


def test_a_peer_that_cannot_be_installed_stays_in_the_table_with_its_reason(tmp_path):
    missing = Interpreter("lifetimes", None, "could not be installed: no such wheel")
    plan = narrowed(tiny(), ("bg_nbd",))
    fits = measure(plan, [ours(), missing], tmp_path, lambda: 1)
    peers = [fit for fit in fits if fit.library == "lifetimes"]
    assert [fit.trouble for fit in peers] == ["could not be installed: no such wheel"] * 2


def test_an_environment_that_cannot_be_made_gives_a_reason_and_is_tried_again(tmp_path, monkeypatch, capsys):
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements/bench-lifetimes.txt").write_text("lifetimes==0.11.3\n")
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    create = venv.create
    monkeypatch.setattr(venv, "create", lambda folder, **_: create(folder, with_pip=False))
    found = environments.peer("lifetimes")
    assert found.python is None
    assert found.trouble.startswith("could not be installed: ")
    assert "pip" in found.trouble
    assert str(tmp_path) not in found.trouble
    assert not (tmp_path / ".venv-bench-lifetimes/lock.sha256").exists()
    assert "setting up lifetimes" in capsys.readouterr().err


def test_a_worker_that_fails_gives_its_reason_and_no_figures(tmp_path):
    job = {"task": "fit", "model": "bg_nbd", "path": str(tmp_path / "nowhere.parquet"), "horizon": 39}
    facts = work(ours(), "ours.py", job, 60)
    assert list(facts) == ["trouble"]
    assert facts["trouble"].startswith("failed: ")


def test_rounds_alternate_and_a_failure_is_not_repeated():
    order = []

    def contestant(name, facts):
        return lambda: order.append(name) or facts

    runs = {"a": contestant("a", {"cpu": 1.0}), "b": contestant("b", {"trouble": "failed: no"})}
    runs["c"] = contestant("c", {"cpu": 2.0})
    found = alternate(runs, rounds=3, budget_s=60)
    assert order == ["a", "b", "c", "a", "c", "a", "c"]
    assert len(found["a"]) == 3
    assert found["b"] == [{"trouble": "failed: no"}]


def _pair(ours_ll, theirs_ll, ratio):
    size = {"model": "bg_nbd", "customers": 1_000_000, "rounds": 1}
    return [
        Fit(**size, library="lifeworth", fit_cpu=1.0, log_likelihood=ours_ll),
        Fit(**size, library="lifetimes", fit_cpu=ratio, log_likelihood=theirs_ll),
    ]


@pytest.mark.parametrize(
    ("ours_ll", "theirs_ll", "ratio", "held"),
    [(-10.0, -10.0, 81.0, True), (-10.0, -10.0, 79.0, False), (-10.1, -10.0, 400.0, False)],
)
def test_speed_counts_only_at_a_likelihood_no_lower(ours_ll, theirs_ll, ratio, held):
    (bar,) = fit_bars(_pair(ours_ll, theirs_ll, ratio))
    assert bar.held is held


def _posterior(library, cpu, mean):
    marks = {"r": {"mean": [mean, 0.03], "sd": [1.0, 0.03]}}
    return Draws("bg_nbd", library, cpu=cpu, effective=1_000.0, marks=marks)


@pytest.mark.parametrize(("cpu", "mean", "held"), [(11.0, 1.1, True), (9.0, 1.1, False), (11.0, 1.2, False)])
def test_a_quick_posterior_counts_only_where_it_is_the_same(cpu, mean, held):
    ours, theirs = _posterior("lifeworth", 0.01, 1.0), _posterior("pymc-marketing", cpu, mean)
    assert disagreement(ours, theirs) == pytest.approx((mean - 1.0) / (0.03 * 2**0.5))
    (bar,) = posterior_bars([ours, theirs])
    assert bar.held is held


def test_covariates_are_promised_at_a_million_and_only_with_the_right_coefficients():
    few, many = (Columns("bg_nbd", size, "", 1, 10.0, 5.0, 900.0, 2.5) for size in (600, 1_000_000))
    assert [bar.held for bar in column_bars([few, many])] == [True]
    assert column_bars([replace(many, worst_z=9.0)])[0].held is False
    assert column_bars([replace(many, fit_cpu=100.0)])[0].held is False


def test_posteriors_and_covariates_are_measured(tmp_path):
    figures, page = tmp_path / "figures.json", tmp_path / "page.md"
    asked = ["--tiny", "--only", "bg_nbd", "posteriors", "columns", "--page", str(page)]
    assert main([*asked, "--json", str(figures)]) == 0
    found = json.loads(figures.read_text())
    (drawn,) = found["posteriors"]
    mean, error = drawn["marks"]["alpha"]["mean"]
    assert abs(mean - 4.510) < 5 * error + 0.01  # V2.6; the mean published to three digits
    assert drawn["effective"] > 3_000
    assert [each["customers"] for each in found["columns"]] == [600, 3_000]
    assert all(each["fit_cpu"] > 0 and each["worst_z"] < 5 for each in found["columns"])
    assert "| BG/NBD | lifeworth | 4,000 draws" in page.read_text()


@pytest.mark.slow
def test_every_model_of_the_catalogue_has_its_line(tmp_path):
    figures = tmp_path / "figures.json"
    asked = ["--tiny", "--only", "every", "--page", str(tmp_path / "page.md"), "--json", str(figures)]
    assert main(asked) == 0
    lines = {each["model"]: each for each in json.loads(figures.read_text())["every"]}
    assert set(lines) == {*catalog.EVERY_MODEL, *catalog.HAZARD_MODELS}
    assert {name: each["trouble"] for name, each in lines.items() if each["trouble"]} == {}
    assert all(each["fit_cpu"] > 0 < each["predict_cpu"] for each in lines.values())


def test_what_takes_too_long_says_how_to_run_it():
    assert "--full" in waits_for_full(Plan(), "lifetimes", "pareto_nbd", 1_000_000)
    assert waits_for_full(full(), "lifetimes", "pareto_nbd", 1_000_000) == ""
    assert waits_for_full(Plan(), "lifetimes", "pareto_nbd", 100_000) == ""


def test_only_complete_runs_replace_the_page():
    assert Plan().complete
    assert full().complete
    assert not quick().complete
    assert not narrowed(Plan(), ("rows",)).complete


def test_peers_are_set_up_only_for_sections_that_run_them():
    used = {section: narrowed(Plan(), (section,)).peers_used for section in SECTIONS}
    assert {section for section, peers in used.items() if peers} == {"fits", "posteriors", "rows"}
    assert narrowed(Plan(), ("fits", "lifetimes")).peers_used == ("lifetimes",)


def test_figures_show_three_digits_and_tables_are_markdown():
    assert [seconds(cpu) for cpu in (0.0712345, 1.0, 73.5, 261.4)] == ["0.0712", "1.00", "73.5", "261"]
    assert [times(ratio) for ratio in (138.4, 3.26, 0.5)] == ["138 ×", "3.3 ×", "0.50 ×"]
    assert table(("a", "b"), [("x", "1")]) == "| a | b |\n| --- | ---: |\n| x | 1 |"


@pytest.mark.parametrize("name", PEERS.values())
def test_the_locks_of_the_peers_are_hashed_and_without_addresses(name):
    lock = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in lock
    pinned = re.findall(r"^[a-z][^\n]*==", lock, re.MULTILINE)
    hashed = re.findall(r"^[a-z][^\n]*==[^\n]*\\\n\s+--hash=sha256:", lock, re.MULTILINE)
    assert pinned
    assert len(pinned) == len(hashed)


def test_a_tiny_company_is_served_without_an_error(tmp_path):
    figures = tmp_path / "figures.json"
    asked = ["--tiny", "--only", "service", "--page", str(tmp_path / "page.md"), "--json", str(figures)]
    assert main(asked) == 0
    found = json.loads(figures.read_text())["services"]
    assert [each["kind"] for each in found] == ["customer list", "one customer", "overview"]
    assert all(each["requests"] > 0 == each["errors"] for each in found)
    assert found[0]["customers"] >= tiny().served
    assert 0 < found[0]["cpu_ms"] < 200


@pytest.mark.parametrize(("p95", "errors", "held"), [(299.0, 0, True), (301.0, 0, False), (10.0, 1, False)])
def test_pages_are_quick_only_without_errors(p95, errors, held):
    one = Service("customer list", 1_000_000, 10, 100, errors, 5.0, p95, 9.0, 50.0, 900.0)
    bars = service_bars([one])
    assert [bar.held for bar in bars] == [held, True, True]
    assert service_bars([replace(one, customers=100_000)]) == []
