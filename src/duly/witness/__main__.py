"""`python -m duly.witness`: the witness without the rest of Duly's command line."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from duly.errors import BadInput, DulyError
from duly.ledger.verify import ProofError, PublicKey
from duly.witness.cosigner import Cosigner
from duly.witness.protocol import Witness
from duly.witness.record import Records
from duly.witness.server import server

__all__ = ["create_key", "main", "run"]


def create_key(name: str, file: Path) -> str:
    """Write a new secret key to a file that only its owner reads; the public key. Never overwrites."""
    made = Cosigner.generate(name)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        hint = "Name another file: a key that is lost cannot be made again."
        detail = "It is never overwritten."
        raise BadInput("The file is there already", detail=detail, where=str(file), hint=hint) from error
    with os.fdopen(handle, "w") as writing:
        writing.write(f"{made.encoded()}\n")
    return made.encoded_public()


def run(*, key: Path, logs: list[Path], state: Path, listen: str) -> None:
    """Watch the logs whose public keys stand in files (first line the origin), until stopped."""
    cosigner = Cosigner.parse(key.read_text())
    known = dict(_log(file) for file in logs)
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise BadInput("Not an address", detail=f"{listen!r} is not HOST:PORT.", where="--listen")
    records = Records.open(state, cosigner.public(), known)
    witness = Witness(cosigner, known, records, lambda: int(time.time()))
    with server(witness, host, int(port)) as made:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stop)
        at, of = made.server_address[:2]
        sys.stderr.write(f"{cosigner.name} watches {', '.join(known)} on {at!s}:{of}\n")
        sys.stderr.flush()
        made.serve_forever()


def _stop(number: int, frame: object) -> None:
    sys.exit(0)


def _log(file: Path) -> tuple[str, list[PublicKey]]:
    """A log's origin and keys: one line for the origin, then one for each key."""
    lines = file.read_text(encoding="utf-8").split("\n")
    origin, keys = lines[0].strip(), [line.strip() for line in lines[1:] if line.strip()]
    if not origin or not keys:
        hint = "Write the log's origin on the first line and a public key on each other."
        raise BadInput("No log is named", detail="It has no origin or no key.", where=str(file), hint=hint)
    try:
        return origin, [PublicKey.parse(one) for one in keys]
    except ProofError as error:
        raise BadInput("Not a key", detail=str(error), where=str(file)) from error


def main() -> None:
    """Parse the command line and run."""
    options = argparse.ArgumentParser(prog="duly-witness", description="Cosign logs that only ever grow.")
    options.add_argument("--key", type=Path, required=True, help="the file of the witness's secret key")
    options.add_argument(
        "--log", type=Path, action="append", required=True, help="a log: its origin, then its public keys"
    )
    options.add_argument("--state", type=Path, required=True, help="where it keeps what it cosigned last")
    options.add_argument("--listen", default="127.0.0.1:8100", help="HOST:PORT")
    given = options.parse_args()
    try:
        run(key=given.key, logs=given.log, state=given.state, listen=given.listen)
    except (DulyError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
