"""A witness over HTTP: `POST /add-checkpoint`, `GET /<origin hash>/checkpoint`, and nothing else.

Python's own server: a few logs ask once a second, each answer is small, and whatever faces the open net is a
proxy in front.
"""

from __future__ import annotations

import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from duly.witness.protocol import Answer, Witness

__all__ = ["server"]

_MOST: Final = 256 * 1024
_PATIENCE: Final = 10
_CHECKPOINT: Final = re.compile(r"/([0-9a-f]{64})/checkpoint", re.ASCII)


def server(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """A server that answers for the witness; port 0 is any free one."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "duly-witness", ""
        timeout = _PATIENCE

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            if not (length.isascii() and length.isdecimal() and len(length) < 8) or int(length) > _MOST:
                self.close_connection = True
                self._send(Answer(413 if length else 411, b"send a body of a known and small length\n"))
                return
            body = self.rfile.read(int(length))
            known = self.path == "/add-checkpoint"
            self._send(_answered(witness, body) if known else Answer(404, b"no such page\n"))

        def do_GET(self) -> None:
            found = _CHECKPOINT.fullmatch(self.path)
            self._send(witness.checkpoint(found[1]) if found else Answer(404, b"no such page\n"))

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.media)
            self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the server's own name
            """One line for each request would say nothing that the record does not."""

    made = ThreadingHTTPServer((host, port), Handler)
    made.daemon_threads = True
    return made


def _answered(witness: Witness, body: bytes) -> Answer:
    """What cannot be written down is not cosigned, and said to be the witness's fault."""
    try:
        return witness.add_checkpoint(body)
    except OSError as error:
        sys.stderr.write(f"nothing was cosigned: {error.strerror}\n")
        return Answer(500, b"this witness cannot write down what it cosigns\n")
