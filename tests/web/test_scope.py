"""Who is limited to some customers never meets another one: every route is walked, page, answer and file."""

import io
import re
import zipfile

import pyarrow.parquet as pq
import pytest

from lifeworth.base.clock import now
from lifeworth.results.customers import customers_of
from lifeworth.results.tables import table_names
from lifeworth.store import accounts, assignments
from lifeworth.web.roles import LIMITABLE, ROLES
from web.test_access import routes_of
from web.worlds import app_of, beside_another_database, business_at, program, sign_in

ID, REF, HOME = (
    re.compile(r"c\d{5}@example\.com"),
    re.compile(r"\b[0-9a-f]{16}\b"),
    re.compile(r"home of Anna \d+"),
)
WHOLE_COMPANY = {
    *("reports:read", "imports:write", "runs:start", "runs:delete", "privacy:erase", "customers:assign"),
    *("users:read", "users:write", "settings:write", "audit:read", "webhooks:read"),
}  # what shows or changes more than one's own customers


class World:
    """A company whose service sees 40 customers of its own, whose marketer and viewer those of a team."""

    def __init__(self, workspace):
        self.workspace, self.app = workspace, app_of(workspace)
        self.runs = workspace.runs()
        self.run = self.runs[0]
        self.customers = customers_of(self.run, workspace.secret)
        table = pq.read_table(self.run.folder / "customers.parquet")
        self.ids = table["customer_id"].to_pylist()
        self.groups, self.earlier = groups_of(self.run), groups_of(self.runs[-1])
        large = sorted((name for name in self.groups if len(self.groups[name]) > 1), key=str)
        parents = pq.read_table(self.run.folder / "tables" / "referrals.parquet").to_pylist()
        brought = next(row for row in parents if row["parent_id"])
        mine = [*self.groups[large[0]], min(self.groups[large[1]]), brought["customer_id"]]
        for row in sorted(parents, key=lambda row: -row["referrals"])[:4]:
            mine.append(row["customer_id"])
        mine += [one for one in self.ids if one != brought["parent_id"]]
        self.mine = set(list(dict.fromkeys(mine))[:40]) - {brought["parent_id"]}
        self.whole, self.broken = large[0], large[1]
        self.refs = {self.customers.ref_of(one): one for one in self.ids}

    def ref(self, customer_id):
        return self.customers.ref_of(customer_id)

    @property
    def outside(self):
        return [one for one in self.ids if one not in self.mine]

    def is_whole(self, name):
        """All its members are seen, as they are or as an earlier run knew them."""
        return any(name in groups and groups[name] <= self.mine for groups in (self.groups, self.earlier))

    def user(self, role):
        with self.workspace.database.read() as connection:
            return accounts.user_by_login(connection, f"{role}@example.com")

    def change(self, role, **values):
        with self.workspace.database.begin() as connection:
            accounts.change_user(connection, self.user(role)["id"], **values)

    def assign(self, ids, role):
        user = self.user(role)["id"] if role else None
        with self.workspace.database.begin() as connection:
            wanted = {self.ref(one): user for one in ids}
            batch = assignments.draft_batch(connection, wanted, kind="rows", by="user:1", now=now())
            assignments.apply_batch(connection, batch["id"], now())
        return batch["id"]

    def strangers(self, content, asked=""):
        """Customers and groups in an answer whom its reader must not meet, but who were asked for by name."""
        found = set()
        for text in texts(content):
            found |= set(ID.findall(text)) - self.mine
            found |= {
                self.refs[one] for one in REF.findall(text) if one in self.refs and one != asked
            } - self.mine
            found |= {name for name in HOME.findall(text) if not self.is_whole(name)}
        return found


def groups_of(run):
    found = {}
    for row in pq.read_table(run.folder / "tables" / "group_members.parquet").to_pylist():
        found.setdefault(row["group_id"], set()).add(row["customer_id"])
    return found


def texts(content):
    """Everything an answer holds as text: of archives each member, of Parquet each row."""
    if content[:4] == b"PAR1":
        yield str(pq.read_table(io.BytesIO(content)).to_pylist())
    elif content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield archive.read(name).decode("utf-8", "replace")
    else:
        yield content.decode("utf-8", "replace")


