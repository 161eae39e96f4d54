"""The page of an import: every decision about a file is a field, opened where the file asks for it."""

import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest

from lifeworth.text.catalog import LANGUAGES, catalog
from lifeworth.web.decisions import asked_for, decided, label_of, rates_text
from lifeworth.workflows import ingest
from lifeworth.workflows.recognition import columns_of, known_kinds
from lifeworth.workflows.uploads import save_upload
from lifeworth.workflows.worker import Worker
from web.worlds import app_of, program, sign_in, token_on, valued
from workflows.shops import shop

OPTION = re.compile(r"(?<![\w-])--[a-z]|recorded_share")


def ambiguous(order="%d/%m/%Y", seed=3):
    """Orders whose days are all below 13 and stand in no order of time: both readings fit as well."""
    table = shop(customers=150, seed=seed)
    table["date"] = table["date"].map(lambda day: day.replace(day=1 + day.day % 12))
    table = table.sample(frac=1, random_state=5)
    table["date"] = table["date"].dt.strftime(order)
    return table.to_csv(index=False).encode()


def brought(workspace, content, name="orders.csv", kind="orders"):
    row, _ = ingest.add_import(workspace, save_upload(workspace, name, [content]), kind)
    Worker(workspace).run_all()
    return row["id"]


class Fields(HTMLParser):
    """What stands in the fields of a page, and which of its folds are open."""

    def __init__(self, text):
        super().__init__()
        self.chosen, self.focused, self.folds, self._select = {}, None, [], ""
        self.feed(text)

    def handle_starttag(self, tag, found):
        told = dict(found)
        if tag in ("select", "input") and told.get("type") != "hidden" and "name" in told:
            self._select = told["name"]
            self.chosen[self._select] = told.get("value") or ""
            if "autofocus" in told:
                self.focused = told["name"]
        if tag == "option" and "selected" in told and self._select:
            self.chosen[self._select] = told.get("value", "?")
        if tag == "details":
            self.folds.append("open" in told)


def test_dates_that_fit_both_orders_open_the_field_that_decides_them(fresh):
    visitor, _ = sign_in(app_of(fresh), "analyst")
    mine = brought(fresh, ambiguous())
    page = visitor.get(f"/import/{mine}")
    assert "DATA-210" in page.text
    assert not OPTION.search(page.text)
    fields = Fields(page.text)
    assert fields.focused == "dates"
    assert fields.folds[:3] == [True, True, False]
    form = {"csrf": token_on(page), "dates": "dmy", "encoding": "", "currency": "eur", "zone": ""}
    assert visitor.post(f"/import/{mine}/decide", data=form, follow_redirects=False).status_code == 303
    Worker(fresh).run_all()
    page = visitor.get(f"/import/{mine}")
    assert "DATA-210" not in page.text
    told = ingest.import_of(fresh, mine)
    assert told["options"] == {"dates": "dmy", "currency": "EUR"}
    assert told["report"]["currency"] == "EUR"
    fields = Fields(page.text)
    assert (fields.chosen["dates"], fields.chosen["currency"], fields.focused) == ("dmy", "EUR", None)
    assert fields.folds[0] is False
    visitor.post(f"/import/{mine}/take", data={"csrf": token_on(page)})
    Worker(fresh).run_all()
    assert fresh.current_run().summary["currency"] == "EUR"
    assert fresh.current_run().summary["customers"] == 150


def test_what_was_decided_for_files_of_a_form_can_be_taken_back(fresh):
    ingest.confirm_import(fresh, brought(fresh, ambiguous()), {"dates": "dmy"})
    Worker(fresh).run_all()
    visitor, _ = sign_in(app_of(fresh), "analyst")
    mine = brought(fresh, ambiguous(seed=4), "again.csv")
    assert ingest.import_of(fresh, mine)["options"] == {"dates": "dmy"}
    visitor.post(f"/import/{mine}/decide", data={"csrf": token_on(visitor.get(f"/import/{mine}"))})
    Worker(fresh).run_all()
    told = ingest.import_of(fresh, mine)
    assert told["options"] == {}
    assert told["report"]["problem"]["code"] == "DATA-210"


