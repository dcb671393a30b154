"""Streams: each generation once and in order, producers that wait, ends and deaths."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

import lina

COUNTING = """
    import lina, sys
    lina.attach(sys.argv[1])
    first, last = map(int, sys.argv[2:4])
    with lina.produce("f"):
        for i in range(first, last):
            with lina.loan("f", "i64", 3) as x:
                x[:] = [i, 2 * i, 3 * i]
"""


def start(source, *arguments, **more):
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(source), *map(str, arguments)], **more)


def count(arena, first, last, name="f", **options):
    for i in range(first, last):
        with arena.loan(name, "i64", 1, **options) as x:
            x[0] = i


@pytest.fixture
def stream(arena):
    arena.stream("f", depth=4)
    return arena


def test_a_loop_gets_each_generation_once_and_in_order(stream):
    frames = stream.follow("f")

    def produce():
        with stream.produce("f"):
            count(stream, 0, 1000)

    thread = threading.Thread(target=produce)
    thread.start()
    got = [(x[0], x.sequence) for x in frames]
    thread.join()
    assert got == [(i, i + 1) for i in range(1000)]
    assert frames.lost == 0 and frames.sequence == 1000
    info = stream.stream_info("f")
    assert (info["sequence"], info["readers"], info["producers"], info["state"]) == (1000, 0, 0, "ended")


def test_async_for_gets_each_generation_and_leaves_the_loop_free(stream):
    async def main():
        frames, turns, done = stream.follow("f"), 0, asyncio.Event()

        async def others():
            nonlocal turns
            while not done.is_set():
                turns += 1
                await asyncio.sleep(0)

        def produce():
            with stream.produce("f"):
                count(stream, 0, 500)

        task = asyncio.create_task(others())
        thread = threading.Thread(target=produce)
        thread.start()
        got = [x[0] async for x in frames]
        done.set()
        await task
        thread.join()
        assert got == list(range(500)) and turns > 0

    asyncio.run(main())


def test_thousands_of_readers_and_producers_wait_on_one_loop(arena):
    streams, readers, frames = 50, 2500, 6  # more frames than the depth: producers wait for their 50 readers
    for i in range(streams):
        arena.stream(f"f{i}", depth=2)

    async def read(i):
        return [x[0] async for x in arena.follow(f"f{i % streams}")]

    async def produce(i):
        with arena.produce(f"f{i}"):
            for number in range(frames):
                async with arena.loan_async(f"f{i}", "i64", 1) as x:
                    x[0] = number

    async def main():
        reading = [asyncio.create_task(read(i)) for i in range(readers)]
        await asyncio.sleep(0)
        await asyncio.gather(*(produce(i) for i in range(streams)))
        assert await asyncio.gather(*reading) == [list(range(frames))] * readers
        assert len(os.listdir("/proc/self/task")) < 10

    asyncio.run(main())


def test_an_awaited_loan_waits_for_room_and_leaves_the_loop_free(stream):
    stream.set_member_name("slow one")

    async def publish(value, timeout=None):
        async with stream.loan_async("f", "i64", 1, timeout=timeout) as x:
            x[0] = value

    async def main():
        frames = stream.follow("f")
        for i in range(4):
            await publish(i)
        with pytest.raises(lina.WaitTimeoutError, match='"f".*slow one') as late:
            await publish(4, timeout=0.02)
        with pytest.raises(lina.BehindError, match='"f".*slow one'):
            await publish(5, timeout=0)
        waiting = asyncio.create_task(publish(6))
        cancelled = asyncio.create_task(publish(7))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not waiting.done(), "the loop goes on, and nothing is published"
        cancelled.cancel()
        assert next(frames)[0] == 0
        await waiting
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        taker = threading.Timer(0.02, lambda: next(frames))
        taker.start()
        late.value.loan.timeout = None
        await late.value.loan.publish_async()  # what could not be published is a loan still
        taker.join()
        assert [next(frames)[0] for _ in range(4)] == [2, 3, 6, 4]
        with pytest.raises(ZeroDivisionError):
            async with stream.loan_async("f", "i64", 1):
                1 / 0  # noqa: B018
        assert stream.stream_info("f")["sequence"] == 6

    asyncio.run(main())


def test_an_awaited_loan_ends_when_its_reader_stream_or_arena_is_closed_or_removed(stream):
    async def publish(value):
        async with stream.loan_async("f", "i64", 1) as x:
            x[0] = value

    async def blocked(value):
        task = asyncio.create_task(publish(value))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not task.done()
        return task

    async def main():
        frames = stream.follow("f")
        for i in range(4):
            await publish(i)
        first, second = await blocked(4), await blocked(5)
        frames.close()
        await asyncio.gather(first, second)
        behind = stream.follow("f", start="oldest")
        third = await blocked(6)
        stream.remove("f")
        with pytest.raises(lina.NotFoundError, match='"f"'):
            await third
        behind.close()
        stream.stream("f", depth=1)
        behind = stream.follow("f")
        await publish(0)
        fourth = await blocked(1)
        stream.close()
        with pytest.raises(lina.ClosedError):
            await fourth
        behind.close()

    asyncio.run(main())


def test_other_processes_follow_and_produce(shm):
    with lina.Arena.create(shm, 1 << 20, temporary=True) as arena:
        arena.stream("f", depth=4)
        frames = arena.follow("f")
        process = start(COUNTING, shm, 0, 300)
        assert [x.tolist() for x in frames] == [[i, 2 * i, 3 * i] for i in range(300)]
        assert process.wait(60) == 0


def test_a_reader_begins_where_start_says(stream):
    count(stream, 1, 11)  # 7 to 10 are kept
    stream._produce("f")
    begin = {
        "oldest": ([7, 8, 9, 10], 0),
        "latest": ([10], 0),
        "next": ([], 0),
        9: ([9, 10], 0),
        3: ([7, 8, 9, 10], 4),
        11: ([], 0),
    }
    readers = {key: stream.follow("f", start=key, timeout=0, lossy=True) for key in begin}
    for key, (kept, lost) in begin.items():
        assert (all_of(readers[key]), readers[key].lost) == (kept, lost), key
    for wrong in ("newest", 0, -1, 1 << 64, 13):
        with pytest.raises(lina.InvalidError):
            stream.follow("f", start=wrong)


def all_of(frames):
    got = []
    with pytest.raises(TimeoutError):
        for x in frames:
            got.append(x[0])
    return got


def test_after_a_timeout_the_loop_can_go_on(stream):
    with stream.follow("f", timeout=0.01) as frames:
        with pytest.raises(lina.WaitTimeoutError, match='"f"'):
            next(frames)
        count(stream, 5, 6)
        assert next(frames)[0] == 5

    async def main():
        frames = stream.follow("f", timeout=0.01)
        with pytest.raises(lina.WaitTimeoutError, match='"f"'):
            await anext(frames)
        count(stream, 6, 7)
        assert (await anext(frames))[0] == 6

    asyncio.run(main())


def test_a_producer_waits_for_the_slowest_reader_and_names_it(stream):
    stream.set_member_name("slow one")
    frames = stream.follow("f")
    count(stream, 0, 4)
    with pytest.raises(lina.WaitTimeoutError, match="slow one") as caught:
        count(stream, 4, 5, timeout=0.05)
    with pytest.raises(lina.BehindError, match="slow one") as behind:
        count(stream, 5, 6, timeout=0)
    assert isinstance(behind.value, BlockingIOError) and stream.info()["loans"] == 2
    assert next(frames)[0] == 0
    caught.value.loan.publish()  # it is still a loan
    behind.value.loan.timeout = None
    threading.Timer(0.05, lambda: next(frames)).start()
    behind.value.loan.publish()
    assert stream.array("f")[0] == 5 and stream.info()["loans"] == 0


def test_ctrl_c_ends_a_loan_that_waits_for_room(script):
    script(
        """
        import lina, os, signal, threading
        lina.init_arena(1 << 16)
        lina.stream("f", depth=1)
        frames = lina.follow("f")
        lina.republish("f", "u8", 1)
        def interrupted(call):
            try:
                threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
                call()
            except KeyboardInterrupt:
                return
            raise AssertionError
        interrupted(lina.loan("f", "u8", 1).publish)
        next(frames)
        interrupted(lambda: next(frames))
        lina.republish("f", "u8", 1)
        assert next(frames).sequence == 2, "what was interrupted published nothing"
        """
    )


def test_leaving_the_loop_closes_the_reader(stream):
    count(stream, 0, 4)
    for _ in stream.follow("f", start="oldest"):
        break
    assert stream.stream_info("f")["readers"] == 0
    count(stream, 4, 20, timeout=0)  # no reader is behind

    async def main():
        async for _ in stream.follow("f", start="oldest"):
            break

    asyncio.run(main())
    assert stream.stream_info("f")["readers"] == 0
    with stream.follow("f") as frames:
        assert stream.stream_info("f")["readers"] == 1
    with pytest.raises(lina.ClosedError):
        next(frames)


def test_when_the_loop_moves_on_the_view_ends_but_not_what_was_made_from_it(stream):
    count(stream, 0, 4)
    frames = stream.follow("f", start="oldest", timeout=0)
    first = next(frames)
    memory = np.asarray(first)
    second = next(frames)
    assert first.closed and memory[0] == 0 and second[0] == 1
    kept = second.keep()
    next(frames)
    assert kept is second and not kept.closed and kept[0] == 1


def test_a_reader_that_keeps_too_many_views_gets_the_error_and_not_the_producer(stream):
    frames = stream.follow("f", start="next", timeout=0)
    kept = []
    for i in range(4):
        count(stream, i, i + 1)
        kept.append(next(frames).keep())
    count(stream, 4, 5)
    with pytest.raises(lina.BusyError, match='"f"'):
        next(frames)
    circle = [kept.pop(0)]
    circle.append(circle)
    del circle  # the reader runs the garbage collector for it
    assert next(frames)[0] == 4


def test_a_lossy_reader_is_passed_over_and_counts_what_it_lost(shm):
    with lina.Arena.create(shm, 1 << 20, temporary=True) as arena:
        arena.stream("f", depth=4)
        with lina.Arena.attach(shm, readonly=True) as looker:
            frames = looker.follow("f", lossy=True, timeout=0)
            count(arena, 1, 11, timeout=0)
            assert next(frames)[0] == 7 and frames.lost == 6
            with pytest.raises(lina.ReadOnlyError):
                looker.follow("f")


def test_readers_learn_of_a_killed_producer_and_go_on_with_a_new_one(shm):
    with lina.Arena.create(shm, 1 << 20, temporary=True) as arena:
        arena.stream("f", depth=4)
        frames, revived = arena.follow("f", timeout=60), arena.follow("f", revive=True, timeout=60)
        process = start(COUNTING, shm, 0, 1 << 40)
        for i in range(50):
            assert next(frames)[0] == i == next(revived)[0]
        process.send_signal(signal.SIGKILL)
        process.wait()
        left = []
        with pytest.raises(lina.MemberDiedError, match='"f"') as caught:
            for x in frames:
                left.append(x[0])
                assert next(revived)[0] == x[0]
        assert caught.value.code == "DIED" and left == list(range(50, 50 + len(left)))
        again = 50 + len(left)
        process = start(COUNTING, shm, again, again + 10)
        while arena.stream_info("f")["producers"] == 0:
            time.sleep(0.001)
        both = [(x[0], y[0]) for x, y in zip(frames, revived, strict=True)]
        assert both == [(i, i) for i in range(again, again + 10)], "the same with and without revive"
        assert process.wait(60) == 0


def test_a_killed_reader_holds_up_no_producer(shm):
    with lina.Arena.create(shm, 1 << 20, temporary=True) as arena:
        arena.stream("f", depth=2)
        reader = start(
            "import lina, sys; lina.attach(sys.argv[1]); f = lina.follow('f'); lina.signal('open'); next(f);"
            "lina.wait('never')",
            shm,
        )
        arena.wait("open", timeout=60)
        count(arena, 0, 3)
        reader.send_signal(signal.SIGKILL)
        reader.wait()
        count(arena, 3, 20, timeout=60)
        assert arena.stream_info("f")["readers"] == 0


def test_removing_a_stream_ends_its_loops_and_waits(stream):
    frames, blocked = stream.follow("f"), stream.follow("f")
    threading.Timer(0.05, stream.remove, ["f"]).start()
    assert list(frames) == []
    blocked.close()
    stream.stream("g", depth=1)
    behind = stream.follow("g")
    count(stream, 0, 1, "g")
    threading.Timer(0.05, stream.remove, ["g"]).start()
    with pytest.raises(lina.NotFoundError):
        count(stream, 1, 2, "g")
    behind.close()


def test_a_reader_outlives_its_arena_like_a_view():
    arena = lina.Arena.create(None, 1 << 16)
    arena.stream("f", depth=4)
    frames = arena.follow("f", start="next", timeout=60)
    count(arena, 7, 8)
    x = next(frames).keep()
    threading.Timer(0.05, arena.close).start()
    with pytest.raises(lina.ClosedError):
        next(frames)
    assert x[0] == 7


def test_a_closed_reader_ends_the_wait_of_another_thread(stream):
    frames = stream.follow("f")
    threading.Timer(0.05, frames.close).start()
    with pytest.raises(lina.ClosedError, match='"f"'):
        next(frames)


def test_a_stream_has_one_depth_and_only_a_stream_can_be_followed(arena):
    arena.create_array("a", "u8", 1)
    for call in (lambda: arena.follow("a"), lambda: arena.stream("a"), lambda: arena.stream("b")):
        with pytest.raises(lina.NotFoundError, match='"[ab]"'):
            call()
    with pytest.raises(lina.NotFoundError), arena.produce("a"):
        pass
    arena.stream("a", depth=3)
    arena.stream("a", 3)
    arena.stream("a")
    with pytest.raises(lina.ExistsError, match='"a"'):
        arena.stream("a", depth=4)
    with pytest.raises(lina.InvalidError):
        arena.stream("c", depth=1 << 33)
    assert arena.array("a").tolist() == [0]


def test_calls_for_arrays_see_the_newest_generation_of_a_stream(stream):
    count(stream, 1, 4)
    assert stream.array("f")[0] == 3 and stream.array("f").sequence == 3
    assert stream.republish("f", "i64", 2).tolist() == [0, 0]
    assert stream.open_desc("f")["generation"] == 4
    assert [x.tolist() for x in take(stream.follow("f", start="oldest"), 4)] == [[1], [2], [3], [0, 0]]


def test_descriptors_in_a_loop_hold_no_generation(stream):
    def use(times):
        for i in range(times):
            count(stream, i, i + 1)
            assert stream.open_desc("f")["generation"] == stream.list()[0]["generation"]
        info = stream.info()
        return info["used_bytes"], info["held"], info["arrays"]

    assert use(20) == use(500)


def take(frames, n):
    return [next(frames).keep() for _ in range(n)]


def test_a_forked_child_cannot_use_its_parents_reader(stream):
    frames = stream.follow("f", timeout=0)
    count(stream, 0, 1)
    child = os.fork()
    if child == 0:
        try:
            next(frames)
        except lina.StaleError:
            os._exit(0)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert next(frames)[0] == 0


CAMERA = """
    import lina, sys
    lina.attach(sys.argv[1])
    lina.set_member_name('camera')
    lina.signal('here')
    lina.wait('never')