def limited(workspace):
    world = World(workspace)
    world.assign(world.mine, "service")
    world.change("service", sees="own", team="north")
    for role in ("marketer", "viewer"):
        world.change(role, sees="team", team="north")
    return world


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    workspace = business_at(tmp_path_factory.mktemp("scope"), customers=200)
    yield limited(workspace)
    workspace.database.close()


@pytest.fixture(scope="module")
def either(world, tmp_path_factory, new_url):
    """The world on each database: who sees whom is looked up there."""
    url = new_url()
    if not url:
        yield world
        return
    workspace = beside_another_database(world.workspace, tmp_path_factory.mktemp("scope") / "shop", url)
    yield World(workspace)
    workspace.database.close()


def addresses(world, path, ref):
    """A route with real things in its place: every run, table and kind of file; `ref` for a customer."""
    imported = {"import_id": "0" * 26, "upload_id": "0" * 26}
    with world.workspace.database.read() as connection:
        job = connection.exec_driver_sql("SELECT id FROM jobs LIMIT 1").scalar()
        imported["import_id"] = connection.exec_driver_sql("SELECT id FROM imports LIMIT 1").scalar()
    choices = {
        "ref": [ref],
        "run_id": [run.id for run in world.runs],
        "other_id": [world.runs[-1].id],
        "kind": ["csv", "xlsx", "parquet"],
        "name": [*table_names(world.run.folder), "customers.csv", "report.html", "charts.js"],
        "job_id": [job],
        "user_id": [world.user("service")["id"]],
        **{name: [value] for name, value in imported.items()},
    }
    found = [path]
    for name in re.findall(r"\{(\w+)\}", path):
        values = choices.get(name, ["0123456789abcdef"])
        found = [one.replace(f"{{{name}}}", value) for one in found for value in values]
    return found


@pytest.mark.parametrize("role", LIMITABLE)
def test_no_route_shows_a_customer_outside_the_scope(either, role):
    visitor, client = sign_in(either.app, role)[0], program(either.app, either.workspace, role)
    outside, inside = either.ref(either.outside[0]), either.ref(min(either.mine))
    met, seen = [], 0
    for method, path, permission in routes_of():
        if permission is None or method != "GET":
            continue
        who = client if path.startswith("/api/") else visitor
        for ref in (outside, inside) if "{ref}" in path else ("",):
            for address in addresses(either, path, ref):
                answer = who.get(address, params={"limit": 500} if who is client else None)
                assert answer.status_code < 500, address
                seen += answer.status_code == 200
                if ref == outside:
                    assert answer.status_code in (403, 404), address
                strangers = either.strangers(answer.content, asked=outside)
                met += [(address, one) for one in sorted(strangers)[:2]]
    assert met == []
    assert seen > 60


def test_lists_counts_searches_and_files_know_only_those_who_are_seen(either):
    client, visitor = program(either.app, either.workspace, "service"), sign_in(either.app, "service")[0]
    everyone = client.get("/api/v1/customers", params={"limit": 500}).json()
    assert {row["customer_id"] for row in everyone["data"]} == either.mine
    assert everyone["total"] == len(either.mine)
    first = client.get("/api/v1/customers", params={"limit": 15, "sort": "-orders"}).json()
    rest = {"limit": 500, "sort": "-orders", "cursor": first["next_cursor"]}
    rows = [*first["data"], *client.get("/api/v1/customers", params=rest).json()["data"]]
    assert [row["orders"] for row in rows] == sorted((row["orders"] for row in rows), reverse=True)
    assert len(rows) == len(either.mine)
    stranger = either.outside[0]
    for asked in ({"q": stranger}, {"filter[customer_id]": stranger}):
        assert client.get("/api/v1/customers", params=asked).json()["total"] == 0
    assert (
        either.strangers(
            visitor.get("/customers", params={"q": stranger}).content.replace(stranger.encode(), b"")
        )
        == set()
    )
    high = client.get("/api/v1/customers", params={"filter[tier]": "high", "limit": 500}).json()
    told = {row["customer_id"]: row["tier"] for row in everyone["data"]}
    assert {row["customer_id"] for row in high["data"]} == {
        one for one, tier in told.items() if tier == "high"
    }
    exported = program(either.app, either.workspace, "marketer").get("/api/v1/customers.csv")
    assert exported.headers["x-row-count"] == str(len(either.mine))


