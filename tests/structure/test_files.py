"""Rules about the files themselves that neither the linter nor the floors see."""

import re
import subprocess

from structure.places import ROOT, SOURCE, texts

MOST_LINES, MOST_BYTES = 400, 300_000
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "util"}
# a part of each is in brackets, so that this file does not name what it forbids
REGISTRIES = r"py[p]i\.org|python[h]osted|npm[j]s\.(org|com)|conda[.]anaconda"
MACHINE = r"(?<![\w.~}/])/(?:" + "|".join(("root", "home", "Users", "work")) + r")/[\w.-]+"


def test_no_source_file_is_longer_than_a_reader_s_patience():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in SOURCE.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}


def test_every_source_file_says_what_it_is_for():
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCE.rglob("*.py")
        if not path.read_text(encoding="utf-8").startswith('"""')
    ]
    assert silent == []


def test_what_git_keeps_is_small_and_no_machine_s_own_format():
    kept = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    files = [ROOT / name for name in kept.decode().split("\0") if name]
    heavy = [path.name for path in files if path.stat().st_size > MOST_BYTES]
    binary = [path.name for path in files if b"\0" in path.read_bytes()]
    assert (heavy, binary) == ([], [])


def test_no_room_is_named_for_having_no_name():
    assert [path for path in SOURCE.rglob("*") if path.stem in FORBIDDEN_NAMES] == []


def test_no_text_names_a_package_registry():
    assert [str(path) for path, text in texts() if re.search(REGISTRIES, text)] == []


def test_no_text_holds_a_path_of_one_machine():
    found = {
        str(path.relative_to(ROOT)): hit.group()
        for path, text in texts()
        if (hit := re.search(MACHINE, text))
    }
    assert found == {}
