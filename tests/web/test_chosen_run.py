"""A reader who looks at an earlier run stays with it: every link and form of every page carries it on."""

import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest

from lifeworth.results import customers
from lifeworth.results.customers import customers_of
from lifeworth.web.pages.customers import MOST_RUNS
from reports.pages import parse
from web.worlds import token_on

PAGES = (  # that show a run, however they are reached
    *("/", "/value", "/potential", "/subscriptions", "/map", "/cohorts", "/dimensions", "/compare"),
    *("/scenarios", "/quality", "/data", "/customers", "/households", "/satisfaction", "/referrals"),
    "/assignments",
)
OTHERS = (
    *("/import", "/runs", "/settings", "/people", "/account", "/audit", "/calculator", "/jobs", "/api"),
    "/language",
)
OUTSIDE = ("/logout", "/start", "/value", "/keys")  # forms that change something, of no run


@pytest.fixture
def older(business):
    return business.runs()[1]


def leads(address, html):
    """(where, what it asks, how) for every way off a page to another of this application, forms with what
    they send along.
    """
    page = parse(html)
    for tag, name in (("a", "href"), ("div", "data-customers"), ("div", "hx-get")):
        for each in page.all(tag):
            link = each.attributes.get(name, "#")
            if each.text == "Show the newest":
                continue
            if not link.startswith(("#", "http")):
                to = urlsplit(urljoin(address, link))
                yield to.path, parse_qs(to.query), "get"
    within, fields = None, {}
    for each in page.elements:  # in the order of the page: the fields behind a form are its own
        if each.tag == "form":
            if within:
                yield _sent(*within, fields)
            within, fields = (each.attributes["action"], each.attributes["method"]), {}
        elif each.tag == "input" and each.attributes.get("type") == "hidden":
            fields[each.attributes["name"]] = each.attributes["value"]
    if within:
        yield _sent(*within, fields)


def _sent(action, method, fields):
    to = urlsplit(action)
    sent = urlencode(fields) if method == "get" else to.query  # a form that asks drops what its action asks
    return to.path, parse_qs(sent), method


def of_run(path, method):
    if path == "/compare" and method == "get":
        return False  # asks by its own two fields, see below
    if method == "post" and path.startswith((*OUTSIDE, *OTHERS)):
        return False
    return not path.startswith(OTHERS)


def addresses(owner, run):
    """Every page about the run, and of each kind that is reached from them the first."""
    yield from (f"{path}?run={run.id}" for path in PAGES)
    listed = owner.get(f"/customers?run={run.id}").text
    for path, _, _ in leads("/customers", listed):
        if path.startswith("/customers/"):
            yield f"{path}?run={run.id}"
            yield f"/referrals?run={run.id}&customer={path.rpartition('/')[2]}"
            break
    yield f"/customers?run={run.id}&sort=orders&tier=high&rfm=55&page=1&repeats=2&pattern=gold"
    yield f"/map?run={run.id}&repeats=2"
    yield f"/households?run={run.id}&page=2"
    groups = owner.get(f"/households?run={run.id}").text
    yield next(
        f"/customers?run={run.id}&group={asked['group'][0]}"
        for _, asked, _ in leads("/households", groups)
        if "group" in asked
    )


def test_every_link_and_form_of_every_page_carries_the_run(owner, older):
    seen = set()
    csrf = token_on(owner.get("/customers"))
    view = {"name": "high", "query": "tier=high", "csrf": csrf}
    saved = owner.post(f"/views?run={older.id}", data=view, follow_redirects=False)
    assert saved.headers["location"] == f"/customers?tier=high&run={older.id}"
    for address in addresses(owner, older):
        answer = owner.get(address)
        assert answer.status_code == 200, address
        for path, asked, method in leads(address, answer.text):
            if not of_run(path, method) or (path, method) == ("/compare", "get"):
                continue
            seen.add((path.split("/")[1], method))
            assert asked.get("run") == [older.id], (address, path, asked)
    assert {("customers", "get"), ("referrals", "get"), ("views", "post"), ("customers", "post")} <= seen
    assert {path for path, _ in seen} >= {path.strip("/") for path in PAGES} - {"compare"}


def test_a_reader_of_the_newest_run_gets_plain_addresses(owner):
    for path in PAGES:
        assert "run=" not in owner.get(path).text.replace("hidden", ""), path


