"""`python -m duly.cli` is `duly`."""

from duly.cli import main

main()
