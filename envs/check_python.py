"""Refuse a Python that the pinned packages do not support, before anything is installed."""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    found = ".".join(map(str, sys.version_info[:3]))
    sys.exit(
        f"This project needs Python 3.11, 3.12 or 3.13; {sys.executable} is {found}. "
        "Name another one: make PYTHON=python3.12 ..."
    )
