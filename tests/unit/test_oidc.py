"""A token is believed only if signature, issuer, audience, times, nonce and strength all fit."""

from __future__ import annotations

import hashlib
import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey, RSAKey

from duly.errors import BadInput, Denied
from duly.law import Pack
from duly.web.oidc import ENDED, Attempt, Client
from duly.web.providers import Provider, Providers

NOW = 1_772_362_800
ATTEMPT = Attempt(secret="a secret of the browser")
KEY, OTHER = (RSAKey.generate_key(2048, {"kid": kid}) for kid in ("k1", "k2"))
SHARED = OctKey.import_key(b"x" * 32)
PACK = Pack.load("norway")


class Published:
    """What a provider publishes over HTTP, and the token that it answers with."""

    def __init__(self) -> None:
        self.keys: list[Any] = [KEY]
        self.token, self.access, self.asked = "", "a-token", 0
        published = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                published.asked += 1
                self.answer(published.document(self.path))

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                access = {"access_token": published.access} if published.access else {}
                self.answer({"id_token": published.token} | access)

            def answer(self, told: Any) -> None:
                body = json.dumps(told).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as its base has it
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def document(self, path: str) -> Any:
        if path == "/jwks":
            return {"keys": [key.as_dict(private=False) for key in self.keys]}
        names = ("authorization_endpoint", "token_endpoint", "end_session_endpoint")
        return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks"} | {
            name: f"{self.issuer}/{name}" for name in names
        }


@pytest.fixture
def published() -> Iterator[Published]:
    made = Published()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def client(published: Published) -> Client:
    provider = Provider(
        name="eid", title="eID", issuer=published.issuer, client_id="duly", acr=("high",), max_age=300
    )
    return Client(provider, "https://duly.example/signed-in/eid", lambda: NOW)


def claims(published: Published, **changed: Any) -> dict[str, Any]:
    good = {
        "iss": published.issuer, "sub": "p-1", "aud": "duly", "iat": NOW, "exp": NOW + 300,
        "nonce": ATTEMPT.of("nonce"), "acr": "high", "auth_time": NOW - 10,
    }  # fmt: skip
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def signed(told: dict[str, Any], key: Any = KEY, alg: str = "RS256", kid: str = "k1") -> str:
    return jwt.encode({"alg": alg, "kid": kid}, told, key, algorithms=[alg])


def asked(client: Client, published: Published, token: str) -> Any:
    published.token = token
    return client.claims(ATTEMPT, {"code": "c", "state": ATTEMPT.of("state")})


def test_a_good_token_is_believed(client: Client, published: Published) -> None:
    assert asked(client, published, signed(claims(published)))["sub"] == "p-1"
    both = claims(published, aud=["duly", "other"], azp="duly")
    assert asked(client, published, signed(both))["sub"] == "p-1"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://other.example"}, {"iss": None}, {"aud": "other"}, {"aud": None}, {"aud": []},
        {"azp": "other"}, {"aud": ["duly", "other"]}, {"exp": NOW - 61}, {"exp": None}, {"exp": "soon"},
        {"iat": NOW + 61}, {"iat": None}, {"nbf": NOW + 61}, {"nonce": "another"}, {"nonce": None},
        {"nonce": ""}, {"sub": None}, {"acr": "low"}, {"acr": None}, {"auth_time": NOW - 361},
        {"auth_time": None}, {"auth_time": "x"},
    ],
)  # fmt: skip
def test_a_wrong_claim_is_refused(client: Client, published: Published, changed: dict[str, Any]) -> None:
    with pytest.raises(Denied):
        asked(client, published, signed(claims(published, **changed)))


