"""The rows of the list of customers: whatever stands in a cell is text, never a part of the page."""

import datetime

from lifeworth.text.catalog import catalog
from lifeworth.text.format import formats
from lifeworth.web.customer_rows import rows_html
from lifeworth.web.pages.customers import COLUMNS, READ

HEADED = [(name, f'"{name}"') for name in COLUMNS]
KNOWN = {
    "ref": "00000000000000ab", "customer_id": '<b title="x">', "customer_name": None,
    "customer_grade": "A", "pattern": "gold", "last_purchase": datetime.date(2024, 12, 1),
    "orders": 1234, "historical_value": 500.0,
    "current_value": 50.0, "probability_alive": 0.001, "current_value_low": 25.0, "current_value_high": 100.0,
}  # fmt: skip


def drawn(*rows, at=str):
    return str(rows_html(rows, HEADED, catalog("en"), formats("en", "USD"), at))


def test_what_a_file_brought_is_escaped_and_so_are_our_own_signs():
    told = drawn(KNOWN)
    assert '<a href="/customers/00000000000000ab">&lt;b title=&#34;x&#34;&gt;</a>' in told
    assert '<td class="number" data-label="&#34;probability_alive&#34;">&lt;\N{NO-BREAK SPACE}1' in told
    assert "<b title" not in told


def test_a_customer_is_called_by_name_and_the_id_stands_below():
    told = drawn({**KNOWN, "customer_id": "tb_1", "customer_name": "张<i>"})
    assert '">张&lt;i&gt;</a><br><span class="range">tb_1</span>' in told
    assert "range" not in drawn({**KNOWN, "current_value": None, "customer_name": KNOWN["customer_id"]})


def test_a_value_stands_over_its_interval_as_a_share_of_the_largest_of_the_page():
    told = drawn(KNOWN, {**KNOWN, "current_value_high": 200.0})
    assert '<span style="left:12.5%;width:37.5%"></span><b style="left:25.0%"></b>' in told
    assert '<span class="range">$25–100</span>' in told


def test_what_is_not_known_is_a_dash_and_no_pattern_is_nothing():
    told = drawn({"ref": "0" * 16, **dict.fromkeys(READ)})
    assert told.count("–</td>") == 5
    assert "<span>–</span></td>" in told
    assert '<td data-label="&#34;pattern&#34;"></td>' in told
    assert drawn() == ""
