"""OpenID Connect with one provider: code flow with PKCE, and a token that is believed only if all fits.

What belongs to one attempt (state, nonce, verifier) is made of a secret that only the browser holds. Nothing
of a token is logged or kept.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, TypeVar, cast

import httpx
import msgspec
from authlib.oauth2.rfc6749.parameters import (
    prepare_grant_uri,  # pyright: ignore[reportUnknownVariableType] - untyped
)
from authlib.oauth2.rfc7636 import (
    create_s256_code_challenge,  # pyright: ignore[reportUnknownVariableType] - untyped
)
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from duly.errors import Denied, TryAgain
from duly.web.providers import Provider

__all__ = ["Attempt", "Claims", "Client"]

Claims = Mapping[str, Any]
T = TypeVar("T")
_grant_address = cast(Callable[..., str], prepare_grant_uri)
_challenge = cast(Callable[[str], str], create_s256_code_challenge)
ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
SIZES: Final = ("256", "384", "512")
OF_EDWARDS: Final = "sha512"
FRESH: Final = 3_600
AGAIN: Final = 5
SKEW: Final = 60
PATIENCE: Final = 10.0
ENDED: Final = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to sign in, by the secret that the browser holds."""

    secret: str

    def of(self, what: str) -> str:
        """Its state, nonce or verifier: 43 letters that tell nothing of the secret or of each other."""
        made = hmac.digest(self.secret.encode(), what.encode(), "sha256")
        return urlsafe_b64encode(made).rstrip(b"=").decode()


