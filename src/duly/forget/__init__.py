"""Forgetting: asked for by one, approved by another, held by the law, done by whoever keeps the keys."""

from duly.forget.carry_out import Forgotten, carry_out
from duly.forget.holds import Hold, holds_of
from duly.forget.requests import Request, approve, ask, refuse, request_of, requests

__all__ = [
    "Forgotten",
    "Hold",
    "Request",
    "approve",
    "ask",
    "carry_out",
    "holds_of",
    "refuse",
    "request_of",
    "requests",
]
