"""The tour: buttons that send real messages through the real intake, and pages that show how they walked.

It exists only in demo mode. The registers' keys are read from beside the database, because here one process
plays all parts; the messages still go over HTTP, with a key, like anybody's.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

import httpx
import msgspec
from litestar import Request, Response, Router, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.status_codes import HTTP_200_OK

from duly.demo import scenes, tour
from duly.demo.account import account
from duly.demo.cast import Cast, read_cast
from duly.demo.directory import sender_keys
from duly.demo.sender import Sender
from duly.demo.walk import Walk
from duly.errors import Conflict, Denied, NotFound
from duly.web.site import Form, Site, Visitor, page, redirect

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["router"]
