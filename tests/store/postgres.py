"""A real PostgreSQL for the tests: the one on the path, else from the wheel that ships it.

It refuses to run as root, so it is then started as another user, in a folder of its own.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

OTHER_USERS = ("postgres", "nobody")


def programs():
    """The folder of initdb and postgres."""
    found = shutil.which("postgres")
    if found and (Path(found).resolve().parent / "initdb").exists():
        return Path(found).resolve().parent
    import pgserver

    return Path(pgserver.__file__).parent / "pginstall" / "bin"


def somebody():
    """The user to run as: ourselves, unless we are root."""
    if os.getuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in OTHER_USERS if name in known)


@contextlib.contextmanager
def server():
    """The URL of a fresh server, without a database name; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="lifeworth-postgres-"))
    user, bin_folder = somebody(), programs()
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
        # a wheel below a folder that only root may enter cannot be run by another
        if not _may_enter(bin_folder):
            shutil.copytree(bin_folder.parent, folder / "install", symlinks=True)
            bin_folder = folder / "install" / bin_folder.name
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(folder)}
    data = folder / "data"
    run = {"env": environment, "cwd": folder, **as_user}
    subprocess.run(
        [bin_folder / "initdb", "-D", data, "-U", "lifeworth", "--auth=trust", "--no-sync", "-E", "UTF8"],
        check=True, capture_output=True, **run,
    )  # fmt: skip
    port = _free_port()
    # hundreds of small databases that nobody keeps: nothing need survive, and no cleaner need visit them all
    wanted = ("fsync=off", "full_page_writes=off", "autovacuum=off", "max_connections=200")
    options = [word for each in (*wanted, "listen_addresses=127.0.0.1") for word in ("-c", each)]
    process = subprocess.Popen(
        [bin_folder / "postgres", "-D", data, "-p", str(port), "-k", folder, *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **run,
    )  # fmt: skip
    url = f"postgresql://lifeworth@127.0.0.1:{port}"
    try:
        _wait(url)
        yield url
    finally:
        process.send_signal(signal.SIGQUIT)  # at once, whoever is still connected, and nothing is written
        process.wait(timeout=180)
        shutil.rmtree(folder, ignore_errors=True)


def fresh_database(url, name, copied=""):
    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{copied or "template0"}"')
    return f"{url}/{name}"


def _may_enter(folder):
    return all(parent.stat().st_mode & 0o005 == 0o005 for parent in (folder, *folder.parents))


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(url):
    for _ in range(1800):
        try:
            psycopg.connect(f"{url}/postgres", connect_timeout=1).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)
