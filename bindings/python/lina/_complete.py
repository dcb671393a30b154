"""Completion in IPython and Jupyter: ``lina.array("`` and the Tab key offer the names that are there.

It is at work wherever lina is imported in an IPython session; ``%load_ext lina`` does so as well.
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
    """What may come after the text of a line, up to the cursor."""
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
    """In a session that is there already; imports nothing of IPython's."""
    if (ipython := sys.modules.get("IPython")) is not None and (shell := ipython.get_ipython()) is not None:
        load_ipython_extension(shell)