def half(access: str, by: str) -> str:
    made = hashlib.new(by, access.encode()).digest()
    return urlsafe_b64encode(made[: len(made) // 2]).rstrip(b"=").decode()


@pytest.mark.parametrize(("alg", "by"), [("RS256", "sha256"), ("RS384", "sha384"), ("PS512", "sha512")])
def test_the_access_token_that_is_named_is_the_one_that_came(
    client: Client, published: Published, alg: str, by: str
) -> None:
    good = signed(claims(published, at_hash=half("a-token", by)), alg=alg)
    assert asked(client, published, good)["sub"] == "p-1"
    for access in ("another", ""):
        published.access = access
        with pytest.raises(Denied, match="access token"):
            asked(client, published, good)
    assert asked(client, published, signed(claims(published), alg=alg))["sub"] == "p-1"


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_of_edwards_keys_too(client: Client, published: Published) -> None:
    published.keys = [OKPKey.generate_key("Ed25519", {"kid": "k1"})]
    told = claims(published, at_hash=half("a-token", "sha512"))
    assert asked(client, published, signed(told, published.keys[0], "EdDSA"))["sub"] == "p-1"


@pytest.mark.parametrize(
    "wrong", ["", 7, [], "x", half("a-token", "sha512"), half("a-token", "sha256")[:-1], "é"]
)
def test_a_hash_of_another_access_token_is_refused(client: Client, published: Published, wrong: Any) -> None:
    with pytest.raises(Denied, match="access token"):
        asked(client, published, signed(claims(published, at_hash=wrong)))


def test_clocks_may_differ_by_a_minute(client: Client, published: Published) -> None:
    assert asked(client, published, signed(claims(published, exp=NOW - 59, iat=NOW + 59)))


def test_a_signature_of_anybody_else_is_refused(client: Client, published: Published) -> None:
    told = claims(published)
    good = signed(told)
    head, body, tail = good.split(".")
    unsigned = urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    wrong = [signed(told, OTHER), signed(told, OTHER, kid="k2"), signed(told, SHARED, "HS256"),
             f"{unsigned}.{body}.", f"{head}.{body}.", f"{head}.{body}.{tail[:-4]}AAAA",
             f"{head}.{body}", "", "x", good + ".x"]  # fmt: skip
    for token in wrong:
        with pytest.raises(Denied):
            asked(client, published, token)


def test_a_new_key_is_asked_for_and_not_again_and_again(published: Published) -> None:
    now = [float(NOW)]
    provider = Provider(name="eid", title="eID", issuer=published.issuer, client_id="duly")
    client = Client(provider, "https://duly.example/signed-in/eid", lambda: now[0])
    asked(client, published, signed(claims(published)))
    published.keys = [OTHER]
    told = signed(claims(published), OTHER, kid="k2")
    with pytest.raises(Denied):
        asked(client, published, told)
    now[0] += 5
    assert asked(client, published, told)
    before = published.asked
    for _ in range(5):
        with pytest.raises(Denied):
            asked(client, published, signed(claims(published)))
    assert published.asked == before


def test_another_attempts_answer_is_refused_before_anything_is_asked(
    client: Client, published: Published
) -> None:
    for answer in ({"code": "c"}, {"code": "c", "state": "x"}, {"state": ATTEMPT.of("state")},
                   {"code": "c", "state": ATTEMPT.of("state"), "iss": "https://other.example"}):  # fmt: skip
        with pytest.raises(Denied):
            client.claims(ATTEMPT, answer)
    assert published.asked == 0


LOGOUT = {"events": {ENDED: {}}, "jti": "j-1", "sid": "s-1", "nonce": None, "acr": None, "auth_time": None}


def test_a_logout_token_names_its_session(client: Client, published: Published) -> None:
    assert client.ended(signed(claims(published, **LOGOUT)))["sid"] == "s-1"


@pytest.mark.parametrize(
    "changed",
    [{"events": {}}, {"events": None}, {"events": "x"}, {"jti": None}, {"nonce": "n"}, {"iat": None},
     {"exp": NOW - 61}, {"aud": "other"}, {"iss": "https://other.example"}, {"sid": None, "sub": None}],
)  # fmt: skip
def test_no_other_token_ends_a_session(client: Client, published: Published, changed: dict[str, Any]) -> None:
    with pytest.raises(Denied):
        client.ended(signed(claims(published, **{**LOGOUT, **changed})))


GOOD = """
[[provider]]
name = "eid"
title = "eID"
issuer = "https://eid.example"
client_id = "duly"
"""
PERSON = '[provider.person]\nclaim = "pid"\nscheme = "no.fnr"\n'
OFFICER = (
    '[provider.officer]\nclaim = "sub"\nname = "name"\nagency = "org"\nrole = "job"\n'
    'agencies = { "1" = "nav" }\nroles = { "a" = "caseworker" }\n'
)


def test_a_sign_in_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "sign-in.toml"
    assert Providers.read(file, PACK).listed == {}
    file.write_text(GOOD + PERSON)
    assert Providers.read(file, PACK).listed["eid"].admits == "people"
    file.write_text(GOOD + 'amr = ["mfa"]\n' + OFFICER)
    assert Providers.read(file, PACK).listed["eid"].admits == "officers"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD, "either"),
        (GOOD + OFFICER, "second factor"),
        (GOOD.replace("https", "http") + PERSON, "https"),
        (GOOD.replace('"eid"', '"e/id"') + PERSON, "lower-case"),
        (GOOD + 'scope = "profile"\n' + PERSON, "openid"),
        (GOOD + 'amr = ["mfa"]\n' + OFFICER.replace('"nav"', '"nva"'), "nav"),
        (GOOD + 'amr = ["mfa"]\n' + OFFICER.replace('"caseworker"', '"casework"'), "caseworker"),
        (GOOD + 'colour = "red"\n' + PERSON, "colour"),
    ],
)
def test_a_wrong_sign_in_file_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "sign-in.toml"
    file.write_text(text)
    with pytest.raises(BadInput, match=said):
        Providers.read(file, PACK)
