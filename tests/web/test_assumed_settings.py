"""What is assumed of potential value can be set on the settings page; the next run says whose word it is."""

from web.worlds import app_of, bring_in, orders_csv, sign_in, token_on, valued


def test_the_settings_page_keeps_assumptions_and_the_next_run_takes_them(fresh):
    bring_in(fresh, orders_csv(customers=200))
    app = app_of(fresh)
    owner, _ = sign_in(app, "owner")
    page = owner.get("/settings")
    form = {
        "csrf": token_on(page), "company": "Shop", "horizon_months": "12", "discount": "10", "margin": "",
        "basis": "auto", "currency": "", "language": "en", "offer_effect": "", "wallet_quantile": "90",
        "base_share": "25",
    }  # fmt: skip
    assert owner.post("/settings", data=form, follow_redirects=False).status_code == 303
    kept = fresh.settings()
    assert (kept["offer_effect"], kept["wallet_quantile"], kept["base_share"]) == (None, 0.9, 0.25)
    shown = owner.get("/settings").text
    assert 'name="base_share" value="25"' in shown
    valued(fresh)
    told = fresh.current_run().summary["potential"]
    assert told["yours"] == ["wallet_quantile", "base_share"]
    assert told["assumptions"]["offer_effect"] == 0.3
    for wrong in ("250", "-1", "nan", "much"):
        refused = owner.post("/settings", data={**form, "base_share": wrong}, follow_redirects=False)
        assert refused.status_code == 422, wrong
    assert fresh.settings()["base_share"] == 0.25
