"""The log: one line for each thing, on standard output, with the instant in UTC; as text, or as JSON.

Lines hold what the code names (a route's template, a status, a kind of error) and nothing from input.
"""

from __future__ import annotations

import sys
from typing import Literal

import structlog

__all__ = ["Form", "log_lines"]

Form = Literal["text", "json"]


def log_lines(form: Form) -> None:
    """Write lines in this form from now on."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(sort_keys=True)
            if form == "json"
            else structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )
