"""`lifeworth retention` shows first, and takes away when told to."""

from web.worlds import bring_in, orders_csv, valued, workspace_at


def test_rules_are_shown_then_followed(call, tmp_path):
    shop = workspace_at(tmp_path / "shop")
    bring_in(shop, orders_csv(customers=60))
    runs = [valued(shop), valued(shop)]
    asked = ["retention", "--workspace", shop.folder]
    assert "all are kept (keep_runs is 0)" in call(*asked).out
    shop.change_settings({"keep_runs": 1})
    assert "1 would go; the newest 1 stay" in call(*asked).out
    assert len(shop.runs()) == 2
    told = call(*asked, "--apply", "--json").json
    assert told["applied"] is True
    assert told["rules"]["keep_runs"]["what"] == [min(runs)]
    assert [entry.id for entry in shop.runs()] == [max(runs)]
    assert "0 are gone" in call(*asked, "--apply").out
