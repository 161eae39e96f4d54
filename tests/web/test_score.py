"""Weights of the value score on the settings page, and the score on a customer's page."""

import pytest

from reports.pages import parse
from web.worlds import app_of, bring_in, orders_csv, program, sign_in, token_on, valued


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_weights_are_set_and_the_customer_shows_them(fresh, language):
    bring_in(fresh, orders_csv())
    app = app_of(fresh)
    owner = sign_in(app, "owner")[0]
    fields = fresh.settings()
    form = {
        "csrf": token_on(owner.get("/settings")), "horizon_months": "12", "discount": "10",
        "language": fields["language"],
    }  # fmt: skip
    refused = owner.post("/settings", data=form | {"score_weights": "charm=1"})
    assert (refused.status_code, "VALUE-074" in refused.text) == (422, True)
    kept = owner.post("/settings", data=form | {"score_weights": "transaction=1, loyalty=1"})
    assert kept.status_code == 200
    assert fresh.settings()["score_weights"] == "transaction=1, loyalty=1"
    valued(fresh)
    client = program(app, fresh, "analyst")
    best = client.get("/api/v1/customers?sort=-value_score&limit=3").json()["data"]
    scores = [row["value_score"] for row in best]
    assert scores == sorted(scores, reverse=True)
    page = parse(owner.get(f"/customers/{best[0]['ref']}?lang={language}").text).text
    assert {"en": "transaction 50", "zh-Hans": "交易 50", "zh-Hant": "交易 50"}[language] in page.replace(
        "\xa0", " "
    )
