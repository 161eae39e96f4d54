"""Compile `locales/<lang>/*.po` into one `lifeworth` catalogue per language.

Usage: python tools/catalogues.py LOCALES_DIR OUT_DIR
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_language(folder: Path, target: Path) -> int:
    merged = Catalog(locale=folder.name)
    for source in sorted(folder.glob("*.po")):
        with source.open("rb") as stream:
            for message in read_po(stream, locale=folder.name):
                if not message.id:
                    continue
                if message.id in merged:
                    sys.exit(f"{source}: key {message.id!r} stands in two files")
                merged.add(message.id, string=message.string)
    with target.open("wb") as stream:
        write_mo(stream, merged)
    return len(merged)


def main(locales: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for folder in sorted(path for path in locales.iterdir() if path.is_dir()):
        compile_language(folder, out / f"{folder.name}.mo")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
