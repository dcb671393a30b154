"""The examples in the docstrings do what they say, and each function of the module has one."""

import asyncio
import doctest
import inspect
import os

import pytest

import lina


def documented():
    """Every docstring with an example, by the name that a user writes."""
    places = {"lina": lina}
    for name in lina.__all__:
        places[f"lina.{name}"] = getattr(lina, name)
    for kind in (lina.Arena, lina.Array, lina.DType, lina.Loan):
        for name, member in vars(kind).items():
            if not name.startswith("__"):
                places[f"lina.{kind.__name__}.{name}"] = member
    docs = {name: inspect.getdoc(place) or "" for name, place in places.items()}
    return {name: doc for name, doc in docs.items() if ">>> " in doc}


DOCUMENTED = documented()


@pytest.fixture
def default_arena():
    """An empty default arena, such as a reader of the documentation has."""
    lina.shutdown()
    lina.init_arena(1 << 22)
    yield
    lina.shutdown()


@pytest.mark.usefixtures("default_arena")
@pytest.mark.parametrize("name", DOCUMENTED)
def test_an_example_prints_what_it_says(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"lina": lina, "asyncio": asyncio, "os": os}
    example = doctest.DocTestParser().get_doctest(DOCUMENTED[name], names, name, None, 0)
    said = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, said.append)
    assert not said, "".join(said)


def test_the_functions_of_the_module_have_examples():
    functions = {name for name in lina.__all__ if inspect.isroutine(getattr(lina, name))}
    without = {name for name in functions if f"lina.{name}" not in DOCUMENTED}
    assert without == set()
