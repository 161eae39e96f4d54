"""The report on a small laptop: no reason hides beyond the edge of its table."""

import pytest

from lifeworth.reports import value_report
from reports import worlds
from reports.browser import chromium

HIDDEN = """Math.max(...[...document.querySelectorAll('table.roomy')].map(table => {
  const frame = table.closest('.scroll'); return frame.scrollWidth - frame.clientWidth }))"""


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_the_table_of_top_customers_fits(tmp_path, language):
    path = tmp_path / "report.html"
    path.write_text(value_report(worlds.normal(), language), encoding="utf-8")
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1100, "height": 800})
        page.goto(path.as_uri())
        assert page.evaluate(HIDDEN) <= 1