def test_each_file_keeps_its_own_order_of_day_and_month(fresh):
    first = brought(fresh, ambiguous("%d/%m/%Y"), "a.csv")
    second = brought(
        fresh, ambiguous("%m/%d/%Y", seed=4).replace(b",C", b",D").replace(b"O0", b"P0"), "b.csv"
    )
    for one, order in ((first, "dmy"), (second, "mdy")):
        ingest.confirm_import(fresh, one, {"dates": order})
        Worker(fresh).run_all()
    alone = [ingest.import_of(fresh, one)["report"]["import_report"]["period"] for one in (first, second)]
    valued(fresh)
    files = fresh.current_run().folder / "import_report.json"
    told = {one["name"]: one for one in json.loads(files.read_text())["files"]}
    assert [told["a.csv"]["period"], told["b.csv"]["period"]] == alone
    assert [told["a.csv"]["date_order"], told["b.csv"]["date_order"]] == ["dmy", "mdy"]


def in_three_currencies(seed=3):
    table = shop(customers=60, days=250, seed=seed)
    table["currency"] = [("USD", "EUR", "GBP")[place % 3] for place in range(len(table))]
    worth = {"USD": 1.0, "EUR": 1.25, "GBP": 1.5}
    paid = table["amount"].astype(float).to_numpy()
    return table.to_csv(index=False).encode(), table["currency"].map(worth).to_numpy() @ paid


def test_a_file_in_several_currencies_is_valued_at_the_rates_a_person_gives(fresh):
    content, in_dollars = in_three_currencies()
    visitor, _ = sign_in(app_of(fresh), "administrator")
    mine = brought(fresh, content)
    page = visitor.get(f"/import/{mine}")
    assert "DATA-220" in page.text
    assert not OPTION.search(page.text)
    assert Fields(page.text).focused == "currency"
    form = {"csrf": token_on(page), "currency": "usd", "rates": "eur=1.25"}
    visitor.post(f"/import/{mine}/decide", data=form)
    Worker(fresh).run_all()
    page = visitor.get(f"/import/{mine}")
    assert "DATA-221" in page.text
    assert "GBP" in page.text
    fields = Fields(page.text)
    assert (fields.focused, fields.chosen["rates"]) == ("rates", "EUR 1.25")
    visitor.post(f"/import/{mine}/decide", data=form | {"rates": "EUR 1.25；GBP：1.5"})
    Worker(fresh).run_all()
    page = visitor.get(f"/import/{mine}")
    assert Fields(page.text).chosen["rates"] == "EUR 1.25, GBP 1.5"
    visitor.post(f"/import/{mine}/take", data={"csrf": token_on(page)})
    Worker(fresh).run_all()
    summary = fresh.current_run().summary
    assert (summary["currency"], summary["net_sales"]) == ("USD", pytest.approx(in_dollars, abs=1))
    assert ingest.template_for(fresh, ingest.import_of(fresh, mine)["header_hash"], "orders") == {
        "currency": "USD"
    }
    fresh.change_settings({"currency": "EUR"})
    valued(fresh)  # the currency of the workspace goes before that of the file
    assert fresh.current_run().summary["net_sales"] == pytest.approx(in_dollars / 1.25, abs=1)


def test_rates_are_written_as_they_are_read():
    rates = {"IDR": 6.2e-05, "EUR": 1.25, "KWD": 3.0, "XAU": 123456789.5, "VND": 1e-09}
    text = rates_text(rates)
    assert text == "IDR 0.000062, EUR 1.25, KWD 3, XAU 123456789.5, VND 0.000000001"
    form = {"currency": "usd", "rates": text}
    assert decided(form, "orders")["rates"] == rates


