"""Waiting on asyncio loops."""

import asyncio
import gc
import os
import threading

import pytest

import lina


def run(main):
    return asyncio.run(asyncio.wait_for(main, 60))


def test_a_wait_ends_with_its_signal_while_the_loop_goes_on(arena):
    async def main():
        task = asyncio.create_task(arena.wait_async("go"))
        for _ in range(10):
            await asyncio.sleep(0.001)
        assert not task.done()
        threading.Thread(target=arena.signal, args=("go",)).start()
        await task

    run(main())


def test_a_signal_that_is_set_or_reached_ends_the_wait_at_once(arena):
    arena.signal("s")
    arena.signal("s")

    async def main():
        await arena.wait_async("s")
        await arena.wait_value_async("s", 2)
        await arena.wait_async("s", timeout=0)
        arena.clear("s")
        with pytest.raises(TimeoutError):
            await arena.wait_async("s", timeout=0.02)
        arena.signal("s")
        await arena.wait_async("s")

    run(main())


def test_a_wait_may_time_out(arena):
    async def main():
        for wait in (arena.wait_async("s", 0.01), arena.wait_value_async("s", 5, timeout=0.01)):
            with pytest.raises(lina.WaitTimeoutError, match='signal "s": timed out'):
                await wait
        for over in (0, -1, float("-inf")):
            for wait in (arena.wait_async("s", over), arena.wait_value_async("s", 1, over)):
                with pytest.raises(lina.WaitTimeoutError, match='signal "s": timed out'):
                    await wait
        assert arena.info()["signals"] == 1
        arena.signal("s", 2)
        await arena.wait_async("s", -1)
        await arena.wait_value_async("s", 2, -1)
        arena.clear("s")
        with pytest.raises(ValueError, match="timeout"):
            await arena.wait_async("s", float("nan"))

    run(main())


def test_a_wait_may_be_cancelled_before_and_after_it_fired(arena):
    async def main():
        tasks = [asyncio.create_task(arena.wait_async("s")) for _ in range(50)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        arena.signal("s")
        for task in tasks[1::4]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert results[3::4] == [None] * len(results[3::4])
        assert all(isinstance(r, asyncio.CancelledError) for r in results[::2] + results[1::4])

    run(main())


def test_thousands_wait_at_once_without_a_thread_each():
    with lina.Arena.create(None, 1 << 16, max_signals=4096) as arena:

        async def main():
            waits = [asyncio.create_task(arena.wait_async(f"s{i}")) for i in range(4000)]
            await asyncio.sleep(0)
            assert threading.active_count() <= 2
            assert len(os.listdir("/proc/self/task")) < 10
            for i in range(0, 4000, 2):
                arena.signal(f"s{i}")
            await asyncio.gather(*waits[::2])
            assert not any(wait.done() for wait in waits[1::2])
            for i in range(1, 4000, 2):
                arena.signal(f"s{i}")
            await asyncio.gather(*waits)

        run(main())


def test_ping_pong_between_two_loops_loses_nothing(arena):
    async def player(hear, say, first):
        for n in range(1, 501):
            if first:
                arena.signal(say)
            await arena.wait_value_async(hear, n)
            if not first:
                arena.signal(say)

    thread = threading.Thread(target=lambda: run(player("ping", "pong", False)))
    thread.start()
    run(player("pong", "ping", True))
    thread.join()
    assert arena.value("ping") == arena.value("pong") == 500


def test_closing_the_arena_ends_the_waits():
    arena = lina.Arena.create(None, 1 << 16)

    async def main():
        tasks = [asyncio.create_task(arena.wait_async("s")) for _ in range(10)]
        await asyncio.sleep(0.01)
        arena.close()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(r, lina.ClosedError) for r in results), results
        with pytest.raises(lina.ClosedError):
            await arena.wait_async("s")

    run(main())


def test_removing_the_signal_ends_the_waits(arena):
    async def main():
        tasks = [asyncio.create_task(arena.wait_async("s")) for _ in range(10)]
        await asyncio.sleep(0.01)
        arena.remove_signal("s")
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(r, lina.NotFoundError) and '"s"' in str(r) for r in results), results
        arena.signal("s")
        await arena.wait_async("s")

    run(main())


def test_a_bad_name_is_refused_like_elsewhere(arena):
    async def main():
        with pytest.raises(TypeError):
            await arena.wait_async(3)
        with pytest.raises(lina.InvalidError):
            await arena.wait_async("")
        with pytest.raises(OverflowError):
            await arena.wait_value_async("s", -1)

    run(main())


def test_a_loop_leaves_no_descriptor_behind(arena):
    def descriptors():
        gc.collect()
        return len(os.listdir("/proc/self/fd"))

    async def main():
        with pytest.raises(TimeoutError):
            await arena.wait_async("s", 0.001)

    run(main())
    before = descriptors()
    for _ in range(20):
        run(main())
    assert descriptors() == before


def test_a_loop_may_be_abandoned_while_waits_are_pending(arena):
    for _ in range(5):
        loop = asyncio.new_event_loop()
        task = loop.create_task(arena.wait_async("s"))
        loop.run_until_complete(asyncio.sleep(0))
        task._log_destroy_pending = False
        loop.close()
        del loop, task
        gc.collect()
    arena.signal("s")
    run(arena.wait_async("s", 5))


def test_another_process_ends_the_wait(arena):
    async def main():
        child = os.fork()
        if child == 0:
            arena.wait("ask", 30)
            arena.signal("answer")
            os._exit(0)
        wait = asyncio.create_task(arena.wait_async("answer", 30))
        await asyncio.sleep(0)
        arena.signal("ask")
        await wait
        assert os.waitpid(child, 0)[1] == 0

    run(main())


def test_a_forked_child_waits_on_loops_of_its_own(arena):
    async def parent():
        pending = asyncio.create_task(arena.wait_async("both"))
        await asyncio.sleep(0)
        child = os.fork()
        if child == 0:
            asyncio.events._set_running_loop(None)
            threading.Timer(0.05, arena.signal, ("child",)).start()
            asyncio.run(arena.wait_async("child", 30))
            arena.signal("both")
            os._exit(0)
        await asyncio.wait_for(pending, 30)
        assert os.waitpid(child, 0)[1] == 0

    run(parent())
