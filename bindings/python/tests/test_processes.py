"""Several processes: the three start methods of multiprocessing, pools, fork, death, and pickling."""

import concurrent.futures
import copy
import multiprocessing
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

import lina

METHODS = ["fork", "spawn", "forkserver"]


def add_one(x):
    np.asarray(x)[...] += 1
    return x.arena.info()["members"]


def total(x):
    return float(np.asarray(x).sum())


def publish(arena, n):
    with arena.loan(f"from-{n}", "i64", 2) as x:
        x[:] = [n, os.getpid()]
    arena.signal("done")


@pytest.fixture(params=["anonymous", "named"])
def shared(request, shm):
    with lina.Arena.create(shm if request.param == "named" else None, 1 << 20) as arena:
        yield arena


@pytest.mark.parametrize("method", METHODS)
def test_a_process_gets_an_array_as_an_argument(shared, method):
    x = shared.create_array("x", "f64", (4, 3))
    process = multiprocessing.get_context(method).Process(target=add_one, args=(x[::2],))
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert x.tolist() == [[1] * 3, [0] * 3, [1] * 3, [0] * 3]


@pytest.mark.parametrize("method", METHODS)
def test_a_process_gets_an_arena_as_an_argument(shared, method):
    context = multiprocessing.get_context(method)
    processes = [context.Process(target=publish, args=(shared, n)) for n in range(3)]
    for process in processes:
        process.start()
    shared.wait_value("done", 3, timeout=60)
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert [shared.array(f"from-{n}")[0] for n in range(3)] == [0, 1, 2]
    assert len({shared.array(f"from-{n}")[1] for n in range(3)}) == 3


@pytest.mark.parametrize("method", METHODS)
def test_arrays_travel_through_pools(shared, method):
    context = multiprocessing.get_context(method)
    arrays = [shared.create_array(f"a{i}", "f64", 10) for i in range(4)]
    for i, x in enumerate(arrays):
        x[:] = i
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(total, arrays)) == [0, 10, 20, 30]


def test_no_resource_tracker_is_started(script):
    script(
        """
        import lina, multiprocessing, multiprocessing.resource_tracker as tracker
        lina.init_arena(1 << 16)
        x = lina.create_array("x", "u8", 1)
        multiprocessing.reduction.ForkingPickler.dumps(x)
        assert tracker._resource_tracker._fd is None
        """
    )


def test_a_pickle_is_a_reference_and_not_the_bytes(arena):
    x = arena.create_array("x", "u8", 100_000)
    data = pickle.dumps(x)
    assert len(data) < 500
    y = pickle.loads(data)
    assert y.arena is arena
    y[5] = 7
    assert x[5] == 7
    z = pickle.loads(pickle.dumps(x[10:20:3]))
    z[1] = 9
    assert x[13] == 9 and z.shape == (4,)


def test_a_pickle_of_a_removed_array_is_refused(arena):
    x = arena.create_array("x", "u8", 4)
    data = pickle.dumps(x)
    arena.republish("x", "u8", 4)
    with pytest.raises(lina.StaleError, match='array "x": generation 1 was replaced'):
        pickle.loads(data)
    arena.remove("x")
    arena.create_array("x", "u8", 4)
    with pytest.raises(lina.StaleError):
        pickle.loads(data)
    with pytest.raises(lina.InvalidError, match="loan"):
        pickle.dumps(arena.loan("y", "u8", 1).array)
    with lina.Arena.create(None, 1 << 16) as other:
        data = pickle.dumps(other.create_array("x", "u8", 1))
    with pytest.raises(KeyError, match="gone"):
        pickle.loads(data)


def test_a_pickle_that_was_tampered_with_cannot_leave_the_array(arena):
    x = arena.create_array("x", "u8", 4)
    for bad in ((1, (4,), (1,)), (-1, (1,), (1,)), (0, (2,), (1 << 62,)), (0, (1 << 62, 1 << 62), (0, 0))):
        with pytest.raises(ValueError):
            x._window(*bad)
    assert x._window(3, (4,), (-1,)).tolist() == [0] * 4


