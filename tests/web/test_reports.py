"""A run's report in another language: made by a job that tells how far it is, shown to who may see names."""

import pytest

from lifeworth.reports import value_report
from lifeworth.results.contract import REPORT_HTML, report_name
from lifeworth.workflows import reports
from lifeworth.workflows.erasure import erase_person
from lifeworth.workflows.reports import report_file, start_report
from lifeworth.workflows.worker import Worker
from web.worlds import app_of, program, sign_in, token_on


@pytest.fixture
def shop(small):
    return small


def test_a_job_makes_the_report_and_the_reader_gets_it(shop):
    app, entry = app_of(shop), shop.current_run()
    visitor, _ = sign_in(app, "analyst")
    page = visitor.get("/runs", params={"lang": "zh-CN"})
    assert "生成中文报告" in page.text
    assert report_file(entry, "zh-Hans") is None
    published = visitor.get(f"/runs/{entry.id}/report", params={"lang": "zh-CN"}).text
    asked = {"csrf": token_on(page)}
    begun = visitor.post(f"/runs/{entry.id}/report?lang=zh-CN", data=asked, follow_redirects=False)
    Worker(shop).run_all()
    made = visitor.get(begun.headers["location"], params={"lang": "zh-CN"})
    assert made.url.path == f"/runs/{entry.id}/report"
    report = visitor.get(made.url.path, params={"lang": "zh-CN"}).text
    assert '<html lang="zh-Hans"' in report != published
    assert '<html lang="en"' in visitor.get(made.url.path, params={"lang": "en"}).text
    assert "生成中文报告" not in visitor.get("/runs", params={"lang": "zh-CN"}).text


def test_the_api_starts_it_and_gives_the_file_to_who_may_see_names(shop):
    app, run = app_of(shop), shop.current_run().id
    analyst, marketer = (program(app, shop, role) for role in ("analyst", "marketer"))
    started = analyst.post(f"/api/v1/runs/{run}/reports", json={"language": "zh-Hant"})
    assert (started.status_code, started.json()["file"]) == (202, report_name("zh-Hant"))
    path = f"/api/v1/runs/{run}/files/{report_name('zh-Hant')}"
    assert analyst.get(path).status_code == 404
    Worker(shop).run_all()
    job = analyst.get(f"/api/v1/jobs/{started.json()['job_id']}").json()
    assert (job["status"], job["result"]["report_of"]) == ("done", run)
    assert "anna" in analyst.get(path).text
    assert marketer.get(path).status_code == 403
    assert marketer.post(f"/api/v1/runs/{run}/reports", json={"language": "en"}).status_code == 403
    assert analyst.post(f"/api/v1/runs/{run}/reports", json={"language": "fr"}).status_code == 422


def test_progress_grows_to_the_end(shop):
    shares = []
    text = value_report(shop.current_run().read(), "zh-Hans", shares.append)
    assert shares == sorted(set(shares))
    assert shares[0] == 0
    assert 0.9 < shares[-1] < 1
    assert text == value_report(shop.current_run().read(), "zh-Hans")


def test_an_erased_person_is_in_no_report(shop):
    app, entry = app_of(shop), shop.current_run()
    analyst = program(app, shop, "analyst")
    analyst.post(f"/api/v1/runs/{entry.id}/reports", json={"language": "zh-Hans"})
    Worker(shop).run_all()
    assert report_file(entry, "zh-Hans") == report_name("zh-Hans")
    best = analyst.get("/api/v1/customers", params={"limit": 1}).json()["data"][0]["customer_id"]
    assert best in (entry.folder / report_name("zh-Hans")).read_text()
    erase_person(shop, best, by="test", reason="asked for it")
    assert not (entry.folder / report_name("zh-Hans")).exists()


def test_a_report_gone_with_an_erasure_is_made_again_in_the_language_of_the_run(shop):
    app, entry = app_of(shop), shop.current_run()
    (entry.folder / REPORT_HTML).unlink()
    assert report_file(entry, "en") is None
    analyst = program(app, shop, "analyst")
    analyst.post(f"/api/v1/runs/{entry.id}/reports", json={"language": "en"})
    Worker(shop).run_all()
    assert report_file(entry, "en") == report_name("en")
    visitor, _ = sign_in(app, "analyst")
    assert visitor.get(f"/runs/{entry.id}/report", params={"lang": "en"}).status_code == 200


def test_a_report_names_nobody_who_was_erased_while_it_was_made(shop, monkeypatch):
    entry = shop.current_run()
    best = program(app_of(shop), shop, "analyst").get("/api/v1/customers?limit=1").json()["data"][0]
    made = []

    def erased_meanwhile(run, language, progress):
        made.append(value_report(run, language, progress))
        if len(made) == 1:
            erase_person(shop, best["customer_id"], by="test", reason="asked for it")
        return made[-1]

    monkeypatch.setattr(reports, "value_report", erased_meanwhile)
    start_report(shop, entry, "zh-Hans", by="test")
    Worker(shop).run_all()
    assert len(made) == 2
    assert best["customer_id"] not in (entry.folder / report_name("zh-Hans")).read_text()
