@testset "a wait ends when the signal is set, and leaves it set" begin
    with_arena() do
        Lina.signal("now")
        @test Lina.wait("now") === nothing && Lina.wait(Lina.Signal("now")) === nothing
        later = @async (sleep(0.05); Lina.signal("later"))
        Lina.wait("later")
        @test istaskdone(later) || Lina.try_wait("later")
        Lina.wait("later")
        Base.wait(later)
    end
end

@testset "other tasks run during a wait" begin
    with_arena() do
        ticks = Ref(0)
        ticker = @async while !Lina.try_wait("done")
            ticks[] += 1
            ticks[] == 20 && Lina.signal("done")
            sleep(0.005)
        end
        Lina.wait("done")
        @test ticks[] >= 20
        Base.wait(ticker)
    end
end

@testset "many tasks wait at once, for values and for the signal" begin
    with_arena() do
        order = Int[]
        tasks = [@async (Lina.wait_value("step", n); push!(order, n)) for n in (3, 1, 2, 20)]
        set = [@async Lina.wait("step") for _ in 1:20]
        for _ in 1:20
            Lina.signal("step")
            sleep(0.01)
        end
        foreach(Base.wait, tasks)
        foreach(Base.wait, set)
        @test order == [1, 2, 3, 20]
        @test isempty(Lina.SLEEPERS)
        @test Lina.wait_value("step", 0) === nothing && Lina.wait_value("step", 20) === nothing
    end
end

@testset "a wait after a clear is for the next signal" begin
    with_arena() do
        for i in 1:5
            t = @async (Lina.wait("s"; timeout = 60); Lina.clear("s"))
            sleep(0.02)
            @test !istaskdone(t)
            Lina.signal("s")
            Base.wait(t)
            @test !Lina.try_wait("s") && Lina.value("s") == i
        end
    end
end