def test_cells_of_the_value_map_open_only_those_who_are_seen(world):
    visitor = sign_in(world.app, "service")[0]
    cells = set(re.findall(r'href="(/customers\?[^"]+)"', visitor.get("/map").text))
    assert len(cells) > 8
    for address in cells:
        answer = visitor.get(address.replace("&amp;", "&"))
        assert (answer.status_code, world.strangers(answer.content)) == (200, set())


def test_a_household_with_a_stranger_in_it_is_as_if_it_were_not_there(either):
    client, visitor = program(either.app, either.workspace, "service"), sign_in(either.app, "service")[0]
    rows = client.get("/api/v1/households", params={"limit": 500}).json()
    names = {row["group_id"] for row in rows["data"]}
    assert either.whole in names
    assert rows["total"] == len(names) < len(either.groups)
    broken = min(either.groups[either.broken] & either.mine)
    assert either.broken not in visitor.get(f"/customers/{either.ref(broken)}").text
    whole = min(either.groups[either.whole])
    assert either.whole in visitor.get(f"/customers/{either.ref(whole)}").text
    assert visitor.get(f"/customers?group={either.ref(either.broken)}").status_code == 404
    assert visitor.get(f"/customers?group={either.ref(either.whole)}").status_code == 200


def test_trees_and_tables_leave_a_parent_empty_who_is_not_seen(either):
    client, visitor = program(either.app, either.workspace, "service"), sign_in(either.app, "service")[0]
    rows = client.get("/api/v1/referrals", params={"limit": 500}).json()["data"]
    assert {row["customer_id"] for row in rows} <= either.mine
    assert {row["parent_id"] for row in rows} - {None} <= either.mine
    one = next(row["customer_id"] for row in rows)
    page = visitor.get(f"/referrals?customer={either.ref(one)}")
    assert (page.status_code, either.strangers(page.content)) == (200, set())
    assert visitor.get(f"/referrals?customer={either.ref(either.outside[0])}").status_code == 404


def test_one_persons_data_go_out_without_what_tells_of_others(world):
    client = program(world.app, world.workspace, "service")
    together = world.groups[world.broken] & world.mine
    for one in [*together, *sorted(world.mine)[:2]]:
        answer = client.get(f"/api/v1/privacy/export/{world.ref(one)}")
        assert answer.status_code == 200
        assert world.strangers(answer.content) == set()
    assert client.get(f"/api/v1/privacy/export/{world.ref(world.outside[0])}").status_code == 404
    owner = program(world.app, world.workspace, "owner")
    both = owner.get(f"/api/v1/privacy/export/{world.ref(min(together))}")
    assert world.broken in "".join(texts(both.content))


def test_who_is_not_limited_or_cannot_be_sees_everybody(either):
    for role in ("owner", "analyst"):
        either.change(role, sees="own")
        client = program(either.app, either.workspace, role)
        assert client.get("/api/v1/customers").json()["total"] == len(either.ids)
        either.change(role, sees="all")
    visitor = sign_in(either.app, "owner")[0]
    for place in ("/customers", "/map", "/households", "/referrals"):
        assert either.strangers(visitor.get(place).content)
    assert not WHOLE_COMPANY & set().union(*(ROLES[role] for role in LIMITABLE))


def test_a_change_of_team_scope_or_assignment_counts_at_once(either):
    client = program(either.app, either.workspace, "viewer")

    def total():
        return client.get("/api/v1/customers").json()["total"]

    assert total() == len(either.mine)
    batch = either.assign(either.outside[:3], "viewer")
    assert total() == len(either.mine) + 3
    either.change("viewer", sees="own")
    assert total() == 3
    with either.workspace.database.begin() as connection:
        assignments.undo_batch(connection, batch, now())
    assert total() == 0
    assert client.get("/api/v1/customers").json()["data"] == []
    assert sign_in(either.app, "viewer")[0].get("/map").status_code == 200
    either.change("viewer", sees="all")
    assert total() == len(either.ids)
    either.change("viewer", sees="team")
    assert total() == len(either.mine)
