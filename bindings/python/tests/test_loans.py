"""Loans: readers see the next generation when it is published, and never a part of it."""

import gc

import numpy as np
import pytest

import lina


def test_a_loan_is_unseen_until_the_block_succeeds(arena):
    with arena.loan("a", "f64", (2, 3)) as x:
        np.asarray(x)[:] = 42.0
        with pytest.raises(KeyError):
            arena.array("a")
    assert arena.array("a").tolist() == [[42.0] * 3] * 2
    assert arena.array("a").generation == 1


def test_an_exception_discards_the_loan(arena):
    arena.create_array("a", "i64", 1)
    with pytest.raises(ZeroDivisionError), arena.loan("a", "i64", 100) as x:
        x[0] = 1 // 0
    assert x.closed
    assert (arena.array("a").generation, arena.info()["held"]) == (1, 0)


def test_views_over_a_loan_stay_valid_and_current_afterwards(arena):
    arena.create_array("a", "i64", 4)
    with arena.loan("a", "i64", 4) as x:
        kept, part, mv = np.asarray(x), x[1:3], memoryview(x)
        kept[:] = [1, 2, 3, 4]
    assert x.is_current and part.is_current and x.generation == 2
    assert arena.array("a").tolist() == part.arena.array("a").tolist() == [1, 2, 3, 4]
    kept[1] = 20
    assert part.tolist() == [20, 3] and mv[1] == 20 and arena.array("a")[1] == 20
    arena.republish("a", "i64", 4)
    assert not x.is_current and kept.tolist() == [1, 20, 3, 4]


def test_after_publishing_the_loan_has_the_generation_that_it_became(arena):
    with arena.loan("a", "u8", 1) as x:
        assert x.generation == 1
        arena.create_array("a", "u8", 1)
        arena.republish("a", "u8", 1)
    assert x.generation == 3 == arena.array("a").generation


def test_numpy_views_of_a_discarded_loan_stay_valid(arena):
    with pytest.raises(RuntimeError), arena.loan("a", "u8", 64) as x:
        kept = np.asarray(x)
        kept[:] = 5
        raise RuntimeError
    arena.create_array("b", "u8", 64)[:] = 9
    assert set(kept.tolist()) == {5}
    del kept
    gc.collect()
    arena.remove("b")
    assert arena.info()["used_bytes"] == 0


def test_a_loan_can_be_published_or_discarded_without_a_with_block(arena):
    loan = arena.loan("a", "u8", 1)
    loan.array[0] = 7
    loan.publish()
    assert arena.array("a")[0] == 7
    for again in (loan.publish, loan.discard):
        with pytest.raises(lina.InvalidError, match='array "a"'):
            again()
    loan = arena.loan("a", "u8", 1)
    loan.discard()
    with pytest.raises(lina.ClosedError):
        loan.publish()
    assert arena.array("a").generation == 1


def test_a_loan_that_is_forgotten_gives_its_memory_back(arena):
    loan = arena.loan("a", "u8", 1000)
    assert arena.info()["used_bytes"] > 0
    del loan
    gc.collect()
    assert arena.info()["used_bytes"] == 0


def test_a_bad_loan_is_refused_before_the_block(arena):
    for arguments in (("a", "x", 1), ("a", "u8", -1), ("a", "u8", 1, "Z"), ("", "u8", 1)):
        with pytest.raises(lina.InvalidError), arena.loan(*arguments):
            pytest.fail("the block ran")
    with pytest.raises(MemoryError), arena.loan("a", "u8", 1 << 40):
        pytest.fail("the block ran")


def test_a_loan_cannot_be_published_after_its_arena_was_closed():
    arena = lina.Arena.create(None, 1 << 16)
    loan = arena.loan("a", "u8", 4)
    arena.close()
    try:
        loan.publish()
    except lina.LinaError as error:
        assert error.code == "CLOSED"


def test_readers_see_old_or_new_but_never_a_mix(script):
    """Another process publishes arrays that repeat one number, while this one reads them."""
    script(
        """
        import os, lina, numpy as np
        lina.init_arena(1 << 22)
        with lina.loan("a", "i64", 1000) as x:
            x[:] = 0
        del x
        if (child := os.fork()) == 0:
            n = 0
            while not lina.try_wait("stop"):
                n += 1
                with lina.loan("a", "i64", 1000 + n % 7) as x:
                    np.asarray(x)[:] = n
                if n == 100:
                    lina.signal("going")
            del x
            os._exit(0)
        lina.wait("going", timeout=30)
        seen = set()
        for _ in range(20000):
            a = np.asarray(lina.array("a"))
            assert a.min() == a.max() and len(a) == 1000 + a[0] % 7 * (a[0] > 0)
            seen.add(int(a[0]))
        lina.signal("stop")
        assert os.waitpid(child, 0)[1] == 0
        assert len(seen) > 1, seen
        lina.check()
        del a
        assert lina.info()["held"] == 0
        """
    )
