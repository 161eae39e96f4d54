"""Webhooks: what happened is told to other systems, signed, again and again until they listen.

    lifeworth-timestamp: seconds since 1970
    lifeworth-signature: v1=HMAC-SHA256(secret, timestamp + "." + body), in hexadecimal

The receiver refuses messages older than five minutes. The address is resolved here and must not
lie inside our own network (`checked_address`); the connection goes to the very address that was
checked, and redirects are not followed.
"""

import datetime
import hashlib
import hmac
import ipaddress
import json
import socket
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.store.ids import new_id, new_secret
from lifeworth.store.jobs import add_job
from lifeworth.store.rows import many, one
from lifeworth.store.tables import deliveries, webhooks
from lifeworth.workflows.step import Progress
from lifeworth.workflows.workspace import Workspace

TEST = "test"
EVENTS = ("run.completed", "import.completed", "job.failed", "person.erased", TEST)
RETRY_SECONDS = (10, 60, 300, 1_800, 7_200, 28_800)
TIMEOUT_SECONDS = 10
ALLOW_PRIVATE = "allow_private_webhooks"  # a file in the workspace: for tests and closed networks


def add_webhook(workspace: Workspace, *, url: str, events: list[str]) -> dict[str, Any]:
    """The new webhook, with its secret: it is shown once.

    Raises:
        AppError: APP-016 for the address, APP-019 for an event that there is not.
    """
    checked_address(workspace, url)
    _known(events)
    row = {"id": new_id(), "url": url, "events": events, "secret": new_secret(), "active": True}
    with workspace.database.begin() as connection:
        connection.execute(sa.insert(webhooks).values(**row, created_at=now(), version=1))
        found = one(connection, sa.select(webhooks).where(webhooks.c.id == row["id"]))
    assert found is not None
    return found


def check_webhook(workspace: Workspace, *, url: str | None, events: list[str]) -> None:
    """
    Raises:
        AppError: APP-016 for the address, APP-019 for an event.
    """
    if url is not None:
        checked_address(workspace, url)
    _known(events)


