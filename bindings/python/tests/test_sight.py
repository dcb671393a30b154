"""What a user sees: reprs, tables, completion, errors, and notebook cells that run twice."""

import inspect
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import lina
from lina import _complete


def test_a_repr_ends_with_the_first_values(arena):
    x = arena.create_array("x", "f64", (2, 3))
    x[...] = [[1, 2.5, 3], [4, 5, 6]]
    assert repr(x) == "<lina.Array 'x' f64 (2, 3) C, generation 1: 1 2.5 3 4 5 6>"
    assert repr(x.T) == "<lina.Array 'x' f64 (3, 2) F, generation 1: 1 4 2.5 5 3 6>"
    y = arena.create_array("y", "u8", 100)
    assert repr(y) == "<lina.Array 'y' u8 (100,) C, generation 1: 0 0 0 0 0 0 ...>"
    assert repr(y[0:0]) == "<lina.Array 'y' u8 (0,) C, generation 1>"
    assert repr(y[5:6].reshape(())) == "<lina.Array 'y' u8 () C, generation 1: 0>"
    assert repr(arena.create_array("z", "c64", 1)) == "<lina.Array 'z' c64 (1,) C, generation 1: 0+0j>"
    assert repr(arena.create_array("b", "bool", 1)) == "<lina.Array 'b' bool (1,) C, generation 1: False>"
    assert repr(arena.create_array("n", 0x00010400, 5)) == "<lina.Array 'n' 66560 (5,) C, generation 1>"


def test_a_notebook_shows_a_table_of_the_first_rows(arena):
    x = arena.create_array("x<y>", "i64", (30, 20))
    x[...] = np.arange(600).reshape(30, 20)
    shown = x._repr_html_()
    assert shown.count("<tr>") == 11 and "<td>180</td>" in shown and "<td>600</td>" not in shown
    assert "x&lt;y&gt;" in shown and "<y>" not in shown
    assert x[0, :3]._repr_html_().count("<td>") == 3
    assert x.reshape(30, 20, 1)._repr_html_().count("<td>") == 0
    for odd in (x[0:0], x[0, 0:1].reshape(()), x[::-1], x[:, ::2], arena.create_array("n", 0x00010400, 5)):
        assert odd._repr_html_()
    x.close()
    assert "closed" in x._repr_html_()


def test_a_list_prints_as_a_table(arena):
    assert repr(arena.list()) == "no arrays" and arena.list() == []
    arena.create_array("frame", "u8", (480, 640, 3))
    arena.create_array("b", "f64", (), order="F")
    arena.republish("b", "f64", ())
    assert str(arena.list()) == textwrap.dedent(
        """\
        name   dtype  shape          order  generation
        b      f64    one            C      2
        frame  u8     480 x 640 x 3  C      1"""
    )
    assert arena.list()._repr_html_().count("<tr>") == 3
    assert isinstance(arena.list(), list) and arena.open_desc("b") in arena.list()


def test_completion_offers_the_names_of_the_arena(script):
    script(
        """
        import lina
        from lina._complete import names
        assert names('lina.array("') == []  # without an arena, it raises nothing
        lina.init_arena(1 << 16)
        for name in ("input", "inner", "result"):
            lina.create_array(name, "u8", 1)
        assert names('x = lina.array("') == ["inner", "input", "result"]
        assert names("lina.open_desc('in") == ["inner", "input"]
        assert names("arena.loan(name='r") == ["result"]
        assert names('lina.array("input") + other("') == names("lina.array(") == names('print("') == []
        """
    )


def test_a_session_of_ipython_completes_names(script):
    pytest.importorskip("IPython")
    script(
        """
        from IPython.core.interactiveshell import InteractiveShell
        shell = InteractiveShell.instance()
        import lina
        lina.load_ipython_extension(shell)  # a second time
        lina.init_arena(1 << 16)
        lina.create_array("input", "u8", 1)
        shell.user_ns["lina"] = lina
        text, matches = shell.complete('lina.array("in')
        assert [m for m in matches if m == "input"] == ["input"], matches
        """
    )


EXAMPLE = inspect.getdoc(lina).split("import lina", 1)[1].split("\n\n", 2)[1]


def test_the_packages_first_example_can_be_pasted_twice(script, shm):
    code = textwrap.dedent(EXAMPLE).replace("shm:weather", shm) + "\n"
    assert "init_arena" in code and "signal" in code
    script("import lina\n" + code + code + "assert lina.value('data_ready') == 2 and x[1, 2] == 42.0\n")


