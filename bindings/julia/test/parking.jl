# Tasks that wait on other threads than the first. Each test runs in a process of its own, which prints the results.
const ELSEWHERE = """
    using Lina, Base.Threads
    nthreads() > 1 || error("more threads than one are needed")
    Lina.init_arena(1 << 16)

    # Starts `f` on another thread than the first.
    function elsewhere(f)
        while true
            place = Channel{Int}(1)
            task = Threads.@spawn (id = threadid(); put!(place, id); id == 1 || f())
            take!(place) == 1 || return task
        end
    end

    # Tasks on other threads. Each has parked in `wait(i)`.
    function parked(wait, n)
        before = length(Lina.PARKED)
        tasks = [elsewhere(() -> wait(i)) for i in 1:n]
        while length(Lina.PARKED) < before + n && !any(istaskdone, tasks)
            sleep(0.01)
        end
        return tasks
    end

    # True if `f()` becomes true within a minute, while the first thread computes without a break.
    function meanwhile(f)
        started = time_ns()
        while !f()
            time_ns() - started < 60_000_000_000 || return false
            GC.safepoint() # other threads may have to compile
        end
        return true
    end

    # The exception of the task.
    code_of(task) = try fetch(task) catch e; e.task.exception.code end
    """
# The numbers of threads to test with. Before Julia 1.6, there can be only as many threads as processors.
const THREADS = VERSION < v"1.6" ? unique(min.((2, 4), Sys.CPU_THREADS)) : [2, 4]

said_with(threads, code; limit = 300) =
    split(read_output(julia(ELSEWHERE * code; options = `-t $threads`); limit = limit), '\n'; keepempty = false)

@testset "parked tasks cost almost no processor time, with $threads threads" for threads in THREADS
    said = said_with(threads, """
        function processor_time()
            usage = zeros(Int, 18) # struct rusage, which begins with two pairs of seconds and microseconds
            ccall(:getrusage, Cint, (Cint, Ptr{Int}), 0, usage)
            return usage[1] + usage[3] + (usage[2] + usage[4]) / 1e6
        end
        # The share of a processor that this process uses while its first thread sleeps.
        function share(seconds)
            began, before = time(), processor_time()
            sleep(seconds)
            return (processor_time() - before) / (time() - began)
        end
        for n in (1, 20)
            parked(i -> Lina.wait("never"), n)
            share(1)
            println(minimum(share(2) for _ in 1:3))
        end
        """)
    @test length(said) == 2 && all(s -> parse(Float64, s) < 0.02, said)
end

@testset "parked tasks go on while the first thread computes, with $threads threads" for threads in THREADS
    said = said_with(threads, """
        report(tasks) = println(meanwhile(() -> all(istaskdone, tasks)))
        signalled = parked(i -> Lina.wait("s\$i"), 6)
        foreach(i -> Lina.signal("s\$i"), 1:6)
        report(signalled)
        counted = parked(i -> Lina.wait_value("count", 10i), 3)
        foreach(_ -> Lina.signal("count"), 1:30)
        report(counted)
        several = parked(i -> Lina.wait_any(["never", "any\$i" => 2]), 3)
        foreach(i -> Lina.signal("any\$i", 2), 1:3)
        report(several)
        removed = parked(i -> Lina.wait("gone\$i"), 3)
        foreach(i -> Lina.remove_signal("gone\$i"), 1:3)
        report(removed)
        println(map(code_of, removed))
        late = parked(i -> Lina.wait("never"; timeout = 2 + i / 10), 3)
        report(late)
        println(map(code_of, late))
        other = Lina.Arena(1 << 16)
        left = parked(i -> Lina.wait(other, "s\$i"), 3)
        close(other)
        report(left)
        println(map(code_of, left))
        println(isempty(Lina.PARKED))
        """)
    @test said == ["true", "true", "true", "true", "[:NOT_FOUND, :NOT_FOUND, :NOT_FOUND]", "true", "[:TIMEOUT, :TIMEOUT, :TIMEOUT]", "true",
                   "[:CLOSED, :CLOSED, :CLOSED]", "true"]
