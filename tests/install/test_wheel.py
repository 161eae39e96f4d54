"""The wheel, in an empty environment without Node, network or this checkout, is the full application."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"
PLACES = (
    "/",
    "/value",
    "/map",
    "/quality",
    "/customers",
    "/calculator",
    "/import",
    "/data",
    "/runs",
    "/settings",
)
LOOKS = {"text/css": "{", "text/javascript": "(", "image/svg+xml": "<svg"}  # something of each kind of file

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def programs(wheel, tmp_path_factory):
    """The folder of programs of an environment that holds the wheel and what its lock names, nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=True, symlinks=True)
    packages = next((folder / "lib").glob("python3*/site-packages"))
    pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True, env=surroundings(folder / "bin"), cwd=folder)
    for name in locked():
        for top in tops(name):
            target = packages / top
            if not target.exists():
                target.symlink_to(distribution(name).locate_file(top))
    return folder / "bin"


def locked():
    """Packages of the lock that this machine needs; build tools are left out."""
    names = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements/run.txt").read_text(), re.MULTILINE)
    present = []
    for name in dict.fromkeys(names):
        try:
            distribution(name)
        except ModuleNotFoundError:  # of another platform
            continue
        if name not in ("hatchling", "editables", "pandas"):  # no command needs pandas
            present.append(name)
    return present


def tops(name):
    """Folders and files of a distribution in site-packages."""
    files = distribution(name).files or ()
    return {file.parts[0] for file in files if file.parts[0] not in ("..", "__pycache__")}


def surroundings(bin_folder):
    """No Node, no network but our own machine, nothing of this checkout."""
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
    nowhere = {f"{kind}_proxy": "http://127.0.0.1:9" for kind in ("http", "https", "all")}
    return {**kept, **nowhere, "no_proxy": "127.0.0.1", "PATH": str(bin_folder), "LANG": "C.UTF-8"}


@pytest.fixture(scope="module")
def site(programs, tmp_path_factory):
    """(a visitor, the address of the first owner's door) of a server that runs from the wheel."""
    folder = tmp_path_factory.mktemp("served")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "log"
    command = [programs / "lifeworth", "serve", "--workspace", folder / "shop", "--port", str(port)]
    with log.open("w") as said:
        process = subprocess.Popen(
            command, cwd=folder, env=surroundings(programs), stdout=said, stderr=subprocess.STDOUT
        )
    visitor = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=180, trust_env=False)
    try:
        until(lambda: process.poll() is None and answers(visitor), log)
        door = re.search(r"/setup\?token=\S+", log.read_text())[0]
        yield visitor, door
    finally:
        visitor.close()
        process.terminate()
        process.wait(timeout=180)
    assert "Traceback" not in log.read_text()


def answers(visitor):
    try:
        return visitor.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def until(true, log, seconds=300):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.3)
    raise TimeoutError(log.read_text() if log else "")


def field(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page.text)[1]


@pytest.fixture(scope="module")
def inside(site):
    """The first owner, who has loaded the sample company."""
    visitor, door = site
    page = visitor.get(door)
    form = {"login": "me@example.com", "name": "Me", "password": PASSWORD}
    hidden = {name: field(page, name) for name in ("csrf", "token")}
    assert visitor.post("/setup", data={**form, **hidden}, follow_redirects=False).status_code == 303
    start = visitor.get("/")
    begun = visitor.post("/start/sample", data={"csrf": field(start, "csrf")}, follow_redirects=False)
    assert begun.status_code == 303
    job = begun.headers["location"].rpartition("/")[2]
    until(lambda: visitor.get(f"/api/v1/jobs/{job}").json()["status"] in ("done", "failed"), None)
    done = visitor.get(f"/api/v1/jobs/{job}").json()
    assert done["status"] == "done", done
    return visitor


def test_the_wheel_carries_what_is_made_at_set_up_and_nothing_of_the_tests(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        *(f"lifeworth/text/catalogues/{language}.mo" for language in ("en", "zh_Hans", "zh_Hant")),
        "lifeworth/reports/formats/vendor/echarts.min.js",
        "lifeworth/web/vendor/htmx.min.js",
        "lifeworth/web/templates/base.html.j2",
        "lifeworth/store/migrations/versions/0001_the_first_tables.py",
        "lifeworth/data/samples/cdnow/CDNOW_sample.txt",
    ):
        assert wanted in names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"lifeworth"}


def test_the_program_comes_from_the_wheel_and_finds_no_node(programs):
    asked = [programs / "python", "-c", "import lifeworth, lifeworth.web.app; print(lifeworth.__file__)"]
    said = subprocess.run(asked, capture_output=True, text=True, env=surroundings(programs), check=True)
    assert Path(said.stdout.strip()).is_relative_to(programs.parent)
    assert shutil.which("node", path=str(programs)) is None


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_every_page_opens_with_its_words_and_files(inside, language):
    assets = set()
    for place in PLACES:
        page = inside.get(place, params={"lang": language})
        assert page.status_code == 200, place
        assert f'<html lang="{language}"' in page.text
        assets |= set(re.findall(r'(?:src|href)="(/(?:static|vendor|charts|assets)/[^"]+)"', page.text))
    assert {"/vendor/htmx.min.js", "/charts/echarts.min.js", "/static/app.css", "/assets/theme.css"} <= assets
    for path in assets:
        answer = inside.get(path)
        assert answer.status_code == 200, path
        assert LOOKS[answer.headers["content-type"].split(";")[0]] in answer.text, path


def test_customers_report_and_exports_are_there(inside):
    listed = inside.get("/api/v1/customers", params={"limit": 1}).json()
    assert listed["total"] == 2_357
    assert inside.get(f"/customers/{listed['data'][0]['ref']}").status_code == 200
    run = listed["run_id"]
    assert inside.get(f"/runs/{run}/report").text.startswith("<!doctype html>")
    for kind in ("csv", "xlsx", "parquet"):
        answer = inside.get(f"/customers.{kind}", params={"tier": "high"})
        assert answer.status_code == 200
        assert int(answer.headers["x-row-count"]) > 0
    assert inside.get("/api/v1/openapi.json").json()["openapi"].startswith("3.1")
