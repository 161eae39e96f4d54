"""How a customer is called and reached: the latest that orders tell, nothing that a platform hides."""

from orders.made import read

HEADER = ("order_id", "customer_id", "customer_name", "email", "phone", "date", "amount")


def contacts(*rows, header=HEADER):
    found = read([(f"o{i}", *row, "10") for i, row in enumerate(rows)], header).contacts
    return {row["customer_id"]: tuple(row.values())[1:] for row in found.to_pylist()}


def test_the_latest_that_is_told_counts_each_for_itself():
    assert contacts(
        ("c1", "张伟", "old@x.com", "13912345678", "2024-03-01"),
        ("c1", "张大伟", None, "139 0000 1111", "2024-05-01"),
        ("c1", "小张", "new@x.com", None, "2024-04-01"),
        ("c2", None, None, "+86 138-0013-9999", "2024-04-01"),
        ("c3", None, None, None, "2024-04-01"),
    ) == {"c1": ("张大伟", "new@x.com", "13900001111"), "c2": (None, None, "13800139999")}


def test_of_two_orders_of_a_day_the_later_row_counts():
    assert contacts(("c1", "A", None, None, "2024-03-01"), ("c1", "B", None, None, "2024-03-01")) == {
        "c1": ("B", None, None)
    }


def test_what_a_platform_hides_is_no_name_and_a_mask_is_shown_as_it_is():
    rows = (
        ("c1", "##AbC+/=##", None, "138****1111", "2024-03-01"),
        ("c2", "***", None, "##x##", "2024-03-01"),
        ("c3", "张**", None, None, "2024-03-01"),
    )
    assert contacts(*rows) == {"c1": (None, None, "138****1111"), "c3": ("张**", None, None)}


def test_without_columns_that_name_people_there_is_nothing_to_keep():
    rows = [("1", "a", "2024-01-01", "5"), ("2", "b", "2024-01-02", "5")]
    assert read(rows, ("order_id", "customer_id", "date", "amount")).contacts is None


def test_guests_are_reached_by_what_they_are_known_by():
    rows = (
        (None, "Ann", "G@Mail.com", None, "2024-03-01"),
        (None, None, "g@mail.com", "13912345678", "2024-03-02"),
    )
    assert contacts(*rows) == {"g@mail.com": ("Ann", "g@mail.com", "13912345678")}


TWO = (
    "order_id",
    "customer_id",
    "First Name (Billing)",
    "Last Name (Billing)",
    "Customer Name",
    "date",
    "amount",
)


def test_a_name_in_two_columns_is_put_together_as_its_script_does():
    rows = (
        ("o1", "c1", "Ada", "Lovelace", None, "2024-03-01", "10"),
        ("o2", "c2", "小明", "王", None, "2024-03-01", "10"),
        ("o3", "c3", None, "Cher", None, "2024-03-01", "10"),
        ("o4", "c4", "Ann", "Lee", "Ann L.", "2024-03-01", "10"),
        ("o5", "c5", None, None, None, "2024-03-01", "10"),
    )
    found = read(rows, TWO)
    called = dict(
        zip(*(found.contacts[name].to_pylist() for name in ("customer_id", "customer_name")), strict=True)
    )
    assert called == {"c1": "Ada Lovelace", "c2": "王小明", "c3": "Cher", "c4": "Ann L."}
    assert sorted(found.table["customer_id"].to_pylist()) == ["c1", "c2", "c3", "c4", "c5"]
