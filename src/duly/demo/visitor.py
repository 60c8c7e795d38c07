"""A visitor with a browser's manners: keeps cookies, sends forms with their token, chooses who to be."""

from __future__ import annotations

import re
from typing import Final

import httpx

from duly.errors import OurFault

__all__ = ["Visitor"]

TOKEN: Final = re.compile(r'name="token" value="([^"]+)"')


class Visitor:
    """One browser on the server's pages."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(
            base_url=url,
            timeout=60,
            follow_redirects=True,
            headers={"accept": "text/html", "accept-language": "en"},
        )

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def page(self, path: str) -> str:
        """The page's text."""
        return self._text(self.client.get(path))

    def send(self, path: str, shown_on: str, **fields: str) -> str:
        """Fill in the form that stands on a page; the page that follows."""
        token = TOKEN.search(self.page(shown_on))
        if token is None:
            raise OurFault("The form has no token", detail=f"{shown_on} has none.", where=path)
        return self._text(self.client.post(path, data={"token": token.group(1), **fields}))

    def be_person(self, identity: str) -> str:
        """Sign in as a person; their page."""
        return self.send("/sign-in", "/sign-in", identifier=identity)

    def be_officer(self, officer: str) -> str:
        """Sign in as an officer; their cases."""
        return self.send("/sign-in", "/sign-in", officer=officer)

    @staticmethod
    def _text(answer: httpx.Response) -> str:
        if not answer.is_success:
            raise OurFault("The page did not answer", detail=answer.text[:300], where=str(answer.url.path))
        return answer.text