"""


def test_a_wait_can_depend_on_a_member_by_its_name(shm):
    with lina.Arena.create(shm, 1 << 20, temporary=True) as arena:
        arena.set_member_name("viewer")
        camera = start(CAMERA, shm)
        arena.wait("here", timeout=60)
        names = {m["name"]: m for m in arena.members()}
        assert names["camera"]["pid"] == camera.pid and names["viewer"]["self"] is True
        assert abs(names["camera"]["since"] - time.time()) < 3600
        with pytest.raises(lina.ExistsError, match="camera"):
            arena.set_member_name("camera")
        with pytest.raises(TimeoutError):
            arena.wait("frame", timeout=0.05, member="camera")
        threading.Timer(0.1, camera.kill).start()
        with pytest.raises(lina.MemberDiedError, match="camera") as caught:
            arena.wait("frame", timeout=60, member="camera")
        assert isinstance(caught.value, ConnectionError)
        camera.wait()
        for call in (
            lambda: arena.wait_value("frame", 2, timeout=60, member="camera"),
            lambda: arena.wait_any(["frame", "other"], timeout=60, member="camera"),
        ):
            with pytest.raises(lina.MemberDiedError):
                call()
        with pytest.raises(lina.MemberDiedError, match=r'^signal "frame": member "camera" is gone$'):
            asyncio.run(arena.wait_async("frame", 60, member="camera"))
        with pytest.raises(lina.MemberDiedError):
            asyncio.run(arena.wait_async("frame", 0, member="camera"))
        arena.signal("frame")
        arena.wait("frame", timeout=60, member="camera")  # a signal that is set counts more than the death
        asyncio.run(arena.wait_async("frame", timeout=60, member="camera"))
        asyncio.run(arena.wait_value_async("frame", 1, timeout=60, member="camera"))
        assert arena.wait_any(["other", "frame"], timeout=60, member="camera") == "frame"
        assert [m["name"] for m in arena.members()] == ["viewer"]
        arena.set_member_name(None)
        assert [m["name"] for m in arena.members()] == [""]


def test_a_wait_does_not_take_a_namesake_for_its_member(shm):
    with lina.Arena.create(shm, 1 << 20, temporary=True) as arena:
        camera = start(CAMERA, shm)
        arena.wait("here", timeout=60)

        def replace():
            camera.kill()
            camera.wait()
            again.append(start(CAMERA, shm))

        again = []
        thread = threading.Thread(target=replace)
        thread.start()
        with pytest.raises(lina.MemberDiedError):
            arena.wait("frame", timeout=60, member="camera")
        thread.join()
        again[0].kill()
        again[0].wait()


def depend(arena, **options):
    return arena.wait_async("frame", member="camera", **options)


def test_an_awaited_wait_depends_on_a_member_while_the_loop_goes_on(shm):
    async def main(arena, camera):
        with pytest.raises(lina.WaitTimeoutError):
            await depend(arena, timeout=0.02)
        with pytest.raises(TypeError, match="the member's name must be a str"):
            await arena.wait_async("frame", member=3)
        await asyncio.gather(depend(arena), signal_later(arena))
        arena.clear("frame")
        waits = [asyncio.create_task(depend(arena)), asyncio.create_task(depend(arena, timeout=60))]
        waits.append(asyncio.create_task(arena.wait_value_async("frame", 9, member="camera")))
        await asyncio.sleep(0.01)
        assert not any(wait.done() for wait in waits)
        camera.kill()
        for ended in await asyncio.gather(*waits, return_exceptions=True):
            assert isinstance(ended, lina.MemberDiedError), ended

    async def signal_later(arena):
        await asyncio.sleep(0.01)
        arena.signal("frame")

    with lina.Arena.create(shm, 1 << 20, temporary=True) as arena:
        camera = start(CAMERA, shm)
        arena.wait("here", timeout=60)
        asyncio.run(asyncio.wait_for(main(arena, camera), 60))
        camera.wait()


def test_an_awaited_wait_does_not_take_a_namesake_for_its_member(shm):
    async def main(arena, camera):
        wait = asyncio.create_task(depend(arena))
        await asyncio.sleep(0)  # it has found the camera
        camera.kill()
        camera.wait()
        again = start(CAMERA, shm)
        with pytest.raises(lina.MemberDiedError):
            await wait
        return again

    with lina.Arena.create(shm, 1 << 20, temporary=True) as arena:
        camera = start(CAMERA, shm)
        arena.wait("here", timeout=60)
        again = asyncio.run(asyncio.wait_for(main(arena, camera), 60))
        again.kill()
        again.wait()
