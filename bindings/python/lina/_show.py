"""How arrays and lists of arrays look in a terminal and in a notebook."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from . import _lina
from ._types import Descriptor

#: The number of values in a repr, and of rows and columns in a notebook's table.
FEW, ROWS = 6, 10


def _first(x: _lina.Array[Any], count: int) -> Iterator[Any]:
    """The first elements, in C order."""
    for i in range(min(count, x.size)):
        index = []
        for extent in reversed(x.shape):
            i, at = divmod(i, extent)
            index.append(at)
        yield x[tuple(reversed(index))]


def values_of(x: _lina.Array[Any]) -> str:
    """The text after the colon in a repr: the first values, or nothing."""
    if isinstance(x.dtype, int) or x.size == 0:
        return ""
    shown = " ".join(_short(value) for value in _first(x, FEW))
    return f": {shown}{' ...' if x.size > FEW else ''}"


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float | complex) else str(value)


def _row(cells: Iterable[str], tag: str = "td") -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def _cells(row: _lina.Array[Any]) -> list[str]:
    cells = [_short(value) for value in _first(row, ROWS)]
    return [*cells, "…"] if row.size > ROWS else cells


def html_of(x: _lina.Array[Any]) -> str:
    """The HTML for a notebook: the first rows of a table, or a row."""
    head = f"<code>{html.escape(repr(x).partition(': ')[0].strip('<>'))}</code>"
    if x.closed or isinstance(x.dtype, int) or x.ndim > 2 or x.size == 0:
        return head
    table = x if x.ndim == 2 else x.reshape(1, x.size) if x.layout == "C" else x[None]
    rows = [_row(_cells(table[i])) for i in range(min(ROWS, len(table)))]
    if len(table) > ROWS:
        rows.append(_row(["…"]))
    return f"{head}<table>{''.join(rows)}</table>"


class Listing(list[Descriptor]):
    """The descriptors of all arrays, which prints as a table."""

    __slots__ = ()
    __module__ = "lina"

    def _table(self) -> list[Sequence[str]]:
        rows = [
            (
                d["name"],
                str(d["dtype"]),
                " x ".join(map(str, d["shape"])) or "one",
                d["layout"],
                str(d["generation"]),
            )
            for d in sorted(self, key=lambda d: d["name"])
        ]
        return [("name", "dtype", "shape", "order", "generation"), *rows]

    def __repr__(self) -> str:
        if not self:
            return "no arrays"
        table = self._table()
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in table
        )

    def _repr_html_(self) -> str:
        head, *rows = self._table()
        return f"<table>{_row(head, 'th')}{''.join(map(_row, rows))}</table>"


_lina._set_show(values_of, html_of)
