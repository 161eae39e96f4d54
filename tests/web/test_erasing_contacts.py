"""A person is reached by addresses and phones: where these stand with others, and in files without an id."""

import pandas as pd

from lifeworth.workflows.erasure import erase_person, known_of
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