def test_a_page_of_an_earlier_run_says_so_and_leads_to_the_newest(business, owner, older):
    for path in set(PAGES) - {"/compare"}:  # there the older of two runs is told of as such
        page = parse(owner.get(f"{path}?run={older.id}").text)
        (notice,) = page.all("p", id="older-run")
        assert "not the newest" in notice.text
        assert path in {each.attributes["href"] for each in page.all("a") if each.text == "Show the newest"}
        assert not parse(owner.get(f"{path}?run={business.runs()[0].id}").text).all("p", id="older-run")


def test_the_customer_opened_from_a_list_is_worth_what_the_list_said(business, owner, older):
    newest = {path: facts(owner, path) for path, _ in listed(owner, "/customers")}
    assert facts(owner, "/customers")[0] != facts(owner, f"/customers?run={older.id}")[0]
    differ = 0
    for address, value in listed(owner, f"/customers?run={older.id}")[:10]:
        qualified, figures = facts(owner, address)
        assert qualified == facts(owner, f"/customers?run={older.id}")[0]
        assert value in figures
        differ += value not in newest.get(address.partition("?")[0], ("", [value]))[1]
    assert differ


def listed(owner, address):
    """(address, historical value) of the customers on a page of the list."""
    rows = re.findall(
        r'<th scope="row">(?:<span>)?<a href="([^"]+)">.*?data-label="Historical value">([^<]+)<',
        owner.get(address).text,
        re.S,
    )
    return [(unescape(path), value) for path, value in rows]


def facts(owner, address):
    """What qualifies the numbers of a page, and its key figures."""
    page = parse(owner.get(address).text)
    qualified = [each.text for each in page.all("dl", class_="qualifiers")]
    return qualified, [each.text for each in page.all("dd", class_="value")]


def test_the_comparison_of_an_earlier_run_is_the_one_with_the_run_it_followed(business, owner):
    newest, older = business.runs()
    page = parse(owner.get(f"/compare?run={newest.id}").text)
    chosen = [each.attributes["value"] for each in page.all("option") if "selected" in each.attributes]
    assert {older.id, newest.id} <= set(chosen)


@pytest.mark.parametrize("asked", ["run", "after"])
def test_the_oldest_run_is_set_beside_the_one_that_followed_and_the_page_says_so(business, owner, asked):
    newest, oldest = business.runs()
    page = parse(owner.get(f"/compare?{asked}={oldest.id}").text)
    told = {
        each.attributes["id"]: [one.attributes["value"] for one in page.all("option")]
        for each in page.all("select")
    }
    chosen = [each.attributes["value"] for each in page.all("option") if "selected" in each.attributes]
    assert told.keys() >= {"before", "after"}
    assert [one for one in chosen if one in (newest.id, oldest.id)] == [oldest.id, newest.id]
    assert "Nothing was valued before" in page.by_id("main").text
    assert "Nothing was valued before" not in owner.get(f"/compare?{asked}={newest.id}").text


def test_a_customer_who_is_not_in_the_newest_run_is_told_of_and_found(business, site, owner, older):
    newest = business.runs()[0]
    pages = {run.id: customers_of(run, business.secret) for run in (newest, older)}
    ids = {name: set(each.visible_ids()) for name, each in pages.items()}
    gone = min(ids[newest.id] - ids[older.id])  # came later, so is not in the earlier run
    ref = pages[newest.id].ref_of(gone)
    answer = owner.get(f"/customers/{ref}?run={older.id}")
    assert answer.status_code == 404
    assert "not in this valuation" in answer.text
    assert gone not in answer.text
    buttons = [each for each in parse(answer.text).all("a") if "button" in each.attributes.get("class", "")]
    links = [each.attributes["href"] for each in buttons]
    assert links == [f"/customers/{ref}?run={newest.id}", f"/customers?run={older.id}"]
    assert owner.get(links[0]).status_code == 200
    assert "APP-003" in owner.get("/customers/0123456789abcdef").text


def test_looking_for_somebody_in_other_runs_opens_few_of_them_and_none_for_what_is_no_pseudonym(
    business, owner
):
    for ref, most in (("nobody", 1), ("0123456789ABCDEF", 1), ("0123456789abcdef", 2)):
        customers._opened.cache_clear()
        assert "APP-003" in owner.get(f"/customers/{ref}?run={business.runs()[0].id}").text
        assert customers._opened.cache_info().currsize == most
    assert MOST_RUNS < customers.KEPT_OPEN
