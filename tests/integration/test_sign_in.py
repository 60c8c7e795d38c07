"""Signing in with a real OpenID provider over HTTP, in production mode: whom it vouches for, and no other."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from identity import Identity, Window, production
from joserfc import jwt
from web_town import MOTHER, NEIGHBOUR

from duly.app import App
from duly.web import oidc
from duly.web.server import create

OFFICER = {"org": "889640782", "job": "saksbehandler", "amr": ["pwd", "mfa"], "display": "Kari Nordmann"}
TOKEN = re.compile(r'name="token" value="([^"]+)"')


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    made = Identity(tmp_path_factory.mktemp("identity"))
    tell(made)
    yield made
    made.stop()


def tell(identity: Identity) -> None:
    identity.knows("ingrid", {"pid": MOTHER, "acr": "high", "sid": "s-1"})
    identity.knows("nils", {"pid": NEIGHBOUR, "acr": "high"})
    identity.knows("weak", {"pid": MOTHER, "acr": "low"})
    identity.knows("nobody", {"pid": "01010150000", "acr": "high"})
    identity.knows("without", {"acr": "high"})
    identity.knows("kari", OFFICER)


@pytest.fixture(scope="module")
def app(identity: Identity, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    made = production(tmp_path_factory.mktemp("app"), identity.issuer)
    yield made
    made.close()


@pytest.fixture(scope="module")
def web(app: App) -> Any:
    return create(app)


@pytest.fixture
def window(web: Any) -> Window:
    return Window(web)


def test_a_person_signs_in_and_out(identity: Identity, window: Window) -> None:
    assert window.get("/me").headers["location"] == "/sign-in"
    assert "National eID" in window.get("/sign-in").text
    back = window.sign_in(identity, "eid", "ingrid")
    assert (back.status_code, back.headers["location"]) == (303, "/me")
    cookie = next(one for one in back.headers.get_list("set-cookie") if one.startswith("__Host-duly="))
    assert {part.strip().lower() for part in cookie.split(";")} >= {
        "secure",
        "httponly",
        "samesite=lax",
        "path=/",
    }
    page = window.get("/me")
    assert "Ingrid Berg" in page.text
    token = TOKEN.search(page.text)
    assert token is not None
    out = window.client.post("/sign-out", data={"token": token.group(1)})
    assert out.headers["location"] == "/signed-out/eid"
    assert "/sign-out/eid" in window.get("/signed-out/eid").text
    there = window.get("/sign-out/eid").headers["location"]
    assert there.startswith(f"{identity.issuer}/oauth2/end_session?client_id=duly&")
    assert window.get("/me").headers["location"] == "/sign-in"


def test_the_provider_is_asked_as_it_should_be(identity: Identity, window: Window) -> None:
    one, other = (parse_qs(urlsplit(window.to_provider("eid")).query) for _ in range(2))
    assert one["response_type"] == ["code"]
    assert one["code_challenge_method"] == ["S256"]
    assert one["acr_values"] == ["high"]
    assert one["redirect_uri"] == ["https://duly.example/signed-in/eid"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(one[name][0]) == 43
        assert one[name] != other[name]
    assert len({one["state"][0], one["nonce"][0], one["code_challenge"][0]}) == 3


def test_an_officer_signs_in_with_a_second_factor(identity: Identity, window: Window, app: App) -> None:
    assert window.sign_in(identity, "staff", "kari").headers["location"] == "/officer"
    page = window.get("/officer")
    assert "Kari Nordmann" in page.text
    assert window.get("/me").status_code == 303


@pytest.mark.parametrize(
    "changed",
    [
        {"amr": ["pwd"]},
        {"amr": "mfa"},
        {"amr": None},
        {"org": "1"},
        {"org": None},
        {"job": "sjef"},
        {"job": ["saksbehandler"]},
    ],
)
def test_an_officer_without_it_or_of_nowhere_does_not(
    identity: Identity, window: Window, changed: dict[str, Any]
) -> None:
    told = {name: value for name, value in {**OFFICER, **changed}.items() if value is not None}
    identity.knows("other", told)
    assert window.sign_in(identity, "staff", "other").status_code == 403
    assert window.get("/officer").headers["location"] == "/sign-in"


@pytest.mark.parametrize("sub", ["weak", "nobody", "without", "kari"])
def test_who_is_not_vouched_for_is_refused_without_a_word_about_why(
    identity: Identity, window: Window, sub: str
) -> None:
    answer = window.sign_in(identity, "eid", sub)
    assert answer.status_code == 403
    assert "You are not signed in" in answer.text
    assert MOTHER not in answer.text
    assert window.get("/me").headers["location"] == "/sign-in"


def test_a_persons_provider_makes_no_officer(identity: Identity, window: Window) -> None:
    identity.knows("both", {**OFFICER, "pid": MOTHER, "acr": "high"})
    window.sign_in(identity, "eid", "both")
    assert window.get("/officer").headers["location"] == "/sign-in"


def test_what_another_browser_began_signs_nobody_in(identity: Identity, window: Window, web: Any) -> None:
    back = identity.signs_in(window.to_provider("eid"), "nils")
    victim = Window(web)
    assert victim.get(back).status_code == 403, "it began nothing"
    victim.to_provider("eid")
    assert victim.get(back).status_code == 403, "it began something else"
    mine = parse_qs(urlsplit(victim.to_provider("eid")).query)["state"][0]
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert victim.get(f"/signed-in/eid?code={code}&state={mine}").status_code == 403, "a code put in"
    assert victim.get("/me").headers["location"] == "/sign-in"


def test_one_providers_answer_is_no_others(identity: Identity, window: Window) -> None:
    back = identity.signs_in(window.to_provider("eid"), "kari")
    assert window.get(back.replace("/signed-in/eid", "/signed-in/staff")).status_code == 403
    assert window.get("/officer").headers["location"] == "/sign-in"


def test_an_answer_serves_once(identity: Identity, window: Window) -> None:
    back = identity.signs_in(window.to_provider("eid"), "ingrid")
    assert window.get(back).status_code == 303
    assert window.get(back).status_code == 403


def test_an_attempt_does_not_last(
    identity: Identity, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    from duly.web import eid

    back = identity.signs_in(window.to_provider("eid"), "ingrid")
    monkeypatch.setattr(eid, "LASTS", -1)
    assert window.get(back).status_code == 403


def test_refusal_by_the_provider_is_told_plainly(window: Window) -> None:
    state = parse_qs(urlsplit(window.to_provider("eid")).query)["state"][0]
    assert window.get(f"/signed-in/eid?error=access_denied&state={state}").status_code == 403
    assert window.get("/signed-in/eid").status_code == 403


def test_an_unknown_provider_is_no_page(window: Window) -> None:
    assert window.get("/sign-in/other").status_code == 404
    assert window.get("/signed-out/other").status_code == 404


def test_signing_in_changes_the_sessions_key(identity: Identity, window: Window) -> None:
    window.sign_in(identity, "eid", "ingrid")
    before = window.client.cookies["__Host-duly"]
    window.sign_in(identity, "eid", "nils")
    assert window.client.cookies["__Host-duly"] != before
    window.client.cookies["__Host-duly"] = before
    assert window.get("/me").headers["location"] == "/sign-in"


def test_the_demos_own_sign_in_is_not_there(window: Window) -> None:
    answer = window.client.post("/sign-in", data={"identifier": MOTHER})
    assert answer.status_code in (404, 405)
    assert window.client.post("/sign-in/filled", data={"identifier": MOTHER}).status_code in (404, 405)


def test_new_keys_of_the_provider_are_fetched_and_silence_passes(
    identity: Identity, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "AGAIN", 0)
    window.sign_in(identity, "eid", "ingrid")
    identity.stop()
    address = window.to_provider("eid")
    assert (
        window.get(f"/signed-in/eid?code=x&state={parse_qs(urlsplit(address).query)['state'][0]}").status_code
        == 503
    )
    identity.start()
    tell(identity)
    assert window.sign_in(identity, "eid", "ingrid").status_code == 303


def test_a_logout_token_ends_the_session_once(
    identity: Identity, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.sign_in(identity, "eid", "ingrid")
    assert window.client.post("/sign-out/eid/ended", data={"logout_token": "x"}).status_code == 403
    assert window.get("/me").status_code == 200
    now = int(time.time())
    told: dict[str, Any] = {
        "iss": identity.issuer, "aud": "duly", "iat": now, "exp": now + 120, "jti": "j-1", "sid": "s-1",
        "events": {oidc.ENDED: {}},
    }  # fmt: skip

    def verified(*_: object) -> jwt.Token:
        return jwt.Token({}, told)

    # the provider in tests sends no logout tokens: what its signature would vouch for is put in
    monkeypatch.setattr(oidc.Client, "_verified", verified)
    assert window.client.post("/sign-out/eid/ended", data={"logout_token": "x"}).status_code == 200
    assert window.get("/me").headers["location"] == "/sign-in"
    monkeypatch.undo()
    window.sign_in(identity, "eid", "ingrid")
    monkeypatch.setattr(oidc.Client, "_verified", verified)
    assert window.client.post("/sign-out/eid/ended", data={"logout_token": "x"}).status_code == 200
    assert window.get("/me").status_code == 200, "a token that comes again ends nothing"
