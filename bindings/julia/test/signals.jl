@testset "signals count, and are set until cleared" begin
    with_arena() do
        for s in ("by name", Lina.Signal("by handle"), SubString("by part!", 1, 7))
            @test !Lina.try_wait(s) && Lina.value(s) == 0
            @test Lina.clear(s) === nothing
            Lina.signal(s)
            @test Lina.try_wait(s) && Lina.try_wait(s) && Lina.value(s) == 1
            Lina.signal(s)
            Lina.clear(s)
            @test !Lina.try_wait(s) && Lina.value(s) == 2
            Lina.signal(s)
            @test Lina.try_wait(s) && Lina.value(s) == 3
        end
        @test Lina.value("by handle") == 3
        @test Set((s.name, s.value, s.set) for s in Lina.list_signals()) ==
              Set([("by name", 3, true), ("by handle", 3, true), ("by part", 3, true)])
    end
end

@testset "several counts can be added at once, and an impossible number is refused" begin
    with_arena() do
        Lina.signal("s", 5)
        Lina.signal("s", 0)
        Lina.signal(Lina.Signal("s"), 2)
        @test Lina.value("s") == 7 && Lina.value(:s) == 7
        Lina.signal(:s)
        for bad in (-1, big(2)^63, typemax(Int))
            e = lina_error(() -> Lina.signal("s", bad))
            @test e.code === :INVALID && e.name == "s"
        end
        @test Lina.value("s") == 8
    end
end

@testset "a name stands for the signal in the arena that is open now" begin
    name = "the same String"
    for _ in 1:2
        with_arena() do
            @test !Lina.try_wait(name)
            Lina.signal(name)
            @test Lina.try_wait(name)
        end
        @test code_of(() -> Lina.try_wait(name)) in (:CLOSED, :NOT_READY)
    end
    a, b = Lina.Arena(1 << 16), Lina.Arena(1 << 16)
    Lina.signal(a, name)
    @test Lina.try_wait(a, name) && !Lina.try_wait(b, name)
    s = Lina.Signal(a, name)
    close(a)
    for f in (Lina.try_wait, Lina.signal, Lina.value, Lina.clear, Lina.wait)
        @test code_of(() -> f(s)) === :CLOSED
        @test code_of(() -> f(a, name)) === :CLOSED
    end
    @test code_of(() -> Lina.wait_value(s, 1)) === :CLOSED
    @test code_of(() -> Lina.wait_value(s, 0)) === :CLOSED
    close(b)
end

@testset "equal names that are different strings find the same signal" begin
    with_arena() do
        for i in 1:2000
            Lina.signal(string("s", i % 7))
        end
        @test sum(i -> Lina.value(string("s", i)), 0:6) == 2000
        @test length(Lina.list_signals()) == 7
    end
end

@testset "a loop over try_wait sees the signals of others" begin
    with_arena() do
        Lina.signal("s")
        Lina.clear("s")
        handle = Lina.Signal("s")
        libc_thread = Ref{Culong}()
        # True if the signal is seen within a minute.
        function spin(s)
            started = time_ns()
            while time_ns() - started < 60_000_000_000
                for _ in 1:1_000_000
                    Lina.try_wait(s) && return true
                end
            end
            return false
        end
        # A thread that Julia does not know raises the signal, while this thread spins without a break.
        raise = Lina.Libdl.dlsym(Lina.Libdl.dlopen(Lina.LIBRARY), :lina_signal_raise)
        GC.@preserve handle begin
            place = Base.unsafe_convert(Ptr{Lina.SignalHandle}, handle.handle)
            ccall(:pthread_create, Cint, (Ref{Culong}, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}),
                  libc_thread, C_NULL, raise, place)
            @test spin(handle)
            ccall(:pthread_join, Cint, (Culong, Ptr{Cvoid}), libc_thread[], C_NULL)
        end
        @test Lina.try_wait("s")
    end
end