def test_rates_that_do_not_lead_to_the_currency_of_the_run_are_told_and_not_dropped(fresh):
    content, _ = in_three_currencies()
    client = program(app_of(fresh), fresh, "analyst")
    mine = brought(fresh, content)
    rates = {"currency": "USD", "rates": {"EUR": 1.25, "GBP": 1.5}}
    assert client.post(f"/api/v1/imports/{mine}/confirm", json=rates).status_code == 202
    Worker(fresh).run_all()
    before = valued(fresh)
    fresh.change_settings({"currency": "CNY"})
    assert valued(fresh) == before
    failed = next(job for job in client.get("/api/v1/jobs").json()["data"] if job["kind"] == "value")
    assert (failed["status"], failed["error"]["code"]) == ("failed", "DATA-221")
    assert failed["error"]["facts"] == {"currencies": ["CNY"], "base": "USD"}
    fresh.change_settings({"currency": ""})
    other = brought(fresh, in_three_currencies(seed=9)[0], name="other.csv")
    in_euros = {"currency": "EUR", "rates": {"USD": 0.8, "GBP": 1.2}}
    assert client.post(f"/api/v1/imports/{other}/confirm", json=in_euros).status_code == 202
    Worker(fresh).run_all()
    assert valued(fresh) != before
    assert fresh.current_run().summary["currency"] == "EUR"


def test_rates_by_the_api_lead_to_a_currency(fresh):
    content, in_dollars = in_three_currencies()
    client = program(app_of(fresh), fresh, "analyst")
    mine = brought(fresh, content)
    for wrong in (
        {"rates": {"EUR": 1.25}},
        {"currency": "USD", "rates": {"EUR": 0}},
        {"currency": "USD", "rates": {"euro": 1}},
        {"currency": "USD", "rates": {"EUR": "NaN"}},
    ):
        assert client.post(f"/api/v1/imports/{mine}/check", json=wrong).status_code == 422
    rates = {"currency": "USD", "rates": {"EUR": 1.25, "GBP": 1.5}}
    assert client.post(f"/api/v1/imports/{mine}/confirm", json=rates).status_code == 202
    Worker(fresh).run_all()
    assert client.get(f"/api/v1/imports/{mine}").json()["options"] == rates
    valued(fresh)
    assert fresh.current_run().summary["net_sales"] == pytest.approx(in_dollars, abs=1)


def test_what_a_form_cannot_decide_is_refused_with_the_field(fresh):
    visitor, _ = sign_in(app_of(fresh), "analyst")
    mine = brought(fresh, ambiguous())
    page = visitor.get(f"/import/{mine}")
    for name, value in (
        ("dates", "backwards"),
        ("currency", "euros"),
        ("duplicates", "twice"),
        ("rates", "EUR 1,25"),
        ("rates", "EUR 1.25, GBP 1.5, eur 1.3"),
    ):
        form = {"csrf": token_on(page), name: value}
        answer = visitor.post(f"/import/{mine}/decide", data=form)
        assert answer.status_code == 422
        assert "APP-007" in answer.text
        assert name in answer.text
    assert ingest.import_of(fresh, mine)["options"] == {}


def test_columns_show_what_was_found_why_and_a_few_cells(fresh):
    head = "客户编号,下单日期,总金额,实付金额,门店\n"
    rows = "".join(
        f"K{n % 40},2024-{1 + n % 9:02d}-{1 + n % 20:02d},{100 + n},{90 + n},东\n" for n in range(90)
    )
    visitor, _ = sign_in(app_of(fresh), "analyst")
    mine = brought(fresh, (head + rows).encode("gb18030"))
    page = visitor.get(f"/import/{mine}?lang=en").text
    assert "DATA-102" in page
    assert "GB18030" in page
    fields = Fields(page)
    assert fields.focused == "column.amount"
    assert "总金额: 100 · 101 · 102" in page
    assert "实付金额: 90 · 91 · 92" in page
    assert "column.discount" in fields.chosen
    form = {"csrf": token_on(visitor.get("/import")), "column.amount": "实付金额", "column.region": "门店"}
    visitor.post(f"/import/{mine}/decide", data=form)
    Worker(fresh).run_all()
    page = visitor.get(f"/import/{mine}?lang=en").text
    assert "实付金额, by as you asked" in page
    assert "for example K0 · K1 · K2" in page
    assert Fields(page).chosen["column.region"] == "门店"


