"""A log that was set back is closed, and another begun in its place: asked for by one, done by another."""

from duly.anew.begin import Begun, begin
from duly.anew.requests import Request, ask, origin_in, requests

__all__ = ["Begun", "Request", "ask", "begin", "origin_in", "requests"]
