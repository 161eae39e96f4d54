"""The rows of a table as HTML: text is escaped, and who stands behind a row can be opened on pages only."""

from lifeworth.reports.blocks import Field, Table
from lifeworth.reports.formats.cells import table_cells
from lifeworth.reports.formats.table_html import rows_html
from lifeworth.text.format import formats


def drawn(customers="", **facts):
    fields = (Field("Who"), Field('"How" many', "count"), Field("Kind", "pattern"))
    rows = [("<i>", 1234, ("gold", "Gold")), ("&", None, None)]
    table = Table("", fields, rows, opens=("channel=a&q=1", ""), **facts)
    return str(rows_html(table, table_cells(table, formats("en", "USD")), customers))


def test_cells_are_text_and_keep_what_a_spreadsheet_wants():
    told = drawn()
    assert '<th scope="row" data-raw="&lt;i&gt;"><bdi>&lt;i&gt;</bdi></th>' in told
    assert '<td class="number" data-raw="1234"><bdi>1,234</bdi></td>' in told
    assert '<td class="number" data-raw=""><bdi>–</bdi></td>' in told
    assert 'style="--part:var(--gold)"' in told
    assert "<i>" not in told


def test_a_row_leads_to_its_customers_where_there_are_any():
    told = drawn("/customers?run=1&")
    assert told.count("<a ") == 1
    assert '<bdi><a href="/customers?run=1&amp;channel=a&amp;q=1">&lt;i&gt;</a></bdi>' in told
    assert "<a " not in drawn()


def test_cells_of_a_roomy_table_say_what_they_are():
    assert '<td role="cell" data-label="&#34;How&#34; many" class="number" data-raw="1234">' in drawn(
        roomy=True
    )
