"""numpydoc finds the docstrings in its form: sections in order, and each parameter with its type and text."""

import os
import pathlib
import sys

import pytest

BUILD = pathlib.Path(os.environ.get("LINA_BUILD", pathlib.Path(__file__).parents[3] / "build")).resolve()
sys.path.insert(0, str(BUILD))

import lina  # noqa: E402

validate = pytest.importorskip("numpydoc.validate").validate

#: The rules that Lina's docstrings do not follow. Short ones have their quotes on the line of the text (GL01,
#: GL02). They need no further paragraph (ES01), no links to each other (SA01), and no example for each error
#: (EX01): tests/test_docs.py says which need one. Like lina.h, they say "Makes", not "Make" (SS05). If the
#: summary says what is returned, no section repeats it (RT01).
LEFT_OUT = {"GL01", "GL02", "ES01", "SA01", "EX01", "SS05", "RT01"}

#: Objects of these types come from functions, whose docstrings describe the parameters.
MADE_BY_FUNCTIONS = {"lina.Follower", "lina.Loan", "lina.Producer"}


def documented():
    for name in lina.__all__:
        if not isinstance(getattr(lina, name), str):
            yield f"lina.{name}"
    for kind in (lina.Arena, lina.Array, lina.DType, lina.Loan):
        for name, member in vars(kind).items():
            # numpydoc does not look for the docstrings of __slots__.
            if not name.startswith("_") and type(member).__name__ != "member_descriptor":
                yield f"lina.{kind.__name__}.{name}"


@pytest.mark.parametrize("name", list(documented()))
def test_a_docstring_has_numpydocs_form(name):
    left_out = LEFT_OUT | ({"PR01"} if name in MADE_BY_FUNCTIONS else set())
    errors = [(code, text) for code, text in validate(name)["errors"] if code not in left_out]
    assert errors == []
