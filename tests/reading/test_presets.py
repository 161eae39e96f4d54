"""Every platform's export maps itself, whatever encoding it was saved in."""

from pathlib import Path

import pytest

from lifeworth.data.sources.cells import strip_guards
from lifeworth.data.sources.fields import FIELDS
from lifeworth.data.sources.files import read_raw
from lifeworth.data.sources.headers import plain
from lifeworth.data.sources.needs import require
from lifeworth.data.sources.presets import PRESETS
from lifeworth.data.sources.recognise import recognise
from reading.exports import delimited, rows_of, traditional

LAYOUTS = [pytest.param(preset, id=f"{preset.name}-{preset.layout}") for preset in PRESETS]
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030", "big5")
CORPUS = [
    pytest.param(preset, encoding, id=f"{preset.name}-{preset.layout}-{encoding}")
    for preset in PRESETS
    for encoding in (*ENCODINGS, *(["latin-1"] if "".join(preset.signature).isascii() else []))
]
FIXTURES = Path(__file__).parent / "fixtures"


@pytest.mark.parametrize("preset", LAYOUTS)
def test_a_preset_speaks_of_known_fields_and_of_its_own_headers(preset):
    assert set(preset.columns) <= set(FIELDS)
    assert {plain(header) for header in preset.required} <= {plain(header) for header in preset.signature}
    assert {part for _, part in preset.amount_formula} <= set(preset.columns)
    assert {keep.field for keep in preset.keep} <= set(preset.columns)
    assert set(preset.encrypted) <= set(preset.columns)


@pytest.mark.parametrize("preset", LAYOUTS)
def test_a_layout_is_recognised_by_its_full_header_and_by_its_required_ones(preset):
    assert recognise(list(preset.signature)) is preset
    assert recognise(list(preset.required)).name == preset.name


@pytest.mark.parametrize(("preset", "encoding"), CORPUS)
def test_every_export_maps_itself_in_every_encoding(preset, encoding, tmp_path):
    text = delimited(
        rows_of(preset), "\t" if preset.name == "amazon" or encoding.startswith("utf-16") else ","
    )
    if encoding == "big5":
        text = traditional(text)
    if encoding == "latin-1":
        text = text.translate(
            str.maketrans({"北": "Málag", "京": "a", "上": "Zür", "海": "ich", "廣": "Köl", "州": "n"})
        )
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode(encoding))
    (table,) = read_raw(path)
    assert table.preset == preset.name
    assert table.rules.layout == preset.layout
    assert table.rows_read == 24
    expected = {
        field: next(plain(h) for h in headers if plain(h) in {plain(s) for s in preset.signature})
        for field, headers in preset.columns.items()
        if any(plain(h) in {plain(s) for s in preset.signature} for h in headers)
    }
    assert {field: plain(table.mapping[field]) for field in expected} == expected
    assert {table.why[field] for field in expected} == {"preset"}
    assert "\ufffd" not in "".join(table.columns)


@pytest.mark.parametrize(
    ("file", "preset", "encoding", "rows", "fields"),
    [
        (
            "shopify.csv",
            "shopify",
            "utf-8",
            4,
            {"amount": "Subtotal", "order_id": "Name", "placed_at": "Created at"},
        ),
        (
            "woocommerce.csv",
            "woocommerce",
            "utf-8",
            3,
            {"amount": "order_total", "customer_email": "billing_email", "family_name": "billing_last_name"},
        ),
        ("stripe.csv", "stripe", "utf-8", 4, {"amount": "Amount", "refunded_amount": "Amount Refunded"}),
        ("amazon.txt", "amazon", "utf-8", 3, {"amount": "item-price", "order_id": "amazon-order-id"}),
        ("tiktok_shop.csv", "tiktok_shop", "utf-8", 3, {"amount": "SKU Subtotal After Discount"}),
        ("tmall.csv", "tmall", "gb18030", 3, {"amount": "买家实际支付金额", "paid_at": "订单付款时间"}),
        (
            "tmall_report.csv",
            "tmall",
            "utf-8",
            4,
            {"amount": "买家实际支付金额", "refunded_amount": "退款金额"},
        ),
        ("douyin.csv", "douyin", "utf-8", 3, {"amount": "订单应付金额", "order_id": "主订单编号"}),
        (
            "pinduoduo.csv",
            "pinduoduo",
            "gb18030",
            3,
            {"amount": "用户实付金额(元)", "gross_amount": "商品总价（元）"},
        ),
        ("youzan.csv", "youzan", "utf-8", 3, {"amount": "订单实付金额", "customer_phone": "买家手机号"}),
    ],
)
def test_a_realistic_excerpt_of_each_platform_maps_with_zero_clicks(file, preset, encoding, rows, fields):
    (table,) = read_raw(FIXTURES / file)
    assert (table.preset, table.encoding, table.rows_read) == (preset, encoding, rows)
    assert {field: table.mapping[field] for field in fields} == fields


def test_the_description_row_of_tiktok_is_rejected_by_name():
    (table,) = read_raw(FIXTURES / "tiktok_shop.csv")
    assert [(row.row, row.reason) for row in table.rejected] == [(2, "description_row")]
    assert strip_guards(table.table.column("Order ID")).to_pylist() == [
        "576461413038785752",
        "576461413038785753",
    ]


def test_shopify_continuation_rows_stay_and_the_preset_says_how_to_fill_them():
    (table,) = read_raw(FIXTURES / "shopify.csv")
    assert table.rules.grain == "order_continuation"
    assert table.table.column("Created at").to_pylist()[1] is None
    assert table.rejected == []


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("tmall_report.csv", "DATA-112"),
        ("amazon.txt", "DATA-114"),
        ("pinduoduo.csv", "DATA-106"),
        ("douyin.csv", "DATA-111"),
    ],
)
def test_exports_without_usable_buyers_are_read_and_refused_only_when_required(file, code):
    tables = read_raw(FIXTURES / file)
    assert "amount" in tables[0].mapping
    with pytest.raises(Exception, match=code) as refusal:
        require(tables)
    assert refusal.value.code == code
    assert refusal.value.exit_code == 3


def test_pinduoduo_is_dated_by_the_first_date_column_with_cells():
    (table,) = read_raw(FIXTURES / "pinduoduo.csv")
    assert table.mapping["placed_at"] == "支付时间"  # 订单成交时间 is empty in the excerpt
    assert table.rules.order_id_dates == "%y%m%d"
