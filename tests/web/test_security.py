"""What must be refused is refused."""

import gzip
import io
import zipfile

import pytest

from lifeworth.base.errors import AppError
from lifeworth.web.api.accounts import MOST_OF_NAME
from lifeworth.web.pages.sign_in import local_path
from lifeworth.workflows.uploads import FREE_BYTES, safe_name, save_upload
from lifeworth.workflows.webhooks import ALLOW_PRIVATE, checked_address
from web.worlds import PASSWORD, app_of, bring_in, browser, program, sign_in, token_on, valued


def code(answer):
    return answer.json()["code"]


def test_every_answer_forbids_inline_scripts_and_frames(app):
    for path in ("/login", "/healthz", "/api/v1/runs", "/nowhere"):
        headers = browser(app).get(path).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-request-id"]


def test_no_page_of_ours_carries_a_script_or_style_of_its_own(app):
    for path in ("/login", "/setup"):
        text = browser(app).get(path).text
        assert "<script>" not in text
        assert "<style" not in text
        assert "onclick" not in text


# --- signing in ---------------------------------------------------------------------------------------
def test_signing_in_is_throttled_and_says_how_long(fresh):
    app = app_of(fresh)
    for _ in range(MOST_OF_NAME):
        assert sign_in(app, "owner", "wrong password")[1].status_code == 401
    _, answer = sign_in(app, "owner")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert sign_in(app, "viewer")[1].status_code == 303


def test_the_first_owner_needs_the_token_and_it_works_once(tmp_path):
    from lifeworth.workflows.workspace import Workspace

    workspace = Workspace.open(tmp_path / "new")
    token, app = workspace.first_owner_token(), app_of(workspace)
    visitor = browser(app)
    form = {"login": "me@example.com", "password": PASSWORD, "csrf": token_on(visitor.get("/setup"))}
    assert visitor.post("/setup", data={**form, "token": "guess"}).status_code == 403
    assert visitor.post("/setup", data={**form, "password": "short", "token": token}).status_code == 422
    made = visitor.post("/setup", data={**form, "token": token}, follow_redirects=False)
    assert made.status_code == 303
    second = browser(app)
    form["csrf"] = token_on(second.get("/setup"))
    assert second.post("/setup", data={**form, "login": "you", "token": token}).status_code == 403
    assert workspace.first_owner_token() is None


def test_a_session_that_was_ended_is_over(app):
    visitor, _ = sign_in(app, "analyst")
    other, _ = sign_in(app, "analyst")
    assert visitor.get("/api/v1/me").status_code == 200
    sessions = visitor.get("/api/v1/me/sessions").json()["data"]
    mine = next(one for one in sessions if one["current"])
    key = token_of(app, other)
    ended = other.delete(f"/api/v1/me/sessions/{mine['id']}", headers={"x-csrf-token": key})
    assert ended.status_code == 204
    assert visitor.get("/api/v1/me").status_code == 401
    assert other.get("/api/v1/me").status_code == 200


def token_of(app, visitor):
    import hashlib
    import hmac

    cookie = visitor.cookies["lifeworth_session"]
    secret = app.state.workspace.secret
    return hmac.new(secret, f"csrf:{cookie}".encode(), hashlib.sha256).hexdigest()


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(app):
    _, answer = sign_in(app, "viewer")
    cookies = answer.headers.get_list("set-cookie")
    cookie = next(one for one in cookies if "lifeworth_session" in one).lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/customers?x=1", "/customers?x=1"),
        ("//evil.test", "/"),
        ("https://evil.test", "/"),
        ("/\\evil", "/"),
    ],
)
def test_after_signing_in_one_stays_on_this_site(target, path):
    assert local_path(target) == path


# --- other sites --------------------------------------------------------------------------------------
def test_a_form_without_its_token_changes_nothing(app):
    visitor, _ = sign_in(app, "owner")
    for headers in ({}, {"x-csrf-token": "0" * 64}, {"sec-fetch-site": "cross-site"}):
        answer = visitor.patch("/api/v1/me", json={"name": "Mallory"}, headers=headers)
        assert (answer.status_code, code(answer)) == (403, "APP-006")
    good = {"x-csrf-token": token_of(app, visitor)}
    assert visitor.patch("/api/v1/me", json={"name": "Olga"}, headers=good).status_code == 200
    crossed = {**good, "sec-fetch-site": "cross-site"}
    assert visitor.patch("/api/v1/me", json={"name": "Mallory"}, headers=crossed).status_code == 403


def test_the_token_of_another_session_is_worth_nothing(app):
    one, _ = sign_in(app, "owner")
    other, _ = sign_in(app, "viewer")
    answer = one.patch("/api/v1/me", json={"name": "M"}, headers={"x-csrf-token": token_of(app, other)})
    assert answer.status_code == 403