def checked_address(workspace: Workspace, url: str) -> tuple[str, int, str]:
    """(address to connect to, port, host name).

    Raises:
        AppError: APP-016 unless http(s) to a public address. Every address that the name has must be one.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise AppError("APP-016", seen=url[:200]) from None
    private = (workspace.folder / ALLOW_PRIVATE).exists()
    fine = parts.scheme == "https" or (private and parts.scheme == "http")
    if not fine or not host or parts.username or parts.password or len(url) > 2000 or not url.isprintable():
        raise AppError("APP-016", seen=url[:200])
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise AppError("APP-016", seen=host) from None
    if not private and not all(_is_public(address) for address in found):
        raise AppError("APP-016", seen=host)
    return sorted(found)[0], port, host


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return ip.is_global and not ip.is_multicast and (inner is None or inner.is_global)


def announce(workspace: Workspace, event: str, data: dict[str, Any]) -> list[str]:
    """Queue a message to every webhook that wants this event; ids of the deliveries."""
    with workspace.database.begin() as connection:
        hooks = many(connection, sa.select(webhooks).where(webhooks.c.active))
        return [_queue(connection, hook, event, data) for hook in hooks if event in hook["events"]]


def send_test(workspace: Workspace, webhook_id: str) -> str:
    """Queue a message of the event "test" to one webhook; the id of the delivery."""
    with workspace.database.begin() as connection:
        hook = one(connection, sa.select(webhooks).where(webhooks.c.id == webhook_id))
        if hook is None:
            raise AppError("APP-003", kind="webhook", seen=webhook_id)
        return _queue(connection, hook, TEST, {})


def resend(workspace: Workspace, delivery_id: str) -> None:
    """Send an old message once more, as it was.

    Raises:
        AppError: APP-003 when there is none.
    """
    with workspace.database.begin() as connection:
        row = one(connection, sa.select(deliveries).where(deliveries.c.id == delivery_id))
        if row is None:
            raise AppError("APP-003", kind="delivery", seen=delivery_id)
        change = sa.update(deliveries).where(deliveries.c.id == delivery_id)
        connection.execute(change.values(status="waiting", attempts=0, next_at=now()))
        add_job(connection, "deliver", {"delivery_id": delivery_id}, now=now())


def sign(secret: str, timestamp: str, body: bytes) -> str:
    signed = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"v1={signed.hexdigest()}"


def deliver_job(workspace: Workspace, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The work of a job of the kind "deliver": one attempt, and the next one queued where it failed."""
    progress("deliver", 0)
    delivery_id = job["payload"]["delivery_id"]
    with workspace.database.read() as connection:
        row = one(connection, sa.select(deliveries).where(deliveries.c.id == delivery_id))
        hook = row and one(connection, sa.select(webhooks).where(webhooks.c.id == row["webhook_id"]))
    if not row or not hook or row["status"] != "waiting":
        return {"delivery_id": delivery_id, "status": "gone"}
    status, text = _post(workspace, hook, row)
    good = status is not None and 200 <= status < 300
    moment, attempts = now(), row["attempts"] + 1
    values: dict[str, Any] = {"attempts": attempts, "response_status": status, "response_text": text[:500]}
    again = None
    if good:
        values |= {"status": "delivered", "delivered_at": moment, "next_at": None}
    elif attempts > len(RETRY_SECONDS):
        values |= {"status": "failed", "next_at": None}
    else:
        again = moment + datetime.timedelta(seconds=RETRY_SECONDS[attempts - 1])
        values |= {"status": "waiting", "next_at": again}
    with workspace.database.begin() as connection:
        connection.execute(sa.update(deliveries).where(deliveries.c.id == delivery_id).values(**values))
        if again:
            add_job(connection, "deliver", {"delivery_id": delivery_id}, now=again)
    return {"delivery_id": delivery_id, "status": values["status"]}


def _post(workspace: Workspace, hook: dict[str, Any], row: dict[str, Any]) -> tuple[int | None, str]:
    import httpx

    body = json.dumps(row["body"], ensure_ascii=False, sort_keys=True).encode()
    timestamp = str(int(now().timestamp()))
    try:
        address, port, host = checked_address(workspace, hook["url"])
        target = httpx.URL(hook["url"]).copy_with(host=address, port=port)
        headers = {
            "host": host if port in (80, 443) else f"{host}:{port}",
            "content-type": "application/json",
            "user-agent": "lifeworth",
            "lifeworth-event": row["event"],
            "lifeworth-delivery": row["id"],
            "lifeworth-timestamp": timestamp,
            "lifeworth-signature": sign(hook["secret"], timestamp, body),
        }
        with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client:
            request = client.build_request("POST", target, content=body, headers=headers)
            request.extensions["sni_hostname"] = host
            answer = client.send(request, stream=True)
            text = next(answer.iter_bytes(500), b"").decode("utf-8", "replace")
            answer.close()
            return answer.status_code, text
    except AppError as refusal:
        return None, refusal.code
    except httpx.HTTPError as failure:
        return None, type(failure).__name__


def _queue(connection: sa.Connection, hook: dict[str, Any], event: str, data: dict[str, Any]) -> str:
    delivery_id, moment = new_id(), now()
    body = {"id": delivery_id, "event": event, "at": moment.isoformat(), "data": data}
    connection.execute(
        sa.insert(deliveries).values(
            id=delivery_id, webhook_id=hook["id"], event=event, body=body, status="waiting", attempts=0,
            response_text="", created_at=moment, next_at=moment,
        )
    )  # fmt: skip
    add_job(connection, "deliver", {"delivery_id": delivery_id}, now=moment)
    return delivery_id


def _known(events: list[str]) -> None:
    for event in events:
        if event not in EVENTS:
            raise AppError("APP-019", seen=event, wanted=", ".join(EVENTS))
