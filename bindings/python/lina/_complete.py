"""Completion in IPython and Jupyter: after ``lina.array("``, the Tab key offers the names of arrays.

Importing lina in an IPython session installs it, and so does ``%load_ext lina``.
"""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from typing import Any

from ._default import default
from ._errors import LinaError

_CALL = re.compile(
    r"""(?:array|buffer|open_desc|republish|loan|alias|remove|reclaim)\(\s*(?:name\s*=\s*)?(["'])([^"']*)$"""
)


def names(text: str) -> list[str]:
    """The completions of the text of a line up to the cursor."""
    call = _CALL.search(text)
    if call is None:
        return []
    with suppress(LinaError):
        return sorted(d["name"] for d in default.list() if d["name"].startswith(call[2]))
    return []


def load_ipython_extension(shell: Any) -> None:
    """Adds the matcher to the session, once."""
    if any(getattr(matcher, "lina", False) for matcher in shell.Completer.custom_matchers):
        return

    def match(text: str) -> list[str]:
        return names(shell.Completer.text_until_cursor)

    match.lina = True  # type: ignore[attr-defined]
    shell.Completer.custom_matchers.append(match)


def load() -> None:
    """Installs the completion if an IPython session is running. Does not import IPython."""
    if (ipython := sys.modules.get("IPython")) is not None and (shell := ipython.get_ipython()) is not None:
        load_ipython_extension(shell)
