"""A real OpenID provider on loopback, and an app in production mode that people and officers sign in to."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from socket import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar.testing import TestClient
from signing import public
from web_town import CACHE, MOTHER, NEIGHBOUR, register

from duly.app import App, Settings, build
from duly.events import Source, Sources
from duly.law import Pack
from duly.vault import FileKeys

SENDER = "https://folkeregisteret.example"
SIGN_IN = """
[[provider]]
name = "eid"
title = "National eID"
issuer = "{issuer}"
client_id = "duly"
client_secret_file = "{secret}"
acr = ["high"]
person = {{ claim = "pid", scheme = "no.fnr" }}

[[provider]]
name = "staff"
title = "Staff sign-in"
issuer = "{issuer}"
client_id = "duly-staff"
client_secret_file = "{secret}"
amr = ["mfa", "hwk"]

[provider.officer]
claim = "sub"
name = "display"
agency = "org"
role = "job"
agencies = {{ "889640782" = "nav" }}
roles = {{ "saksbehandler" = "caseworker", "klarert" = "cleared" }}
"""


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Identity:
    """The provider, as a process; every start has new signing keys."""

    def __init__(self, folder: Path) -> None:
        self.port, self._folder = free_port(), folder
        self.start()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(self.port)]
        with (self._folder / "identity.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            try:
                if httpx.get(f"{self.issuer}/jwks", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError((self._folder / "identity.log").read_text()[-2000:])

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)

    def knows(self, sub: str, claims: Mapping[str, Any]) -> None:
        httpx.put(f"{self.issuer}/users/{sub}", json=dict(claims), timeout=10).raise_for_status()

    def signs_in(self, address: str, sub: str) -> str:
        """Where the provider sends the browser back to, after somebody signed in there: path and query."""
        assert address.startswith(f"{self.issuer}/oauth2/authorize?"), address
        answer = httpx.post(address, data={"sub": sub}, timeout=10)
        back = urlsplit(answer.headers["location"])
        return f"{back.path}?{back.query}"


def production(folder: Path, issuer: str, **more: str) -> App:
    """An app in production mode that knows two people by now."""
    FileKeys.create(folder / "keys.json")
    pack = Pack.load("norway")
    key = public("folkeregisteret", Ed25519PrivateKey.generate())
    sources = [Source(uri=SENDER, register="folkeregisteret", keys=(), signing=(key,))]
    (folder / "sources.toml").write_text(Sources.of(sources, pack, folder).text())
    (folder / "secret").write_text("s3cret\n")
    (folder / "sign-in.toml").write_text(SIGN_IN.format(issuer=issuer, secret=folder / "secret"))
    told = {"directory": str(folder), "cache": str(CACHE), "public": "https://duly.example", **more}
    app = build(Settings.of(told))
    source = app.sources.listed[SENDER]
    people = [register(MOTHER, "Ingrid Berg", "1990-01-01"), register(NEIGHBOUR, "Nils Nabo", "1970-04-04")]
    for outcome in app.intake.take(source, people):
        assert outcome.status == "accepted", outcome.problem
    app.worker.run_until_idle()
    return app


class Window:
    """A browser of one visitor, that follows no address by itself."""

    def __init__(self, web: Any) -> None:
        self.client = TestClient(web, base_url="https://duly.example", raise_server_exceptions=True)
        self.client.follow_redirects = False
        self.client.headers.update({"accept": "text/html", "accept-language": "en"})

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def to_provider(self, name: str) -> str:
        answer = self.get(f"/sign-in/{name}")
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def sign_in(self, identity: Identity, name: str, sub: str) -> httpx.Response:
        return self.get(identity.signs_in(self.to_provider(name), sub))
