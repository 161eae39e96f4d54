"""The bench measures what it says, on worlds small enough for a test and without the peers."""

import json
import re
import venv
from dataclasses import replace

import pytest
from bench.__main__ import main
from bench.bars import fit_bars, service_bars
from bench.environments import PEERS, ROOT, Interpreter, ours
from bench.fits import Fit, measure
from bench.page import seconds, table, times
from bench.plan import Plan, full, narrowed, quick, tiny, waits_for_full
from bench.running import alternate, work
from bench.service import Service

from bench import environments


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
    [(-10.0, -10.0, 41.0, True), (-10.0, -10.0, 39.0, False), (-10.1, -10.0, 400.0, False)],
)
def test_speed_counts_only_at_a_likelihood_no_lower(ours_ll, theirs_ll, ratio, held):
    (bar,) = fit_bars(_pair(ours_ll, theirs_ll, ratio))
    assert bar.held is held


def test_what_takes_too_long_says_how_to_run_it():
    assert "--full" in waits_for_full(Plan(), "lifetimes", "pareto_nbd", 1_000_000)
    assert waits_for_full(full(), "lifetimes", "pareto_nbd", 1_000_000) == ""
    assert waits_for_full(Plan(), "lifetimes", "pareto_nbd", 100_000) == ""


def test_only_complete_runs_replace_the_page():
    assert Plan().complete
    assert full().complete
    assert not quick().complete
    assert not narrowed(Plan(), ("rows",)).complete


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
