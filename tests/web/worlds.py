"""A workspace with a small shop, people of every role, and browsers and programs that visit it."""

import re
import warnings

from lifeworth.base.clock import now
from lifeworth.store import accounts
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
    """Orders whose customers are known by e-mail address."""
    table = shop(customers=customers, days=days, seed=seed)
    table["customer_id"] = [f"anna{name}@example.com" for name in table["customer_id"]]
    return table.to_csv(index=False).encode()


def workspace_at(folder, url=""):
    """`url`: of a fresh PostgreSQL database, which workers of other processes find too; else SQLite."""
    if url:
        folder.mkdir(parents=True)
        (folder / "database").write_text(url)
    workspace = Workspace.open(folder)
    for role in ROLES:
        people.add_user(workspace, login=f"{role}@example.com", name=role, password=PASSWORD, role=role)
    return workspace


def bring_in(workspace, content, name="orders.csv", kind="orders", options=None):
    """Upload, import and confirm; the id of the import."""
    row, _ = ingest.add_import(workspace, save_upload(workspace, name, [content]), kind)
    if row["status"] != "active":
        ingest.confirm_import(workspace, row["id"], options)
        Worker(workspace).run_all()
    return row["id"]


def valued(workspace):
    """Run a valuation over what was brought in; the id of the run."""
    start_run(workspace)
    Worker(workspace).run_all()
    return workspace.current_run().id


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