end

@testset "parked tasks leave their threads to other tasks, with $threads threads" for threads in THREADS
    said = said_with(threads, """
        waits = parked(i -> Lina.wait("go"), 20)
        tasks = [Threads.@spawn(threadid()) for _ in 1:20]
        println(meanwhile(() -> all(istaskdone, tasks)), " ", all(t -> fetch(t) != 1, tasks))
        println(length(Lina.PARKED))
        Lina.signal("go")
        foreach(wait, waits)
        """)
    @test said == ["true true", "20"]
end

@testset "pairs of spawned tasks hand over to each other, with $threads threads" for threads in THREADS
    said = said_with(threads, """
        # Each task of a pair waits for the other's count, `rounds` times. All pairs at once.
        function play(pairs, rounds)
            tasks = map(1:pairs) do i
                ping, pong = Lina.Signal("ping of \$pairs, \$i"), Lina.Signal("pong of \$pairs, \$i")
                asks = Threads.@spawn foreach(n -> (Lina.signal(ping); Lina.wait_value(pong, n)), 1:rounds)
                answers = Threads.@spawn foreach(n -> (Lina.wait_value(ping, n); Lina.signal(pong)), 1:rounds)
                asks, answers
            end
            foreach(pair -> foreach(wait, pair), tasks)
            return [Lina.value("pong of \$pairs, \$i") for i in 1:pairs]
        end
        println(play(1, 500))
        println(play(8, 50))
        # Each hand-over comes while the other task is parked.
        function play_slowly(rounds)
            other = elsewhere(() -> foreach(n -> (Lina.wait_value("slow ping", n); Lina.signal("slow pong")), 1:rounds))
            for n in 1:rounds
                while isempty(Lina.PARKED)
                    sleep(0.001)
                end
                Lina.signal("slow ping")
                Lina.wait_value("slow pong", n)
            end
            wait(other)
        end
        play_slowly(30)
        println(isempty(Lina.PARKED))
        """)
    @test said == ["[500]", string(fill(50, 8)), "true"]
end

@testset "after a signal that was cleared at once, the next signal wakes a parked task" begin
    said = said_with(2, """
        task, = parked(i -> Lina.wait("s"), 1)
        for _ in 1:3
            Lina.signal("s"); Lina.clear("s") # the task may see that, or not
            sleep(0.05)
        end
        Lina.signal("s")
        wait(task)
        println(istaskdone(task))
        """)
    @test said == ["true"]
end

@testset "an exception that is thrown at a parked task ends its wait" begin
    said = said_with(2, """
        task, = parked(i -> Lina.wait("s"), 1)
        while task.queue === nothing # it is about to wait: nothing can be thrown at a task that runs
            sleep(0.01)
        end
        schedule(task, InterruptException(); error = true)
        println(try wait(task) catch e; nameof(typeof(e.task.exception)) end)
        println(isempty(Lina.PARKED))
        """)
    @test said == ["InterruptException", "true"]
end

@testset "the lookout ends when no task is parked, starts again, and is replaced if it fails" begin
    said = said_with(2, """
        for i in 1:3
            task, = parked(i -> Lina.wait("s"), 1)
            print(timedwait(() -> Lina.IS_POSTED[], 60.0; pollint = 0.01), " ")
            Lina.signal("s")
            wait(task)
            Lina.clear("s")
            println(timedwait(() -> !Lina.IS_POSTED[], 60.0; pollint = 0.01))
        end
        const FAILURES = Atomic{Int}(0)
        @eval Lina sleep_on_ring(ns::UInt64) = \$atomic_add!(\$FAILURES, 1) < 3 ? error("no") :
            invoke(sleep_on_ring, Tuple{Any}, ns)
        task, = parked(i -> Lina.wait("s"), 1)
        Lina.signal("s")
        println(meanwhile(() -> istaskdone(task)))
        """)
    @test said == ["ok ok", "ok ok", "ok ok", "true"]
end
