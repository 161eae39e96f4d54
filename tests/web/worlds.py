"""A workspace with a small shop, people of every role, and browsers and programs that visit it."""

import contextlib
import datetime
import http.server
import random
import re
import shutil
import threading
import warnings

import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.data.samples.company import write_company
from lifeworth.store import accounts, tables
from lifeworth.store.rows import many
from lifeworth.web.app import create_app
from lifeworth.web.roles import ROLES
from lifeworth.workflows import ingest, people
from lifeworth.workflows.recalculate import start_run
from lifeworth.workflows.uploads import save_upload
from lifeworth.workflows.worker import Worker
from lifeworth.workflows.workspace import Workspace
from workflows.shops import shop

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Starlette would rather have the successor of httpx
    from fastapi.testclient import TestClient

PASSWORD = "correct horse battery"
ADDRESS = "http://shop.test"


def orders_csv(customers=120, days=300, seed=7):
    """Orders whose customers are known by e-mail address, and called by a name."""
    table = shop(customers=customers, days=days, seed=seed)
    table["customer_name"] = [f"Anna of {name}" for name in table["customer_id"]]
    table["customer_id"] = [f"anna{name}@example.com" for name in table["customer_id"]]
    return table.to_csv(index=False).encode()


def tmall_csv(people, days=400, seed=3):
    """Orders as 天猫 exports them, in GBK, of people: (买家会员名, 收货人姓名, 联系手机)."""
    rng = random.Random(seed)
    lines = ["订单编号,买家会员名,买家实际支付金额,订单状态,收货人姓名,联系手机,订单创建时间,宝贝标题"]
    for number, (nick, name, phone) in enumerate(people):
        for order in range(rng.randint(2, 5)):
            day = datetime.date(2023, 1, 1) + datetime.timedelta(days=rng.randint(0, days))
            paid = f"{rng.randint(20, 90)}.00"
            lines.append(f"{number:05d}{order},{nick},{paid},交易成功,{name},{phone},{day} 12:00:00,茶")
    return "\n".join(lines).encode("gbk")


def workspace_at(folder, url=""):
    """`url`: of a fresh PostgreSQL database, which workers of other processes find too; else SQLite."""
    if url:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "database").write_text(url)
    workspace = Workspace.open(folder)
    for role in ROLES:
        people.add_user(workspace, login=f"{role}@example.com", name=role, password=PASSWORD, role=role)
    return workspace


def beside_another_database(workspace, folder, url):
    """The same files, and each row of the same tables, with another database: nothing is valued again."""
    shutil.copytree(workspace.folder, folder, ignore=shutil.ignore_patterns("*.db*"))
    if url:
        (folder / "database").write_text(url)
    moved = Workspace.open(folder)
    every = tables.metadata.sorted_tables
    with workspace.database.read() as source, moved.database.begin() as target:
        for table in reversed(every):
            target.execute(sa.delete(table))
        for table in every:
            if rows := many(source, sa.select(table)):
                target.execute(sa.insert(table), rows)
    return moved


def bring_in(workspace, content, name="orders.csv", kind="orders", options=None):
    """Upload, import and confirm; the id of the import."""
    row, _ = ingest.add_import(workspace, save_upload(workspace, name, [content]), kind)
    if row["status"] != "active":
        ingest.confirm_import(workspace, row["id"], options)
        Worker(workspace).run_all()
    return row["id"]


def business_at(folder, url="", customers=500):
    """A company with all that it keeps beside its orders, valued half a year ago and now."""
    files = write_company(folder / "files", "en", 7, customers)
    workspace = workspace_at(folder / "shop", url)
    for kind in ("orders", "costs", "products", "referrals", "surveys", "subscriptions"):
        bring_in(workspace, getattr(files, kind).read_bytes(), f"{kind}.csv", kind)
    homes = files.households.read_bytes().replace(b",H0", b",home of Anna 0")
    bring_in(workspace, homes, "households.csv", "relationships")
    for until in ("2024-06-30", None):
        start_run(workspace, **({"until": until} if until else {}))
        Worker(workspace).run_all()
    return workspace


def valued(workspace):
    """Run a valuation over what was brought in; the id of the run."""
    start_run(workspace)
    Worker(workspace).run_all()
    return workspace.current_run().id


def small_shop(workspace):
    """The orders of a small shop, valued."""
    bring_in(workspace, orders_csv())
    valued(workspace)


def program(app, workspace, role, scopes=None):
    """A client that calls the API with a key of this role."""
    with workspace.database.begin() as connection:
        user = accounts.user_by_login(connection, f"{role}@example.com")
        _, key = accounts.add_key(
            connection, name=role, user_id=user["id"], scopes=scopes, expires_at=None, now=now()
        )
    headers = {"authorization": f"Bearer {key}"}
    return TestClient(app, base_url=ADDRESS, headers=headers, raise_server_exceptions=False)


def browser(app):
    """A client that keeps cookies, signed in nowhere."""
    return TestClient(app, base_url=ADDRESS, raise_server_exceptions=False)


def token_on(answer):
    return re.search(r'name="csrf" value="(\w+)"', answer.text)[1]


def sign_in(app, role, password=PASSWORD):
    visitor = browser(app)
    csrf = token_on(visitor.get("/login"))
    form = {"login": f"{role}@example.com", "password": password, "csrf": csrf}
    answer = visitor.post("/login", data=form, follow_redirects=False)
    return visitor, answer


def app_of(workspace):
    return create_app(workspace)


class Listener(http.server.BaseHTTPRequestHandler):
    """Keeps what it hears and answers what it is told to."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append((dict(self.headers), body))
        status = self.server.answers.pop(0) if self.server.answers else 200
        self.send_response(status)
        self.send_header("location", "http://127.0.0.1:1/inside")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def listening():
    """A server that keeps what it hears in `heard` and answers with the statuses of `answers`, then 200."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    server.heard, server.answers = [], []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