def test_whoever_sees_no_names_sees_no_cells(fresh):
    mine = brought(fresh, ambiguous())
    page = sign_in(app_of(fresh), "marketer")[0].get(f"/import/{mine}").text
    assert "C00001" not in page
    assert "decide" not in page


def test_a_file_beside_the_orders_can_be_corrected_too(fresh):
    visitor, _ = sign_in(app_of(fresh), "analyst")
    mine = brought(fresh, b"person,brought by,on\nA,B,2024-05-01\nC,A,2024-06-01\n", "r.csv", "referrals")
    page = visitor.get(f"/import/{mine}?lang=en")
    assert "r.csv has no column for Customer, which the table of Referrals needs" in page.text
    assert Fields(page.text).focused == "column.customer_id"
    assert not OPTION.search(page.text)
    form = {"csrf": token_on(page), "column.customer_id": "person", "column.referrer_id": "brought by"}
    visitor.post(f"/import/{mine}/decide", data=form)
    Worker(fresh).run_all()
    assert ingest.import_of(fresh, mine)["report"]["import_report"]["rows_used"] == 2
    costs = b"customer,amount,date\nA,5,03/04/2024\nB,6,05/02/2024\nA,7,01/03/2024\n"
    costs = brought(fresh, costs, "costs.csv", "costs")
    page = visitor.get(f"/import/{costs}")
    assert "DATA-210" in page.text
    assert Fields(page.text).focused == "dates"
    assert "currency" not in Fields(page.text).chosen
    visitor.post(f"/import/{costs}/decide", data={"csrf": token_on(page), "dates": "dmy"})
    Worker(fresh).run_all()
    assert ingest.import_of(fresh, costs)["report"]["problem"] is None


def test_rows_that_are_not_used_come_as_a_file_with_reasons(fresh):
    content = ambiguous("%Y-%m-%d") + b"O9,C1,,5\nO10,=cmd,nonsense,7\n"
    mine = brought(fresh, content)
    app = app_of(fresh)
    visitor, _ = sign_in(app, "analyst")
    assert f"/import/{mine}/rejected.csv" in visitor.get(f"/import/{mine}").text
    for answer in (
        visitor.get(f"/import/{mine}/rejected.csv"),
        program(app, fresh, "analyst").get(f"/api/v1/imports/{mine}/rejected.csv"),
    ):
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert [row["reason"] for row in rows] == ["no date", "date not understood"]
        assert [row["customer_id"] for row in rows] == ["C1", "'=cmd"]
    assert sign_in(app, "marketer")[0].get(f"/import/{mine}/rejected.csv").status_code == 403
    with fresh.database.read() as connection:
        told = connection.exec_driver_sql("SELECT action FROM audit_events").scalars().all()
    assert told.count("import.rejected_sent") == 2


def test_every_meaning_of_a_column_has_a_word():
    for kind in known_kinds():
        names = columns_of(kind)
        assert any(names.values()), kind
        for language in LANGUAGES:
            nameless = [name for name in names if not catalog(language).has(f"report.field.{name}")]
            assert nameless == [], (kind, language)
        words = [label_of(name, catalog("en")) for name in names]
        assert len(set(words)) == len(words), kind


def test_a_refusal_says_which_field_it_is_about():
    def of(code, **facts):
        report = {"problem": {"code": code, "facts": facts}}
        return asked_for({"report": report, "kind": "orders", "options": {"columns": {"tax": "X"}}})

    assert of("DATA-101", field="customer_id") == ("customer_id",)
    assert of("DATA-301", column="nps / csat") == ("nps", "csat")
    assert of("DATA-302", column="X") == ("tax",)
    assert of("DATA-004") == ()


def test_whoever_looks_again_after_everything_is_done_is_led_to_the_value(fresh):
    visitor, _ = sign_in(app_of(fresh), "analyst")
    mine = brought(fresh, ambiguous("%Y-%m-%d"))
    form = {"csrf": token_on(visitor.get("/import"))}
    taken = visitor.post(f"/import/{mine}/take", data=form, follow_redirects=False).headers["location"]
    Worker(fresh).run_all()  # the import and the valuation it starts
    assert visitor.get(taken).url.path == "/"
