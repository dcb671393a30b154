@testset "a wait ends when the signal is set, and consumes nothing" begin
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

@testset "other tasks run meanwhile" begin
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

@testset "a wait that takes too long says so, and not before" begin
    with_arena() do
        for seconds in (0, 0.001, 0.1, 1//20)
            took = @elapsed e = lina_error(() -> Lina.wait("never"; timeout = seconds))
            @test e.code === :TIMEOUT && e.name == "never" && occursin("never", e.message)
            @test seconds <= took < 30
        end
        @test code_of(() -> Lina.wait_value("never", 5; timeout = 0.01)) === :TIMEOUT
        Lina.signal("set")
        @test Lina.wait("set"; timeout = 0) === nothing && Lina.wait("set"; timeout = Inf) === nothing
        for bad in (-1, NaN, "1")
            @test code_of(() -> Lina.wait("never"; timeout = bad)) === :INVALID
        end
        @test code_of(() -> Lina.wait_value("never", big(2)^64)) === :INVALID
        @test isempty(Lina.SLEEPERS)
    end
end

@testset "leaving the arena ends its waits" begin
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

@testset "an exception thrown at a waiting task ends the wait and leaves all usable" begin
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

@testset "without the core's helper thread it works all the same" begin
    with_arena() do
        notify = Lina.NOTIFY[]
        Lina.NOTIFY[] = C_NULL
        try
            ticks = Ref(0)
            @async while !Lina.try_wait("s")
                ticks[] += 1
                ticks[] == 10 && Lina.signal("s")
                sleep(0.005)
            end
            Lina.wait("s"; timeout = 60)
            @test ticks[] == 10
            @test code_of(() -> Lina.wait_value("s", 9; timeout = 0.05)) === :TIMEOUT
        finally
            Lina.NOTIFY[] = notify
        end
    end
end

@testset "Ctrl-C ends a wait ($how)" for how in ("by the helper", "without it")
    code = """
        using Lina
        Base.exit_on_sigint(false)
        Lina.init_arena(1 << 16)
        $(how == "without it" ? "Lina.NOTIFY[] = C_NULL" : "")
        ccall(:puts, Cint, (Cstring,), "ready"); ccall(:fflush, Cint, (Ptr{Cvoid},), C_NULL)
        try
            Lina.wait("never")
        catch e
            e isa InterruptException || rethrow()
            println("interrupted ", length(Lina.SLEEPERS))
        end
        Lina.signal("never"); Lina.wait("never"); println("usable")
        """
    process = open(julia(code), "r")
    @test readline(process) == "ready"
    sleep(0.3)
    kill(process, 2)
    @test readline(process) == "interrupted 0" && readline(process) == "usable"
    Base.wait(process)
    @test success(process)
end

const THREADS = """
    using Lina, Base.Threads
    nthreads() == 2 || error("two threads are needed")
    Lina.init_arena(1 << 16)
    """

@testset "the collector is not held up by a wait on another thread ($how)" for how in ("helper", "none")
    code = THREADS * """
        $(how == "none" ? "Lina.NOTIFY[] = C_NULL" : "")
        GC.gc()
        other = Threads.@spawn (Lina.signal("there"); Lina.wait("go"); threadid())
        Lina.wait("there")
        sleep(0.05)
        took = maximum(@elapsed(GC.gc()) for _ in 1:5)
        Lina.signal("go")
        fetch(other)
        println(took)
        """
    @test parse(Float64, read_output(julia(code; threads = 2))) < 2 # and 3.5 s and more if it were held up
end

@testset "tasks on two threads hand over to each other" begin
    code = THREADS * """
        const n = 2000
        x = Lina.create_array("x", Int, (1,))
        function play(mine, theirs)
            for i in 1:n
                Lina.wait_value(theirs, i; timeout = 60)
                x[1] += 1
                Lina.signal(mine)
            end
        end
        a = Threads.@spawn play("a", "b")
        b = Threads.@spawn (Lina.signal("b"); play("b", "a"))
        foreach(fetch, (a, b))
        println(x[1])
        """
    @test read_output(julia(code; threads = 2)) == "4000\n"
end

@testset "a thread that waits wakes while the first one computes" begin
    code = THREADS * """
        other = Threads.@spawn (Lina.signal("there"); Lina.wait("go"; timeout = 60); time_ns())
        Lina.wait("there")
        sleep(0.05)
        Lina.signal("go")
        started = time_ns()
        while time_ns() - started < 2_000_000_000 end # without a break
        finished = time_ns()
        println(fetch(other) < finished ? "meanwhile" : "afterwards")
        """
    @test read_output(julia(code; threads = 2)) == "meanwhile\n"
end