def test_a_reference_to_a_descriptor_that_became_a_fifo_is_refused_at_once(tmp_path):
    from lina import _share

    os.mkfifo(tmp_path / "fifo")
    with lina.Arena.create(None, 1 << 16) as arena:
        reference = _share.ArenaReference.to(arena)._replace(readonly=True)
    end = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(lina.NotFoundError, match="gone"):
            reference._replace(fd=end).resolve()
    finally:
        os.close(end)


def test_an_altered_pickle_is_refused_or_shows_a_part_of_the_array(arena):
    x = arena.create_array("x", "u8", (4, 4))
    x[:] = [[1] * 4] * 4
    data = pickle.dumps(x[1:3, ::2])
    for at in range(data.index(b"ArenaReference"), len(data)):
        for value in (0, 1, data[at] ^ 1, data[at] ^ 128, 255):
            altered = data[:at] + bytes([value]) + data[at + 1 :]
            try:
                y = pickle.loads(altered)
            except Exception:
                continue
            if isinstance(y, lina.Array):
                assert set(y.tobytes()) <= {1}


def test_a_deep_copy_is_refused(arena):
    x = arena.create_array("x", "u8", 4)
    assert copy.copy(x).shape == (4,)
    with pytest.raises(TypeError, match="copy"):
        copy.deepcopy(x)


def test_a_forked_child_is_a_member_of_its_own(arena):
    x = arena.create_array("x", "i64", 2)
    child = os.fork()
    if child == 0:
        try:
            assert arena.array("x").tolist() == [0, 0]
            x[0] = 1  # it can still use what it inherited
            arena.array("x")[1] = arena.info()["members"]
            del x
            arena.remove("x")
            arena.create_array("y", "u8", 1)
            arena.signal("done")
            os._exit(0)
        finally:
            os._exit(1)
    arena.wait("done", 30)
    assert os.waitpid(child, 0)[1] == 0
    assert x.tolist() == [1, 2] and not x.is_current
    assert [d["name"] for d in arena.list()] == ["y"]


def test_the_holds_of_a_killed_process_are_given_back(arena):
    arena.create_array("x", "u8", 1000)
    child = os.fork()
    if child == 0:
        try:
            kept = arena.array("x"), arena.loan("z", "u8", 1000)
            arena.signal("held")
            arena.wait("never", 60)
            kept[0].close()
        finally:
            os._exit(1)
    arena.wait("held", 30)
    arena.remove("x")
    assert (arena.info()["held"], arena.info()["loans"]) == (1, 1)
    os.kill(child, 9)
    os.waitpid(child, 0)
    # A call that needs the room frees what the dead process held.
    big = arena.info()["size"] - 64
    arena.create_array("all of it", "u8", big)
    assert (arena.info()["held"], arena.info()["loans"]) == (0, 0)


def test_threads_and_forks_at_the_same_time_keep_the_arena_whole(script):
    script(
        """
        import lina, os, threading
        lina.init_arena(1 << 22)
        lina.create_array("x", "i64", 8)
        def work(n):
            for i in range(50):
                with lina.array("x") as x:
                    x[n % 8] = i
                with lina.loan(f"y{n}", "u8", 100 + i):
                    pass
                lina.signal("turn")
        children = []
        for round in range(4):
            threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
            for t in threads: t.start()
            if (child := os.fork()) == 0:
                work(100 + round)
                os._exit(0)
            children.append(child)
            for t in threads: t.join()
        for child in children:
            assert os.waitpid(child, 0)[1] == 0
        assert lina.value("turn") == 4 * 9 * 50
        lina.check()
        """
    )


def test_another_python_joins_by_name_alone(shm):
    with lina.Arena.create(shm, 1 << 16) as arena:
        arena.create_array("x", "i64", 2)
        code = f"import lina; lina.attach({shm!r}); lina.array('x')[1] = 5; lina.signal('s')"
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
        assert arena.array("x").tolist() == [0, 5] and arena.try_wait("s")
