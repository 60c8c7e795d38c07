"""Write the program that checks receipts as one file: the verifier's own code, with its imports taken out.

    .venv/bin/python tools/single_verifier.py

The file is src/duly/web/static/check-receipt.py; a test holds it equal to what this writes.
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ("proofs", "notes", "receipts")
TARGET = ROOT / "src/duly/web/static/check-receipt.py"

HEAD = '''#!/usr/bin/env python3
"""Check a receipt of the ledger of uses, offline. Needs Python 3.11 and its package `cryptography`.

    python3 check-receipt.py RECEIPT --key KEY [--key KEY] [--witness KEY ... --quorum N]

A KEY is the text of a public key, or a file with one a line. All keys of the log must have signed; of the
witnesses as many as --quorum says (all that are named, if it is left out). Exit code 0: the receipt holds,
and what it proves is printed. 1: it does not. 2: it cannot be checked.
"""

from __future__ import annotations

'''

TAIL = '''

def _keys(given: list[str]) -> list[PublicKey]:
    """Keys as text, or files with one a line."""
    lines: list[str] = []
    for one in given:
        lines += Path(one).read_text(encoding="utf-8").split() if os.path.isfile(one) else [one]
    return [PublicKey.parse(line) for line in lines]


def main() -> int:
    """Check the receipt that the command line names."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("receipt")
    options.add_argument("--key", action="append", required=True)
    options.add_argument("--witness", action="append", default=[])
    options.add_argument("--quorum", type=int)
    given = options.parse_args()
    try:
        keys, witnesses = _keys(given.key), _keys(given.witness)
        raw = Path(given.receipt).read_bytes()
    except (OSError, ValueError) as error:
        print(f"This cannot be checked: {error}", file=sys.stderr)
        return 2
    quorum = len(witnesses) if given.quorum is None else given.quorum
    try:
        receipt = check_receipt(raw, keys, witnesses, quorum)
    except ProofError as error:
        print(f"The receipt does not hold: {error}", file=sys.stderr)
        return 1
    print(f"The receipt holds: entry {receipt.index} of {receipt.head.size} in {receipt.head.origin}.")
    print(f"Cosigned by {', '.join(receipt.witnesses) or 'nobody that was asked for'}.")
    for name, value in receipt.text.items():
        print(f"  {name}: {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
'''


def written() -> str:
    """The whole file."""
    imports, bodies = {"import argparse", "import os", "import sys", "from pathlib import Path"}, list[str]()
    for name in PARTS:
        source = (ROOT / f"src/duly/ledger/verify/{name}.py").read_text(encoding="utf-8")
        lines, kept = source.split("\n"), list[str]()
        for number, node in enumerate(ast.parse(source).body):
            first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
            text = "\n".join(lines[first - 1 : node.end_lineno])
            if isinstance(node, ast.Import | ast.ImportFrom):
                if "duly." not in text and "__future__" not in text:
                    imports.add(text)
            elif number and not text.startswith("__all__"):
                kept.append(text)
        bodies += kept
    ours = sorted(imports, key=lambda line: ("cryptography" in line, line.startswith("from"), line))
    return HEAD + "\n".join(ours) + "\n\n\n" + "\n\n\n".join(bodies) + "\n" + TAIL


if __name__ == "__main__":
    TARGET.write_text(written(), encoding="utf-8")