def test_exist_ok_takes_what_exists_if_it_is_as_requested(script, shm, tmp_path):
    script(
        """
        import lina, pathlib, sys
        shm, path = sys.argv[1], pathlib.Path(sys.argv[2])
        for turn in range(3):
            lina.init_arena(1 << 16, shm, temporary=True, exist_ok=True)
            lina.init_arena(1 << 10, exist_ok=True)  # an arena of any size is right
            x = lina.create_array("x", "f64", (2, 3), exist_ok=True)
            x[turn % 2, turn] = turn
        assert x.tolist() == [[0, 0, 2], [0, 1, 0]] and x.generation == 1
        for size, where in ((1 << 20, shm), (1 << 16, "shm:another"), (1 << 16, path)):
            try:
                lina.init_arena(size, where, exist_ok=True)
            except lina.ExistsError as error:
                assert "there is a default arena already" in str(error)
            else:
                raise AssertionError(where)
        others = ("f32", (2, 3), "C"), ("f64", (3, 2), "C"), ("f64", 6, "C"), ("f64", (2, 3), "F")
        for dtype, shape, order in others:
            try:
                lina.create_array("x", dtype, shape, order, exist_ok=True)
            except lina.ExistsError as error:
                assert 'array "x"' in str(error)
            else:
                raise AssertionError(dtype)
        with lina.Arena.create(shm, 1 << 16, exist_ok=True) as again:
            assert again.array("x").tolist() == x.tolist()
        try:
            lina.Arena.create(shm, 1 << 20, exist_ok=True)
        except lina.InvalidError as error:
            assert shm in str(error) and "bytes" in str(error)
        else:
            raise AssertionError
        with lina.Arena.create(path, 1 << 16, exist_ok=True) as one:
            other = lina.Arena.create(path, 1, exist_ok=True)
            assert one.info()["members"] == 2
            other.close()
        lina.unlink(path)
        lina.Arena.create(None, 1 << 16, exist_ok=True).close()
        """,
        shm,
        str(tmp_path / "file"),
    )


def test_processes_that_start_together_get_the_same_arena(shm):
    code = textwrap.dedent(
        """
        import lina, sys
        lina.init_arena(1 << 16, sys.argv[1], exist_ok=True)
        lina.create_array("x", "i64", 4, exist_ok=True)
        lina.signal("here")
        lina.wait_value("here", 6, timeout=60)
        """
    )
    started = [subprocess.Popen([sys.executable, "-c", code, shm], env=dict(os.environ)) for _ in range(6)]
    assert [process.wait(120) for process in started] == [0] * 6
    assert lina.inspect(shm)["arrays"] == 1
    lina.unlink(shm)


def test_records_are_an_array_for_each_field(arena):
    made = arena.create_records("p", {"x": "f64", "id": "i32"}, 10)
    assert list(made) == ["x", "id"] and made["id"].dtype == "i32" and made["x"].shape == (10,)
    assert sorted(d["name"] for d in arena.list()) == ["p.id", "p.x"]
    made["x"][3] = 7
    with pytest.raises(lina.ExistsError, match='"p.x"'):
        arena.create_records("p", {"x": "f64", "id": "i32"}, 10)
    again = arena.create_records("p", {"x": "f64", "id": "i32", "y": "f64"}, 10, exist_ok=True)
    assert again["x"][3] == 7 and sorted(again) == ["id", "x", "y"]
    with pytest.raises(lina.InvalidError):
        arena.create_records("q", {"x": "f64", "id": "f65"}, 10)
    with pytest.raises(lina.ExistsError):
        arena.create_records("p", {"new": "f64", "x": "f32"}, 10, exist_ok=True)
    assert sorted(d["name"] for d in arena.list()) == ["p.id", "p.x", "p.y"], "none of those that failed"


def test_the_error_for_no_room_says_how_many_old_generations_this_process_holds(arena):
    kept = [arena.republish("x", "u8", 1000) for _ in range(3)]
    twice = kept[0][1:], memoryview(kept[0]), arena.array("x")
    with lina.Arena.attach(f"fd:{arena.fileno()}") as other:
        theirs = other.array("x")
        arena.republish("x", "u8", 1000)
        loan = arena.loan("y", "u8", 10)
        for make in (arena.create_array, arena.republish, arena.loan):
            with pytest.raises(lina.NoMemoryError, match='array "z": .*3 held by views.*1 loan') as caught:
                make("z", "u8", 1 << 40)
            assert "views of this Python hold 3 old generations" in str(caught.value)
        with pytest.raises(lina.NoMemoryError, match="views of this Python hold 1 old generation$"):
            other.create_array("z", "u8", 1 << 40)
        del theirs
    del kept, twice, loan
    with pytest.raises(lina.NoMemoryError) as caught:
        arena.create_array("z", "u8", 1 << 40)
    assert "this Python" not in str(caught.value)


def test_ipython_finds_the_extension_by_its_usual_name():
    assert lina.load_ipython_extension is _complete.load_ipython_extension