# --- files --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name", ["../orders.csv", "/etc/passwd", "..\\x.csv", "a/b.csv", ".hidden", "", "a\x00b.csv", "x" * 200]
)
def test_a_name_that_is_a_path_is_refused(name, fresh, app, company):
    with pytest.raises(AppError) as refusal:
        safe_name(name)
    assert refusal.value.code == "APP-011"
    client = program(app, company, "analyst")
    headers = {"content-type": "application/octet-stream"}
    answer = client.post("/api/v1/uploads", params={"name": name}, content=b"a,b\n1,2\n", headers=headers)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "path", ["../secret", "..%2fsecret", "....//secret", "%2e%2e/lifeworth.db", "secret"]
)
def test_no_address_leads_out_of_its_folder(path, app, company):
    client, run = program(app, company, "owner"), company.current_run().id
    for start in (
        f"/api/v1/runs/{run}/files/",
        f"/api/v1/runs/{run}/tables/",
        "/static/",
        "/vendor/",
        "/charts/",
    ):
        answer = client.get(start + path)
        assert answer.status_code in (404, 405)
        assert company.secret.hex() not in answer.text


def zip_of(size):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders.csv", b"0" * size)
    return packed.getvalue()


@pytest.mark.parametrize(
    "bomb", [zip_of(FREE_BYTES + 1), gzip.compress(b"0" * (FREE_BYTES + 1), 9)], ids=["zip", "gzip"]
)
def test_a_file_that_explodes_is_refused_and_not_kept(bomb, fresh):
    with pytest.raises(AppError) as refusal:
        save_upload(fresh, "orders.zip", [bomb])
    assert refusal.value.code == "APP-011"
    assert list((fresh.folder / "uploads").iterdir()) == []


def test_an_archive_of_ordinary_size_is_taken(fresh):
    assert save_upload(fresh, "orders.zip", [zip_of(100_000)])["size"] > 0


def test_what_is_larger_than_the_limit_is_refused_while_it_comes(fresh):
    fresh.change_settings({"upload_limit_mb": 1})
    client = program(app_of(fresh), fresh, "analyst")
    headers = {"content-type": "application/octet-stream"}

    def stream():
        for _ in range(30):
            yield b"0" * 100_000

    answer = client.post("/api/v1/uploads", params={"name": "a.csv"}, content=stream(), headers=headers)
    assert (answer.status_code, code(answer)) == (413, "APP-010")
    whole = client.post(
        "/api/v1/uploads", params={"name": "a.csv"}, content=b"0" * 3_000_000, headers=headers
    )
    assert whole.status_code == 413
    assert list((fresh.folder / "uploads").iterdir()) == []
    big = client.post("/api/v1/views", content=b"{" + b" " * 3_000_000 + b"}")
    assert big.status_code == 413


def test_what_a_spreadsheet_would_run_is_escaped_in_exports(fresh):
    rows = ["customer_id,date,amount"]
    evil = ["=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2+3"]
    for number in range(120):
        name = evil[number % 4] if number < 40 else f"C{number % 40}"
        rows.append(f'"{name}",2024-{1 + number % 9:02d}-10,{10 + number}')
    bring_in(fresh, "\n".join(rows).encode())
    valued(fresh)
    text = program(app_of(fresh), fresh, "analyst").get("/api/v1/customers.csv").text
    assert text.startswith("\ufeff")
    cells = [line.split(",")[0].strip('"') for line in text.splitlines()[1:]]
    assert any(cell.startswith("'") for cell in cells)
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


# --- our own network ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://localhost/hook",
        "https://10.0.0.8/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://0.0.0.0/",
        "https://2130706433/",
        "https://user:pass@127.0.0.1/",
        "file:///etc/passwd",
        "https://",
        "https://exa mple/",
        "not a url",
    ],
)
def test_a_webhook_cannot_reach_into_our_own_network(url, fresh):
    with pytest.raises(AppError) as refusal:
        checked_address(fresh, url)
    assert refusal.value.code == "APP-016"
    client = program(app_of(fresh), fresh, "owner")
    answer = client.post("/api/v1/webhooks", json={"url": url, "events": ["test"]})
    assert (answer.status_code, code(answer)) == (422, "APP-016")


def test_only_who_holds_the_folder_can_allow_addresses_inside(fresh):
    (fresh.folder / ALLOW_PRIVATE).touch()
    assert checked_address(fresh, "http://127.0.0.1:9/hook") == ("127.0.0.1", 9, "127.0.0.1")


@pytest.mark.parametrize("path", ["/api/v1/assignments/%00", "/api/v1/users/%00", "/people/%00"])
def test_a_name_that_no_database_can_hold_is_refused(app, company, path):
    client = program(app, company, "owner")
    for method in ("GET", "PATCH", "POST", "DELETE"):
        assert (
            client.request(method, path, json={"active": True}, headers={"if-match": '"1"'}).status_code < 500
        )
