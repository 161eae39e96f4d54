"""The report on a small laptop: no reason hides beyond the edge of its table."""

import pytest

from lifeworth.reports import value_report
from reports import worlds
from reports.browser import PATIENCE_MS, chromium

# by how much words end beyond the frame of their table
HIDDEN_PX = """Math.max(...[...document.querySelectorAll('table.roomy td, table.roomy th')].map(cell => {
  const words = document.createRange(); words.selectNodeContents(cell)
  return words.getBoundingClientRect().right - cell.closest('.scroll').getBoundingClientRect().right }))"""
LETTER_PX = 8  # fonts differ between machines: less than a letter hides nothing


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_the_table_of_top_customers_fits(tmp_path, language):
    path = tmp_path / "report.html"
    path.write_text(value_report(worlds.normal(), language), encoding="utf-8")
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1100, "height": 800})
        page.set_default_timeout(PATIENCE_MS)
        page.goto(path.as_uri())
        assert page.evaluate(HIDDEN_PX) < LETTER_PX
