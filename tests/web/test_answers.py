"""What a customer answered, and where she belongs, stands on her page."""

import pandas as pd

from reports.pages import parse
from web.worlds import app_of, bring_in, program, sign_in, valued
from workflows.shops import shop


def test_the_last_answer_and_its_class_stand_on_the_page_of_the_customer(fresh):
    orders = shop(customers=150, days=300, seed=7)
    ids = sorted(orders["customer_id"].unique())
    answers = pd.DataFrame(
        {"customer_id": ids[:60], "date": "2024-10-01", "nps": [row % 11 for row in range(60)], "csat": "4"}
    )
    bring_in(fresh, orders.to_csv(index=False).encode())
    bring_in(fresh, answers.to_csv(index=False).encode(), "survey.csv", "surveys")
    homes = pd.DataFrame({"customer_id": ids[:6], "household": [f"home of {ids[0]}@example.com"] * 6})
    bring_in(fresh, homes.to_csv(index=False).encode(), "homes.csv", "relationships")
    valued(fresh)
    app = app_of(fresh)
    rows = program(app, fresh, "owner").get("/api/v1/customers?limit=200").json()["data"]
    refs = {row["customer_id"]: row["ref"] for row in rows}
    summary = fresh.current_run().summary
    assert summary["surveys"]["respondents"] == 60
    told = program(app, fresh, "viewer").get(f"/api/v1/runs/{fresh.current_run().id}").text
    assert "relationships" in told
    assert "home of" not in told
    assert "home of" not in (fresh.current_run().folder / "summary.json").read_text()
    assert f"home of {ids[0]}@example.com" in (fresh.current_run().folder / "report.html").read_text()
    for role in ("owner", "viewer"):
        visitor = sign_in(app, role)[0]
        page = parse(visitor.get(f"/customers/{refs[ids[3]]}").text)
        assert "3 of 10" in page.text.replace("\N{NO-BREAK SPACE}", " ")
        assert any(each.attributes.get("id") == "answers" for each in page.elements)
        home = next(each for each in page.all("section") if each.attributes.get("id") == "group")
        assert home is not None
        assert (f"home of {ids[0]}@example.com" in page.text) == (role == "owner")
        silent = parse(visitor.get(f"/customers/{refs[ids[100]]}").text)
        assert not any(each.attributes.get("id") == "answers" for each in silent.elements)