class _Metadata(msgspec.Struct, frozen=True, kw_only=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str = ""


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    id_token: str
    access_token: str = ""


class Client:
    """Duly as a client of one provider. `now` is the machine's time in seconds."""

    def __init__(self, provider: Provider, back: str, now: Callable[[], float]) -> None:
        self.provider, self._back, self._now = provider, back, now
        self._lock = Lock()
        self._metadata: tuple[float, _Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def address(self, attempt: Attempt, language: str) -> str:
        """Where the browser goes to sign in."""
        asked: dict[str, str] = {
            "nonce": attempt.of("nonce"),
            "code_challenge": _challenge(attempt.of("verifier")),
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        if self.provider.acr:
            asked["acr_values"] = " ".join(self.provider.acr)
        if self.provider.max_age:
            asked["max_age"] = str(self.provider.max_age)
        return _grant_address(
            self._found().authorization_endpoint,
            self.provider.client_id,
            "code",
            redirect_uri=self._back,
            scope=self.provider.scope,
            state=attempt.of("state"),
            **asked,
        )

    def claims(self, attempt: Attempt, answer: Mapping[str, str]) -> Claims:
        """What the provider vouches for, by the query that the browser came back with; else Denied."""
        if not hmac.compare_digest(answer.get("state", "").encode(), attempt.of("state").encode()):
            raise _refused("It answers another attempt.")
        if answer.get("iss", self.provider.issuer) != self.provider.issuer:
            raise _refused("Another provider answered.")
        if "code" not in answer:
            raise _refused("The provider did not sign anybody in.")
        told = self._exchanged(attempt, answer["code"])
        token = self._verified(told.id_token)
        self._require_own(token.claims, attempt.of("nonce"))
        _require_together(token, told.access_token)
        return token.claims

    def ended(self, token: str) -> Claims:
        """The claims of a back-channel logout token. Denied if it is not one of this provider's."""
        claims = self._verified(token).claims
        self._check(claims, nonce="", essential=("iss", "aud", "iat", "exp", "jti"))
        events = claims.get("events")
        if not isinstance(events, dict) or ENDED not in events or "nonce" in claims:
            raise _refused("It is no logout token.")
        if not claims.get("sid") and not claims.get("sub"):
            raise _refused("It names no session.")
        return claims

    def sign_out(self, back: str) -> str:
        """Where a browser ends its session with the provider, "" if it cannot. The address names nobody."""
        endpoint = self._found().end_session_endpoint
        told = {"client_id": self.provider.client_id, "post_logout_redirect_uri": back}
        return str(httpx.URL(endpoint).copy_merge_params(told)) if endpoint else ""

    # Tokens

    def _exchanged(self, attempt: Attempt, code: str) -> _Told:
        told = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": attempt.of("verifier"),
        }
        secret = self.provider.secret()
        if not secret:
            told["client_id"] = self.provider.client_id
        auth = httpx.BasicAuth(self.provider.client_id, secret) if secret else None
        answer = _sent(
            lambda: httpx.post(self._found().token_endpoint, data=told, auth=auth, timeout=PATIENCE)
        )
        if answer.status_code >= 400:
            raise _refused("The provider does not take the code.")
        return _read(answer, _Told)

    def _verified(self, token: str) -> jwt.Token:
        """The token under a signature of the provider's; its keys are asked for again if they changed."""
        try:
            return jwt.decode(token, self._known_keys(), algorithms=ALGORITHMS)
        except (JoseError, ValueError) as error:
            if not self._may_ask_again():
                raise _refused("Its signature is not the provider's.") from error
        try:
            return jwt.decode(token, self._known_keys(), algorithms=ALGORITHMS)
        except (JoseError, ValueError) as error:
            raise _refused("Its signature is not the provider's.") from error

    def _require_own(self, claims: Claims, nonce: str) -> None:
        self._check(claims, nonce=nonce, essential=("iss", "sub", "aud", "exp", "iat", "nonce"))
        acr, amr = self.provider.acr, self.provider.amr
        if acr and claims.get("acr") not in acr:
            raise _refused("The sign-in was not strong enough.")
        methods: Any = claims.get("amr")
        if amr and not (
            isinstance(methods, list) and set(amr) & {str(one) for one in cast(list[Any], methods)}
        ):
            raise _refused("The sign-in had no second factor.")
        oldest = self._now() - self.provider.max_age - SKEW
        if self.provider.max_age and not claims["auth_time"] >= oldest:
            raise _refused("The sign-in is too long ago.")

    def _check(self, claims: Claims, *, nonce: str, essential: tuple[str, ...]) -> None:
        """Issuer, audience and times, as OpenID Connect Core 1.0 section 3.1.3.7 asks."""
        options: Any = {name: {"essential": True} for name in essential}
        options["iss"]["value"] = self.provider.issuer
        options["aud"]["value"] = self.provider.client_id
        params = {
            "nonce": nonce,
            "client_id": self.provider.client_id,
            "max_age": (self.provider.max_age or None) if nonce else None,
        }
        kind: Any = CodeIDToken if nonce else _Logout
        try:
            kind(dict(claims), {"alg": ""}, options, params).validate(int(self._now()), SKEW)
        except (JoseError, TypeError) as error:
            raise _refused("Its claims are not for this sign-in.") from error

    # What the provider publishes

    def _found(self) -> _Metadata:
        with self._lock:
            now = self._now()
            if self._metadata is None or now - self._metadata[0] >= FRESH:
                address = f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration"
                told = _read(_sent(lambda: httpx.get(address, timeout=PATIENCE)), _Metadata)
                if told.issuer != self.provider.issuer:
                    raise _refused("The provider calls itself otherwise.")
                self._metadata = (now, told)
            return self._metadata[1]

    def _known_keys(self) -> KeySet:
        address = self._found().jwks_uri
        with self._lock:
            now = self._now()
            if self._keys is None or now - self._keys[0] >= FRESH:
                answer = _sent(lambda: httpx.get(address, timeout=PATIENCE))
                try:
                    self._keys = (now, KeySet.import_key_set(answer.json()))
                except (JoseError, ValueError, KeyError, TypeError) as error:
                    raise _silent() from error
            return self._keys[1]

    def _may_ask_again(self) -> bool:
        """Forget the keys, unless they have just been asked for: strangers must not make Duly ask."""
        with self._lock:
            if self._keys is not None and self._now() - self._keys[0] < AGAIN:
                return False
            self._keys = None
            return True


class _Logout(CodeIDToken):
    ESSENTIAL_CLAIMS = ["iss", "aud", "iat"]  # noqa: RUF012 - as its base declares it


def _require_together(token: jwt.Token, access: str) -> None:
    """Where the token says which access token came with it (`at_hash`), it is that one; else Denied.

    As OpenID Connect Core 1.0 section 3.1.3.6 asks: half of the hash that the signature's algorithm has.
    """
    told = token.claims.get("at_hash")
    if told is None:
        return
    size = str(token.header.get("alg", ""))[2:]
    by = hashlib.new(f"sha{size}" if size in SIZES else OF_EDWARDS, access.encode()).digest()
    half = urlsafe_b64encode(by[: len(by) // 2]).rstrip(b"=")
    if not access or not isinstance(told, str) or not hmac.compare_digest(half, told.encode()):
        raise _refused("It belongs to another access token.")


def _sent(send: Callable[[], httpx.Response]) -> httpx.Response:
    try:
        answer = send()
    except httpx.HTTPError as error:
        raise _silent() from error
    if answer.status_code >= 500 or answer.is_redirect:
        raise _silent()
    return answer


def _read(answer: httpx.Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.DecodeError as error:
        raise _silent() from error


def _refused(detail: str) -> Denied:
    return Denied("You could not be signed in", detail=detail, hint="Try again from the start.")


def _silent() -> TryAgain:
    return TryAgain(
        "The sign-in cannot be reached",
        detail="Its provider does not answer as it should.",
        hint="Try again in a moment.",
    )
