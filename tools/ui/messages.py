"""Lists the messages of the pages, and what a language still lacks: `python tools/ui/messages.py nb`.

Run by maintainers after changing a template; it writes the missing entries, empty, to the end of the file.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

WEB = Path(__file__).parents[2] / "src" / "duly" / "web"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "say": None, "count": (1, 2)}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]


def main(language: str) -> None:
    file = WEB / "locale" / f"{language}.po"
    old = read_po(file.open("rb"), locale=language) if file.exists() else Catalog(locale=language)
    new = Catalog(locale=language)
    for _, _, message, _, _ in extract_from_dir(str(WEB), METHODS, keywords=KEYWORDS):
        known = old.get(message if isinstance(message, str) else message[0])
        new.add(message, known.string if known else None)
    with file.open("wb") as out:
        out.write(b"# The words of the pages in one language; tools/ui/messages.py adds what is new.\n")
        write_po(out, new, omit_header=True, width=110, sort_output=True, no_location=True)
    for message in new:
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if not all(strings):
            print("missing:", message.id)  # noqa: T201 - a maintainer's script


if __name__ == "__main__":
    main(sys.argv[1])
