"""Columns find their fields, say why, and ask a person where two fit."""

import random
from pathlib import Path

import pytest

from lifeworth.base.errors import DataError, UsageError
from lifeworth.data.sources import alias_words
from lifeworth.data.sources.aliases import MEANING, OTHER
from lifeworth.data.sources.fields import FIELDS
from lifeworth.data.sources.files import read_raw
from lifeworth.data.sources.headers import FOLD, plain, unique_names
from lifeworth.data.sources.needs import require


def table_of(tmp_path: Path, header: str, rows, name: str = "orders.csv", **options):
    path = tmp_path / name
    lines = [header, *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (table,) = read_raw(path, **options)
    return table


def sales(count: int = 200, seed: int = 3):
    """(order, customer, day, product, quantity, unit price) of a small shop."""
    rng = random.Random(seed)
    prices = {f"P{i}": round(rng.uniform(2, 80), 2) for i in range(12)}
    for i in range(count):
        product = rng.choice(sorted(prices))
        yield (
            f"A{i // 2}",
            f"C{rng.randint(1, 40)}",
            f"2024-{1 + i % 12:02}-15",
            product,
            rng.choice([1, 1, 1, 2, 3, 6]),
            prices[product],
        )


def code_of(tmp_path, header, rows, **options) -> DataError:
    with pytest.raises(DataError) as refusal:
        require([table_of(tmp_path, header, rows, **options)])
    return refusal.value


# --- words ---


def test_a_word_means_one_field_only():
    seen: dict[str, str] = {}
    for table in (alias_words.STRONG, alias_words.SCOPED, alias_words.WEAK):
        for field, words in table.items():
            for word in (plain(word) for word in words.split(",")):
                assert seen.setdefault(word, field) == field, word
    assert not OTHER & set(MEANING)
    assert set(alias_words.STRONG) | set(alias_words.WEAK) <= set(FIELDS)


def test_headers_compare_alike_whatever_their_dress():
    assert plain("訂單付款時間 ") == plain("订单_付款时间") == plain("\ufeff订单付款时间")
    assert plain("用户实付金额（元）") == plain("用户实付金额(元)") == "用户实付金额"
    assert plain("CustomerID") == plain("Customer ID") == plain("customer_id") == plain("Ｃustomer-ID")
    assert len(set(FOLD)) == len(FOLD)
    assert unique_names(["a", " a ", None], 4) == ["a", "a_2", "column_3", "column_4"]


@pytest.mark.parametrize(
    "header",
    [
        "InvoiceNo,CustomerID,InvoiceDate,StockCode,Quantity,UnitPrice",
        "Invoice,Customer ID,InvoiceDate,StockCode,Quantity,Price",
        "订单编号,客户编号,下单时间,商品编码,数量,单价",
        "訂單編號,會員編號,交易日期,商品編號,數量,單價",
        "订单号,会员ID,订单日期,货号,购买数量,商品单价",
        "Order Number,client_id,Purchase Date,sku,Qty,unit price",
    ],
)
def test_lines_with_quantity_and_price_map_by_header(header, tmp_path):
    table = table_of(tmp_path, header, sales())
    names = header.split(",")
    assert [table.mapping[f] for f in ("order_id", "customer_id", "placed_at", "quantity", "unit_price")] == [
        names[0], names[1], names[2], names[4], names[5]
    ]  # fmt: skip
    assert "amount" not in table.mapping
    require([table])


@pytest.mark.parametrize(
    ("header", "amount"),
    [
        ("客户编号,交易日期,销售额", "销售额"),
        ("客戶編號,訂單日期,實付金額", "實付金額"),
        ("买家会员名,拍下时间,订单实付金额(含运费)", "订单实付金额(含运费)"),
        ("customer,date,amount", "amount"),
        ("cust_id,trans_date,total", "total"),
        ("household_id,day,sales_value", "sales_value"),
    ],
)
def test_three_columns_are_enough(header, amount, tmp_path):
    rows = [(c, d, f"{q * p:.2f}") for _, c, d, _, q, p in sales()]
    table = table_of(tmp_path, header, rows)
    assert table.mapping["amount"] == amount
    assert table.why == {"customer_id": "header", "placed_at": "header", "amount": "header"}


# --- money ---


def test_two_money_columns_are_asked_about_with_the_words_to_answer(tmp_path):
    rows = [(c, d, f"{q * p:.2f}", f"{q * p * 0.9:.2f}") for _, c, d, _, q, p in sales()]
    error = code_of(tmp_path, "客户编号,下单时间,总金额,实付金额", rows)
    assert error.code == "DATA-102"
    assert error.facts["candidates"] == ["实付金额", "总金额"]
    assert "--map amount=总金额" in str(error)
    chosen = table_of(tmp_path, "客户编号,下单时间,总金额,实付金额", rows, columns={"amount": "总金额"})
    assert (chosen.mapping["amount"], chosen.why["amount"]) == ("总金额", "asked")


def test_money_columns_that_are_equal_are_no_question(tmp_path):
    rows = [(c, d, p, f"{p:.2f}") for _, c, d, _, _, p in sales()]
    table = table_of(tmp_path, "customer_id,order_date,total_amount,net_amount", rows)
    assert table.why["amount"] == "values"


def test_a_line_total_beside_a_total_of_the_order_is_the_amount(tmp_path):
    lines = list(sales())
    totals: dict[str, float] = {}
    for order, _, _, _, quantity, price in lines:
        totals[order] = totals.get(order, 0) + quantity * price
    rows = [(o, c, d, q, p, f"{q * p:.2f}", f"{totals[o]:.2f}") for o, c, d, _, q, p in lines]
    table = table_of(
        tmp_path, "order_id,customer_id,order_date,quantity,unit_price,line_total,order_total", rows
    )
    assert (table.mapping["amount"], table.mapping["order_total"]) == ("line_total", "order_total")
    assert table.amount_is == "line"


def test_goods_and_their_total_with_tax_and_shipping_are_no_question(tmp_path):
    rows = [
        (o, c, d, f"{p:.2f}", "4.90", f"{p / 10:.2f}", f"{p + 4.9 + round(p / 10, 2):.2f}")
        for o, c, d, _, _, p in sales()
    ]
    table = table_of(tmp_path, "order_id,customer_id,order_date,subtotal,shipping,tax,total_paid", rows)
    assert (table.mapping["amount"], table.mapping["order_total"]) == ("subtotal", "total_paid")


def test_an_order_total_repeated_on_its_lines_counts_once(tmp_path):
    lines = list(sales())
    totals: dict[str, float] = {}
    for order, _, _, _, quantity, price in lines:
        totals[order] = totals.get(order, 0) + quantity * price
    rows = [(o, c, d, product, f"{totals[o]:.2f}") for o, c, d, product, _, _ in lines]
    table = table_of(tmp_path, "order_id,customer_id,order_date,product_id,order_total", rows)
    assert table.amount_is == "order"
    assert table.rules.amount_is == "order"
    assert table.preset is None


def grocery_log(count: int = 400):
    """Ta-Feng's layout: AMOUNT counts units, ASSET and SALES_PRICE are money of the row."""
    for i, (_, customer, _, product, quantity, price) in enumerate(sales(count)):
        money = max(2, round(quantity * price))
        yield (
            f"{1 + i % 12}/{1 + i % 28}/2000",
            customer,
            "35-39",
            "115",
            "1001",
            product,
            quantity,
            round(money * 0.8),
            money,
        )


TA_FENG = "TRANSACTION_DT,CUSTOMER_ID,AGE_GROUP,PIN_CODE,PRODUCT_SUBCLASS,PRODUCT_ID,AMOUNT,ASSET,SALES_PRICE"


def test_a_grocery_log_whose_amount_counts_units_maps_without_asking(tmp_path):
    table = table_of(tmp_path, TA_FENG, grocery_log())
    fields = ("placed_at", "customer_id", "quantity", "amount", "line_cost", "product_id", "category")
    assert [table.mapping[name] for name in fields] == [
        "TRANSACTION_DT", "CUSTOMER_ID", "AMOUNT", "SALES_PRICE", "ASSET", "PRODUCT_ID", "PRODUCT_SUBCLASS"
    ]  # fmt: skip
    assert (table.why["quantity"], table.why["amount"], table.why["line_cost"]) == ("values",) * 3
    assert {"reading_amount_is_quantity", "reading_price_of_row"} <= {
        finding.code for finding in table.findings
    }


def test_a_price_that_does_not_grow_with_the_quantity_is_of_one_unit(tmp_path):
    rows = [(o, c, d, product, q, p) for o, c, d, product, q, p in sales()]
    table = table_of(tmp_path, "order,customer_id,order_date,product_id,qty,sales_price", rows)
    assert (table.mapping["unit_price"], table.why["unit_price"]) == ("sales_price", "values")


def test_a_price_that_the_values_cannot_place_is_asked_about(tmp_path):
    rows = [("A1", "C1", "2024-01-05", "P1", 3, 12), ("A2", "C2", "2024-01-06", "P2", 1, 9)]
    error = code_of(tmp_path, "order_id,customer_id,order_date,product_id,qty,sales_price", rows)
    assert error.code == "DATA-113"
    assert error.facts["options"] == ["--map amount=sales_price", "--map unit_price=sales_price"]


@pytest.mark.parametrize(("of_unit", "field"), [(True, "unit_cost"), (False, "line_cost")])
def test_costs_are_placed_by_comparing_with_the_money(of_unit, field, tmp_path):
    rows = [
        (c, d, q, f"{q * p:.2f}", f"{0.6 * p * (1 if of_unit else q):.2f}")
        for _, c, d, _, q, p in sales(seed=9)
    ]
    table = table_of(tmp_path, "客户编号,订单日期,数量,销售额,成本", rows)
    assert (table.mapping[field], table.why[field]) == ("成本", "values")


def test_a_discount_that_is_a_share_is_not_money(tmp_path):
    rows = [(c, d, p, 0.2 if i % 3 else 0) for i, (_, c, d, _, _, p) in enumerate(sales())]
    assert "discount" not in table_of(tmp_path, "customer_id,order_date,sales,discount", rows).mapping


def test_the_only_money_column_is_taken_and_two_unknown_ones_are_asked_about(tmp_path):
    rows = [(c, d, f"{p:.2f}") for _, c, d, _, _, p in sales()]
    table = table_of(tmp_path, "customer_id,order_date,wert", rows)
    assert (table.mapping["amount"], table.why["amount"]) == ("wert", "only_candidate")
    error = code_of(
        tmp_path, "customer_id,order_date,wert,brutto", [(*row, f"{i}.25") for i, row in enumerate(rows)]
    )
    assert error.code == "DATA-102"


# --- customers and dates ---


def test_two_customer_columns_are_asked_about_unless_they_name_the_same_people(tmp_path):
    rows = [(c, f"M{hash_of(c, i)}", d, p) for i, (_, c, d, _, _, p) in enumerate(sales())]
    assert code_of(tmp_path, "user_id,member_no,order_date,amount", rows).code == "DATA-103"
    same = [(c, f"M{c}", d, p) for _, c, d, _, _, p in sales()]
    assert table_of(tmp_path, "user_id,member_no,order_date,amount", same).mapping["customer_id"] == "user_id"


def test_a_customer_key_that_is_new_with_every_order_gives_way(tmp_path):
    rows = [(f"A{i}", f"K{i}", c, d, p) for i, (_, c, d, _, _, p) in enumerate(sales())]
    table = table_of(
        tmp_path, "order_id,customer_id,customer_unique_id,order_purchase_timestamp,payment_value", rows
    )
    assert table.mapping["customer_id"] == "customer_unique_id"


def hash_of(customer: str, position: int) -> int:
    return (int(customer[1:]) * 7 + position) % 23


def test_names_stand_in_for_ids_with_a_warning(tmp_path):
    rows = [(c, d, p) for _, c, d, _, _, p in sales()]
    table = table_of(tmp_path, "客户名称,订单日期,金额", rows)
    assert (table.mapping["customer_id"], table.why["customer_id"]) == ("客户名称", "only_candidate")
    assert "reading_customer_by_name" in [finding.code for finding in table.findings]


def test_a_file_without_customers_is_refused_with_the_columns_seen(tmp_path):
    error = code_of(tmp_path, "order_id,order_date,amount,custmer_idd", [("a", "2024-01-01", "3.5", "x")] * 3)
    assert error.code == "DATA-101"
    assert error.facts["closest"] == ["custmer_idd"]
    assert "order_id, order_date, amount" in str(error)
    assert "--map customer_id=custmer_idd" in str(error)


def test_a_file_without_dates_or_money_says_which(tmp_path):
    assert code_of(tmp_path, "customer_id,amount", [("c1", "3.5")] * 3).code == "DATA-110"
    error = code_of(tmp_path, "customer_id,order_date,quantity", [("c1", "2024-01-01", "3")] * 3)
    assert (error.code, error.facts["missing"]) == ("DATA-108", ["unit_price"])


def test_the_order_date_is_not_mistaken_for_another_date(tmp_path):
    rows = [(c, d, "2023-01-01", "2025-01-01", p) for _, c, d, _, _, p in sales()]
    table = table_of(tmp_path, "customer_id,order_date,birth_date,ship_date,amount", rows)
    assert table.mapping["placed_at"] == "order_date"


def test_a_file_without_a_header_is_understood_by_its_values(tmp_path):
    rows = [(f"id{c}", d, f"{p:.2f}") for _, c, d, _, _, p in sales()]
    header, body = ",".join(rows[0]), rows[1:]
    table = table_of(tmp_path, header, body)
    assert table.rows_read == 200
    assert table.mapping == {"customer_id": "column_1", "placed_at": "column_2", "amount": "column_3"}
    assert table.why["placed_at"] == "values"
    asked = table_of(tmp_path, header, body, columns={"customer_name": "1"})
    assert asked.mapping["customer_name"] == "column_1"


# --- asked ---


def test_a_column_asked_for_in_vain_is_answered_with_the_closest(tmp_path):
    rows = [(c, d, p) for _, c, d, _, _, p in sales()]
    with pytest.raises(DataError) as refusal:
        table_of(tmp_path, "customer_id,order_date,amount", rows, columns={"amount": "amuont"})
    assert (refusal.value.code, refusal.value.facts["option"]) == ("DATA-104", "--map amount=amount")
    with pytest.raises(UsageError) as refusal:
        table_of(tmp_path, "customer_id,order_date,amount", rows, columns={"custmer_id": "customer_id"})
    assert refusal.value.code == "DATA-105"
    assert "customer_id" in refusal.value.facts["closest"]


def test_what_is_asked_goes_before_the_preset_and_switches_its_formula_off(tmp_path):
    path = Path(__file__).parent / "fixtures" / "tmall.csv"
    (table,) = read_raw(path, columns={"amount": "总金额"})
    assert (table.mapping["amount"], table.rules.amount_formula) == ("总金额", ())
    assert read_raw(path)[0].rules.amount_formula == (("+", "amount"), ("-", "shipping"))


# --- ids ruined by Excel ---


def test_customer_ids_in_scientific_notation_are_refused(tmp_path):
    rows = [("1.93068E+15", d, p) for _, _, d, _, _, p in sales(30)]
    error = code_of(tmp_path, "customer_id,order_date,amount", rows)
    assert (error.code, error.facts["example"]) == ("DATA-107", "1.93068E+15")


def test_ruined_order_ids_are_dropped_with_a_finding(tmp_path):
    rows = [("1.93068E+15", c, d, p) for _, c, d, _, _, p in sales(30)]
    table = table_of(tmp_path, "order_id,customer_id,order_date,amount", rows)
    assert "order_id" not in table.mapping
    assert "reading_ruined_ids" in [finding.code for finding in table.findings]


def visits(every: int):
    """(id, day, price): ids come back on many days, or are new with every row."""
    for i in range(400):
        yield (i % every, f"2024-{1 + i % 12:02}-{1 + i // 20:02}", 10 + i % 7 + 0.5)


def test_a_bare_id_that_comes_back_on_other_days_names_customers(tmp_path):
    table = table_of(tmp_path, "Id,Date,Price", visits(every=57))
    assert table.mapping["customer_id"] == "Id"
    assert "order_id" not in table.mapping
    assert table.why["customer_id"] == "values"


def test_a_bare_id_that_is_new_with_every_row_names_orders(tmp_path):
    assert code_of(tmp_path, "Id,Date,Price", visits(every=400)).code == "DATA-101"


@pytest.mark.parametrize(("cell", "option"), [("view", "--map amount=…"), ("3", "--map amount=amuont")])
def test_a_hint_names_only_columns_whose_cells_could_be_it(tmp_path, cell, option):
    refusal = code_of(tmp_path, "customer_id,order_date,amuont", [("c1", "2024-01-01", cell)] * 3)
    assert refusal.code == "DATA-108"
    assert refusal.facts["option"] == option


@pytest.mark.parametrize(
    ("header", "mapping"),
    [
        ("訂單號碼,訂單日期,顧客 ID,訂單小計,運費,已退款金額", ("訂單日期", "顧客 ID", "訂單小計")),
        (
            "訂單編號,訂單成立日期,買家帳號,買家總支付金額,買家支付運費,成交手續費",
            ("訂單成立日期", "買家帳號", "買家總支付金額"),
        ),
        (
            "主單編號,轉單日期時間,會員編號,銷售金額(折扣後),數量,備註",
            ("轉單日期時間", "會員編號", "銷售金額(折扣後)"),
        ),
    ],
)  # fmt: skip
def test_exports_of_shops_in_taiwan_find_date_customer_and_money(tmp_path, header, mapping):
    rows = [(f"A{i}", f"112/0{1 + i % 9}/11", f"m{i % 30}", 100 + i, 60, 0) for i in range(90)]
    places = [header.split(",").index(column) for column in mapping]
    swapped = [
        tuple(dict(zip(places, row[1:4], strict=True)).get(i, row[i]) for i in range(6)) for row in rows
    ]
    table = table_of(tmp_path, header, swapped)
    assert tuple(table.mapping[field] for field in ("placed_at", "customer_id", "amount")) == mapping
    assert table.role == "orders"


def test_refunds_without_any_sale_are_no_order_file(tmp_path):
    rows = [(f"A{i}", "2024-01-01", "m1", 3) for i in range(30)]
    assert code_of(tmp_path, "order id,order date,customer id,refund amount", rows).code == "DATA-108"
