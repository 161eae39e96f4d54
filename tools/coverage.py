"""Measure the coverage of predictive intervals of every model, and write it into the guide.

`.venv/bin/python tools/coverage.py [MODEL ...]`: some minutes for all;
`tests/models/test_coverage.py` checks the table.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs/guides/uncertainty.md"
HEAD = "| Model | customers | totals | customers, real | total, real |\n| --- | ---: | ---: | ---: | ---: |\n"


def main() -> None:
    sys.path.insert(0, str(ROOT / "tests"))
    from models import coverage_worlds

    text = GUIDE.read_text(encoding="utf-8")
    before, _, rest = text.partition(HEAD)
    table, end, after = rest.partition("\n\n")
    known = {line.split("|")[1].strip(): line for line in table.splitlines()}
    for name in sys.argv[1:] or coverage_worlds.names():
        known[name] = coverage_worlds.row(name)
        sys.stderr.write(f"{known[name]}\n")
    rows = [known[name] for name in coverage_worlds.names() if name in known]
    GUIDE.write_text(before + HEAD + "\n".join(rows) + end + after, encoding="utf-8")


if __name__ == "__main__":
    main()
