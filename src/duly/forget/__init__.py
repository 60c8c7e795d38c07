"""Forgetting: asked for by one, approved by another, held by the law, done by whoever keeps the keys."""

from duly.forget.carry_out import Forgotten, carry_out
from duly.forget.holds import Hold, holds_of
from duly.forget.requests import Request, approve, ask, refuse, request_of, requests, take_up
from duly.forget.wanted import Wanted, Wishes, wanted, wish_of

__all__ = [
    "Forgotten",
    "Hold",
    "Request",
    "Wanted",
    "Wishes",
    "approve",
    "ask",
    "carry_out",
    "holds_of",
    "refuse",
    "request_of",
    "requests",
    "take_up",
    "wanted",
    "wish_of",
]