@testset "a wait throws after its time-out, and not before" begin
    with_arena() do
        for seconds in (0, 0.001, 0.1, 1//20)
            took = @elapsed e = lina_error(() -> Lina.wait("never"; timeout = seconds))
            @test e.code === :TIMEOUT && e.name == "never" && occursin("never", e.message)
            @test seconds <= took < 30
        end
        @test code_of(() -> Lina.wait_value("never", 5; timeout = 0.01)) === :TIMEOUT
        Lina.signal("set")
        @test Lina.wait("set"; timeout = 0) === nothing && Lina.wait("set"; timeout = Inf) === nothing
        for over in (0, -1, -1e-9, -Inf, typemin(Int)), name in ("never", "not used")
            @test code_of(() -> Lina.wait(name; timeout = over)) === :TIMEOUT
            @test code_of(() -> Lina.wait_value(name, 1; timeout = over)) === :TIMEOUT
            @test code_of(() -> Lina.wait_any([name]; timeout = over)) === :TIMEOUT
            @test Lina.wait("set"; timeout = over) === nothing === Lina.wait_value("set", 1; timeout = over)
            @test Lina.wait_any([name, "set"]; timeout = over) == "set"
        end
        @test all(s -> s.name != "not used", Lina.list_signals()) # looking makes none
        for bad in (NaN, "1")
            @test code_of(() -> Lina.wait("never"; timeout = bad)) === :INVALID
        end
        @test code_of(() -> Lina.wait_value("never", big(2)^64)) === :INVALID
        @test isempty(Lina.SLEEPERS)
    end
end

@testset "leaving the arena ends the waits in it" begin
    a = Lina.Arena(1 << 16)
    Lina.init_arena(1 << 16)
    results = Channel{Symbol}(2)
    for f in (() -> Lina.wait(a, "s"), () -> Lina.wait("s"))
        @async put!(results, something(code_of(f), :none))
    end
    sleep(0.05)
    close(a)
    Lina.shutdown()
    @test take!(results) === take!(results) === :CLOSED
end

@testset "a wait for any of several returns the first of the list that is set" begin
    with_arena() do
        t = @async Lina.wait_any(["a", "b" => 3, Lina.Signal("c")])
        sleep(0.05)
        Lina.signal("b", 2)
        sleep(0.05)
        @test !istaskdone(t)
        Lina.signal("b")
        @test fetch(t) == ("b" => 3)
        @test Lina.wait_any(["a", "b"]) == "b" && Lina.wait_any(("b", "b" => 1)) == "b"
        Lina.signal("c")
        @test Lina.wait_any([Lina.Signal("c"), "b"]) isa Lina.Signal && Lina.wait_any((:a, :b)) === :b
        e = lina_error(() -> Lina.wait_any(["a", "d"]; timeout = 0.05))
        @test e.code === :TIMEOUT && e.name == "a"
        for bad in ([], fill("a", 65))
            @test code_of(() -> Lina.wait_any(bad)) === :INVALID
        end
        @test Lina.wait_any(vcat(fill("a", 63), "b")) == "b"
        @test isempty(Lina.SLEEPERS)
    end
end

@testset "removing a signal ends the waits for it, and its handles say so" begin
    with_arena() do
        s = Lina.Signal("s")
        waits = [@async(code_of(f)) for f in (() -> Lina.wait("s"), () -> Lina.wait(s), () -> Lina.wait_value(s, 9),
                                              () -> Lina.wait_any(["t", s]))]
        sleep(0.05)
        Lina.remove_signal("s")
        @test all(t -> fetch(t) === :NOT_FOUND, waits)
        for f in (Lina.signal, Lina.try_wait, Lina.value, Lina.clear, Lina.wait, s -> Lina.signal(s, 2),
                  s -> Lina.wait_value(s, 1))
            e = lina_error(() -> f(s))
            @test e.code === :NOT_FOUND && e.name == "s" && occursin("\"s\"", e.message)
        end
        @test code_of(() -> Lina.remove_signal("s")) === :NOT_FOUND
        @test !Lina.try_wait("s") && Lina.value("s") == 0 && Lina.clear("s") === nothing
        @test [t.name for t in Lina.list_signals()] == ["t"]
        Lina.signal("s") # a new signal, which the old handle does not belong to
        @test Lina.try_wait("s") && Lina.value("s") == 1 && code_of(() -> Lina.try_wait(s)) === :NOT_FOUND
        @test code_of(() -> Lina.remove_signal("never used")) === :NOT_FOUND
    end
    with_arena(1 << 16; max_signals = 16) do # a name per job
        for i in 1:2000
            Lina.signal("job $i")
            Lina.wait("job $i")
            Lina.remove_signal("job $i")
        end
        @test isempty(Lina.list_signals())
    end
end

@testset "an exception that is thrown at a waiting task ends the wait, and everything works afterwards" begin
    with_arena() do
        t = @async Lina.wait("s")
        sleep(0.05)
        schedule(t, InterruptException(); error = true)
        @test try Base.wait(t) catch e; true end
        @test isempty(Lina.SLEEPERS)
        Lina.signal("s")
        @test Lina.wait("s") === nothing
    end
end

# Waits that have no event loop to sleep in, in this process and in others.
const NAP = "nap(name; timeout = nothing) =
    Lina.nap_until(Lina.Aim(Lina.Signal(name), true, 0), Lina.deadline_of(timeout, name))"
eval(Meta.parse(NAP))

@testset "a wait that naps lets other tasks run, and ends in the same ways" begin
    with_arena() do
        ticks = Ref(0)
        @async while !Lina.try_wait("s")
            ticks[] += 1
            ticks[] == 10 && Lina.signal("s")
            sleep(0.005)
        end
        nap("s"; timeout = 60)
        @test ticks[] == 10
        @test code_of(() -> nap("never"; timeout = 0.05)) === :TIMEOUT
    end
end

@testset "Ctrl-C ends a wait" begin
    code = """
        using Lina
        Base.exit_on_sigint(false)
        Lina.init_arena(1 << 16)
        $NAP
        say(what) = (println(what); flush(stdout))
        in_time(name) = Lina.wait(name; timeout = 600)
        for (how, wait) in ("sleeps" => Lina.wait, "sleeps in time" => in_time, "naps" => nap)
            say(how)
            try
                wait("never")
            catch e
                e isa InterruptException || rethrow()
                say("interrupted")
            end
            Lina.signal(how); wait(how)
        end
        say(length(Lina.SLEEPERS))
        """
    process = open(julia(code), "r")
    alarm = Timer(_ -> kill(process, Base.SIGKILL), 300)
    for how in ("sleeps", "sleeps in time", "naps")
        @test readline(process) == how
        until_asleep(process)
        kill(process, 2)
        @test readline(process) == "interrupted"
    end
    @test readline(process) == "0"
    Base.wait(process)
    close(alarm)
    @test success(process)
end

# Each function prints a word if all is right.
const ON_TWO_THREADS = """
    using Lina, Base.Threads
    nthreads() == 2 || error("two threads are needed")
    Lina.init_arena(1 << 16)

    # Starts `f` on another thread than the first.
    function elsewhere(f)
        while true
            place = Channel{Int}(1)
            task = Threads.@spawn (id = threadid(); put!(place, id); id == 1 || f())
            take!(place) == 1 || return task
        end
    end

    function collector_and_nap()
        never = Lina.Aim(Lina.Signal("never"), true, 0)
        napper = elsewhere(() -> (Lina.signal("there"); Lina.nap(never, 60_000_000_000)))
        Lina.wait("there")
        sleep(0.05)
        foreach(_ -> GC.gc(), 1:5) # would wait for the end of the nap
        println(istaskdone(napper) ? "held up" : "free")
        Lina.signal("never")
        fetch(napper)
    end

    function collector_and_sleep()
        elsewhere(() -> (sleep(0.05); GC.gc(); Lina.signal("collected")))
        Lina.wait("collected"; timeout = 60)
        println("collected")
    end

    function play(x, mine, theirs)
        for i in 1:2000
            Lina.wait_value(theirs, i; timeout = 60)
            x[1] += 1
            Lina.signal(mine)
        end
    end

    function handing_over()
        x = Lina.create_array("x", Int, (1,))
        a = Threads.@spawn play(x, "a", "b")
        b = Threads.@spawn (Lina.signal("b"); play(x, "b", "a"))
        foreach(fetch, (a, b))
        println(x[1])
    end

    function first_thread_computes()
        other = elsewhere(() -> (Lina.signal("ready"); Lina.wait("go"; timeout = 60); time_ns()))
        Lina.wait("ready")
        sleep(0.05)
        Lina.signal("go")
        started = time_ns()
        while time_ns() - started < 1_000_000_000 end # without a break
        finished = time_ns()
        println(fetch(other) < finished ? "meanwhile" : "afterwards")
    end

    foreach(f -> f(), (collector_and_nap, collector_and_sleep, handing_over, first_thread_computes))
    """

@testset "with two threads, a wait blocks neither the garbage collector nor the other thread" begin
    said = split(read_output(julia(ON_TWO_THREADS; threads = 2)))
    @test said == ["free", "collected", "4000", "meanwhile"]
end
