"""Whole-population runs: everybody is looked at once, in order, and only what is different is written."""

from duly.runs.everyone import Everyone, Run

__all__ = ["Everyone", "Run"]
