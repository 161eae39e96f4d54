"""Where the parts of the repository stand, and the texts that are committed."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "lifeworth"
FOLDERS = (".ci", "bench", "docs", "locales", "requirements", "src", "tests", "tools")
MADE_AT_SET_UP = ("catalogues", "vendor", "__pycache__")  # see .gitignore
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def texts():
    """(path, text) of every text file that belongs to the repository."""
    paths = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]  # of a worktree
    paths += [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    ignored = _ignored()
    for path in sorted(paths):
        if path in ignored or set(path.parts) & set(MADE_AT_SET_UP):
            continue
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def _ignored():
    """What git does not track and would not; empty where this is no clone."""
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--ignored", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    return {ROOT / name for name in listed.stdout.split("\0") if name}


def pages():
    """The pages people read."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def blocks(page, language):
    """The fenced blocks of one language on a page."""
    return [text for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")) if kind == language]
