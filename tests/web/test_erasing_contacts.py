"""A person is reached by addresses and phones: where these stand with others, and in files without an id."""

import io

import pandas as pd
import pytest

from lifeworth.workflows.erasure import erase_person, erasures, known_of
from lifeworth.workflows.ingest import active_imports, undo_import
from lifeworth.workflows.uploads import drop_upload
from web.worlds import app_of, bring_in, program, valued

MAIL, PHONE = "zoe@x.example", "13811112222"


def orders(**cells):
    """60 orders of nine customers; `cells`: what the first of them tells beside the id, by column."""
    table = pd.DataFrame(
        {
            "customer_id": [f"C-{1 + n % 9}" for n in range(60)],
            "customer_email": [f"c{1 + n % 9}@x.example" for n in range(60)],
            "customer_phone": "",
            "order_id": [f"A{n}" for n in range(60)],
            "date": [f"2024-03-{1 + n % 28:02d}" for n in range(60)],
            "amount": [("5.00", "7.00", "12.50")[n % 3] for n in range(60)],
        }
    )
    for name, values in cells.items():
        table.loc[range(len(values)), name] = values
    return table


def content_of(table):
    return table.to_csv(index=False).encode()


def contacts_of(workspace):
    table = pd.read_parquet(workspace.current_run().folder / "tables" / "contacts.parquet")
    return table.set_index("customer_id").fillna("")


def erase(workspace, person):
    looked = known_of(workspace, person)
    assert erase_person(workspace, person, by="test", reason="asked") == looked
    return looked


def test_an_address_of_the_person_does_not_stay_with_another_customer_of_a_run(fresh):
    table = orders(customer_id=["C-1", "C-2", ""], customer_email=[MAIL] * 3)
    table.loc[:2, "date"] = "2024-03-30"  # the latest that is told
    bring_in(fresh, content_of(table))
    valued(fresh)
    before = contacts_of(fresh)
    assert before["customer_email"][["C-1", "C-2", MAIL]].tolist() == [MAIL] * 3
    assert erase(fresh, MAIL)["runs"] == 1
    after = contacts_of(fresh)
    assert after.index.tolist() == before.index.drop(MAIL).tolist()
    assert after["customer_email"][["C-1", "C-2", "C-3"]].tolist() == ["", "", "c3@x.example"]
    found = program(app_of(fresh), fresh, "owner").get("/api/v1/customers", params={"q": "zoe"}).json()
    assert found["total"] == 0
    assert known_of(fresh, MAIL) == {"rows": 0, "files": 0, "runs": 0, "not_searched": []}


GUESTS = pd.DataFrame(
    {
        "customer_email": ["Zoe@X.example", "", "bo@x.example", "bo@x.example"],
        "customer_phone": ["", "+86 138-1111-2222", "", "13811112222"],
        "order_id": ["G1", "G2", "G3", "G4"],
        "date": ["2024-03-01", "2024-03-02", "2024-03-03", "2024-03-04"],
        "amount": ["5.00", "7.00", "9.00", "11.00"],
    }
)


def orders_left(workspace):
    """Order numbers by file."""
    files = [workspace.folder / one["file"] for one in active_imports(workspace)]
    return [pd.read_csv(path, dtype=str)["order_id"].tolist() for path in files]


@pytest.mark.parametrize("is_valued", [True, False])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_the_person_bought_as_a_guest_goes_and_does_not_come_back(fresh, is_valued, ending):
    table = orders(customer_id=["C-70"] * 2, customer_email=[MAIL, ""], customer_phone=["", PHONE])
    guests = GUESTS[:3]
    packed = io.BytesIO()
    guests.to_csv(packed, index=False) if ending == "csv" else guests.to_excel(packed, index=False)
    bring_in(fresh, content_of(table))
    bring_in(fresh, packed.getvalue(), f"guests.{ending}")
    if is_valued:
        valued(fresh)
    assert erase(fresh, "C-70") == {"rows": 4, "files": 2, "runs": int(is_valued), "not_searched": []}
    assert orders_left(fresh) == [[f"A{n}" for n in range(2, 60)], ["G3"]]
    kept = b"".join(path.read_bytes().lower() for path in fresh.folder.rglob("*.csv"))
    assert MAIL.encode() not in kept
    assert known_of(fresh, "C-70")["rows"] == known_of(fresh, MAIL)["rows"] == 0
    bring_in(fresh, content_of(pd.concat([guests, GUESTS[2:3].assign(order_id="G9")])), "old.csv")
    assert orders_left(fresh)[-1] == ["G3", "G9"]
    assert len(erasures(fresh)) == 1


def test_an_address_that_another_customer_has_too_stays_and_its_files_are_told(fresh):
    table = orders(
        customer_id=["C-70", "C-70", "C-8"], customer_email=[MAIL] * 3, customer_phone=[PHONE, PHONE, ""]
    )
    bring_in(fresh, content_of(table))
    bring_in(fresh, content_of(GUESTS), "guests.csv")
    bring_in(fresh, content_of(GUESTS[2:3]), "strangers.csv")
    valued(fresh)
    told = erase(fresh, "C-70")
    assert told == {"rows": 2, "files": 1, "runs": 1, "not_searched": ["guests.csv", "orders.csv"]}
    assert orders_left(fresh) == [
        [f"A{n}" for n in range(2, 60)],
        ["G1", "G2", "G3", "G4"],  # the phone is bo's too
        ["G3"],
    ]


def test_a_contact_that_only_a_run_knows_is_sought_and_one_that_a_run_gives_to_others_is_not(fresh):
    table = orders(
        customer_id=["C-70", "C-71", "C-72"], customer_email=[MAIL, "bo@x.example", "bo@x.example"]
    )
    (first,) = [bring_in(fresh, content_of(table))]
    valued(fresh)
    undo_import(fresh, first)
    (path,) = (fresh.folder / "uploads").rglob("*.csv")
    drop_upload(fresh, path.parent.name)
    bring_in(fresh, content_of(GUESTS[:3]), "guests.csv")
    assert erase(fresh, "C-71") == {"rows": 0, "files": 0, "runs": 1, "not_searched": ["guests.csv"]}
    assert erase(fresh, "C-70") == {"rows": 1, "files": 1, "runs": 1, "not_searched": []}
    assert orders_left(fresh) == [["G2", "G3"]]


@pytest.mark.parametrize(
    ("mail", "phone"), [("test@shop.example", ""), ("", "13800000000"), ("", "138****2222")]
)
def test_dummies_and_masks_mean_nobody(fresh, mail, phone):
    table = orders(customer_id=["C-70"], customer_email=[mail], customer_phone=[phone])
    bring_in(fresh, content_of(table))
    bring_in(fresh, content_of(GUESTS.assign(customer_email=mail, customer_phone=phone)), "guests.csv")
    assert erase(fresh, "C-70") == {"rows": 1, "files": 1, "runs": 0, "not_searched": []}
