"""Every error names the array, signal or arena that it is about."""

import asyncio

import pytest

import lina


class Odd:
    """An object whose repr fails, and that is not a number."""

    def __repr__(self):
        raise ZeroDivisionError


def closed(x):
    x.close()
    return x


ARRAY = {
    "closed": lambda a, x: closed(x)[0],
    "closed loan": lambda a, x: a.loan("x", "u8", 1).array._discard() or closed(x).shape,
    "unknown dtype": lambda a, x: a.create_array("x", "f8", 1),
    "dtype of another type": lambda a, x: a.create_array("x", None, 1),
    "dtype number": lambda a, x: a.create_array("x", -1, 1),
    "dtype that cannot be shown": lambda a, x: a.loan("x", type("Odd", (), {}), 1),
    "shape": lambda a, x: a.create_array("x", "u8", 1.5),
    "shape of text": lambda a, x: a.create_array("x", "u8", "12"),
    "extent": lambda a, x: a.create_array("x", "u8", (2, 1.5)),
    "extent below zero": lambda a, x: a.republish("x", "u8", (2, -1)),
    "huge extent": lambda a, x: a.create_array("x", "u8", 10**5000),
    "dimensions": lambda a, x: a.create_array("x", "u8", (1,) * 9),
    "order": lambda a, x: a.create_array("x", "u8", 1, "Z"),
    "name taken": lambda a, x: a.create_array("x", "u8", 1),
    "no room": lambda a, x: a.loan("x", "u8", 1 << 40),
    "not there": lambda a, x: a.remove("x") or a.array("x"),
    "index": lambda a, x: x[9],
    "indices": lambda a, x: x[0, 0, 0],
    "key": lambda a, x: x["a"],
    "range": lambda a, x: x.__setitem__(0, 300),
    "huge value": lambda a, x: x.__setitem__(0, 10**5000),
    "value": lambda a, x: x.__setitem__(0, "1"),
    "float value": lambda a, x: x.__setitem__(slice(None), 1.0),
    "value in a list": lambda a, x: x.__setitem__(slice(2), [1, None]),
    "value that cannot be shown": lambda a, x: x.__setitem__(0, Odd()),
    "too many values": lambda a, x: x.__setitem__(slice(None), [1, 2]),
    "no real number": lambda a, x: a.republish("x", "f32", 1).__setitem__(0, 1j),
    "no float": lambda a, x: a.republish("x", "f16", 1).__setitem__(0, "1"),
    "no complex": lambda a, x: a.republish("x", "c64", 1).__setitem__(0, "1"),
    "len": lambda a, x: len(a.republish("x", "u8", ())),
    "alias outside": lambda a, x: a.alias("x", "base", 0, 9),
    "alias offset": lambda a, x: a.alias("x", "base", 1 << 64, 1),
    "alias offset below zero": lambda a, x: a.alias("x", "base", -1, 1),
    "alias stride": lambda a, x: a.alias("x", "base", 0, 1, (1.5,)),
    "alias huge stride": lambda a, x: a.alias("x", "base", 0, 2, (1 << 70,)),
    "alias strides": lambda a, x: a.alias("x", "base", 0, 2, 5),
    "alias too many strides": lambda a, x: a.alias("x", "base", 0, 2, (1, 1)),
    "loan published twice": lambda a, x: x._publish(),
    "dlpack device": lambda a, x: x.__dlpack__(copy=True, dl_device=(2, 0)),
    "arrow": lambda a, x: a.republish("x", "u8", (2, 2, 2)).__arrow_c_array__(),
    "arrow columns": lambda a, x: a.republish("x", "u8", (2, 2)).T.__arrow_c_array__(),
    "arithmetic": lambda a, x: x + 1,
    "comparison": lambda a, x: x == 1,
    "float": lambda a, x: float(x),
    "reshape": lambda a, x: x.reshape(3),
    "reshape that copies": lambda a, x: x.reshape(2, 2).T.reshape(4),
    "broadcast": lambda a, x: x.__setitem__(..., [1, 2, 3]),
    "arena closed": lambda a, x: (a.close(), a.array("x")),
    "arena closed for a loan": lambda a, x: (a.close(), a.loan("x", "u8", 1)),
    "arena closed for a removal": lambda a, x: (a.close(), a.remove("x")),
    "no default arena": lambda a, x: lina.array("x"),
}
SIGNAL = {
    "timeout below zero": lambda a: a.wait("s", -1),
    "no signal to remove": lambda a: a.remove_signal("s"),
    "none of several": lambda a: a.wait_any(["s"], 0),
    "too many at once": lambda a: a.signal("s", 1 << 64),
    "timeout of text": lambda a: a.wait("s", "1"),
    "no number": lambda a: a.wait_value("s", 1, timeout=float("nan")),
    "target": lambda a: a.wait_value("s", 1.5),
    "target below zero": lambda a: a.wait_value("s", -1),
    "timed out": lambda a: a.wait("s", 0),
    "async timeout": lambda a: asyncio.run(a.wait_async("s", -1)),
    "async timeout of text": lambda a: asyncio.run(a.wait_async("s", "1")),
    "async target": lambda a: asyncio.run(a.wait_value_async("s", 1.5)),
    "async target below zero": lambda a: asyncio.run(a.wait_value_async("s", -1)),
    "async timed out": lambda a: asyncio.run(a.wait_async("s", 0)),
    "arena closed": lambda a: (a.close(), a.signal("s")),
    "arena closed for a wait": lambda a: (a.close(), a.wait("s")),
    "arena closed for a look": lambda a: (a.close(), a.try_wait("s")),
    "arena closed, async": lambda a: (a.close(), asyncio.run(a.wait_async("s"))),
    "no default arena": lambda a: lina.wait("s"),
}


@pytest.mark.parametrize("call", ARRAY.values(), ids=ARRAY)
def test_an_error_names_the_array(arena, call):
    x = arena.create_array("x", "u8", 4)
    arena.create_array("base", "u8", 4)
    with pytest.raises(Exception, match=r'^array "x": .|array "x"') as caught:
        call(arena, x)
    assert isinstance(caught.value, lina.LinaError | TypeError | IndexError | OverflowError | ValueError)
    assert len(str(caught.value)) < 320


@pytest.mark.parametrize("call", SIGNAL.values(), ids=SIGNAL)
def test_an_error_names_the_signal(arena, call):
    with pytest.raises((lina.LinaError, TypeError, ValueError, OverflowError), match='^signal "s": .'):
        call(arena)


@pytest.mark.parametrize(
    "arguments",
    [{"bytes": -1}, {"bytes": 1.5}, {"bytes": 1 << 70}, {"max_arrays": -1}, {"max_members": 1 << 33}],
)
def test_an_error_names_the_arena(shm, arguments):
    with pytest.raises((lina.InvalidError, TypeError), match=f'^arena "{shm}": .'):
        lina.Arena.create(shm, **{"bytes": 1 << 16, **arguments})


def test_python_shows_the_names_that_users_write():
    with lina.Arena.create(None, 1 << 16) as arena:
        assert repr(arena) == "<lina.Arena anonymous, 65536 bytes, 0 arrays>"
        assert repr(arena.loan("x", "u8", 3)) == (
            "<lina.Loan of <lina.Array 'x' u8 (3,) C, generation 1: 0 0 0>>"
        )
    assert repr(arena) == "<lina.Arena: the arena was closed>"
    for name in lina.__all__:
        thing = getattr(lina, name)
        if isinstance(thing, type):
            assert (thing.__module__, thing.__qualname__) == ("lina", name)
        elif callable(thing):
            assert thing.__name__ == name
