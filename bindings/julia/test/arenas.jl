@testset "the default arena comes and goes" begin
    @test Lina.shutdown() === nothing && Lina.shutdown() === nothing
    Lina.init_arena(1 << 16)
    e = lina_error(() -> Lina.init_arena(1 << 16))
    @test e.code === :EXISTS
    @test code_of(() -> Lina.attach("shm:whatever")) === :EXISTS
    @test Lina.info().size == 1 << 16 && occursin("65536 bytes", sprint(show, Lina.default()))
    close(Lina.default())
    @test code_of(Lina.info) in (:CLOSED, :NOT_READY)
    @test occursin("none", sprint(show, Lina.default()))
    for bytes in (-1, 0, big(2)^70)
        @test code_of(() -> Lina.init_arena(bytes)) in (:INVALID, :NO_MEMORY)
    end
    e = lina_error(() -> Lina.init_arena(1 << 16; max_arrays = -1))
    @test e.code === :INVALID && occursin("max_arrays = -1", e.message)
    @test_throws TypeError Lina.init_arena(1 << 16; reserve = 2)
    Lina.init_arena(1 << 16)
    Lina.shutdown()
end

@testset "an unknown option is refused with its name and the name of the function" begin
    for (f, name) in (Lina.init_arena => "init_arena", Lina.Arena => "Arena"), bytes in (1 << 16, -1)
        e = try f(bytes; max_arays = 3) catch e; e end
        @test e isa ArgumentError && occursin("Lina.$name has no option max_arays", e.msg)
        @test occursin("temporary, max_arrays", e.msg)
    end
    for (f, name) in (Lina.attach => "attach", Lina.Arena => "Arena"),
        arguments in (("shm:x",), ("shm:x", 1 << 16))

        e = try f(arguments...; max_arays = 3) catch e; e end
        @test occursin(Regex("matching .*$name\\(.*max_arays"), sprint(showerror, e))
    end
    @test !Lina.has_default()
    every = (where = unique_name(), exist_ok = true, mode = 0o660, reserve = true, inherit = true, replace = true, temporary = true,
             max_arrays = 16, max_signals = 16, max_members = 4)
    @test issetequal([keys(every)..., :huge], Lina.OPTIONS) # those have no name
    with_arena(() -> nothing, 1 << 16; every...)
    close(Lina.Arena(1 << 16; every...))
end

@testset "arenas beside the default one" begin
    a, b = Lina.Arena(1 << 16), Lina.Arena(1 << 17)
    Lina.create_array(a, "x", Int, (1,)) .= 1
    Lina.create_array(b, "x", Int, 2) .= 2
    @test Lina.array(a, "x") == [1] && Lina.array(b, "x") == [2, 2]
    Lina.loan(x -> x .= 3, a, "x", Int, (2,))
    Lina.alias(a, "y", "x"; shape = (1,), offset = 8)
    Lina.alias(a, "z", view(Lina.array(a, "x"), 2:-1:1))
    Lina.republish(a, "w", Int, 2)
    @test Lina.array(a, "y") == [3] && Lina.array(a, "z") == [3, 3]
    @test length(Lina.list(a)) == 4 && length(Lina.list(b)) == 1
    @test Lina.open_desc(a, "x").generation == 2 && length(Lina.buffer(a, "x")) == 16
    Lina.reclaim(a, "x")
    Lina.remove(a, "y")
    @test Lina.info(b).size == 1 << 17
    @test code_of(() -> Lina.alias(b, "q", Lina.array(a, "x"))) === :INVALID # it lies elsewhere
    close(a)
    @test code_of(() -> close(a)) === :CLOSED && code_of(() -> Lina.array(a, "x")) === :CLOSED
    @test sprint(show, a) == "Lina.Arena(closed)" && !isopen(a) && isopen(b)
    close(b)
end

@testset "the garbage collector leaves a forgotten arena" begin
    where = unique_name()
    (() -> (Lina.Arena(1 << 16; where = where, temporary = true); nothing))()
    collect_garbage()
    @test code_of(() -> Lina.inspect(where)) === :NOT_FOUND
end

@noinline fill_in(a) = (Lina.create_array(a, "x", Int, (1,)) .= 5; nothing)
@noinline total(a) = sum(Lina.array(a, "x"))

@testset "named arenas are found, inspected and unlinked" begin
    mktempdir() do folder
        for where in (unique_name(), "file:" * joinpath(folder, "arena"))
            a = Lina.Arena(1 << 16; where = where)
            fill_in(a)
            b = Lina.Arena(where)
            @test total(b) == 5 && Lina.info(a).members == 2
            @test Lina.inspect(where).arrays == 1 && !Lina.inspect(where).orphan
            e = lina_error(() -> Lina.unlink(where))
            @test e.code === :BUSY && occursin(where, e.message)
            close(a)
            close(b)
            collect_garbage() # views are members, too
            @test Lina.inspect(where).orphan
            c = Lina.Arena(where)
            @test total(c) == 5
            close(c)
            collect_garbage()
            e = lina_error(() -> Lina.Arena(1 << 16; where = where))
            @test e.code === :EXISTS && occursin(r"exist_ok = true .*replace = true .*Lina\.unlink$", e.message)
            close(Lina.Arena(1 << 16; where = where, replace = true, reserve = true))
            Lina.unlink(where)
            @test code_of(() -> Lina.Arena(where)) === :NOT_FOUND
        end
        a = Lina.Arena(1 << 16)
        b = Lina.Arena("fd:$(Lina.fd(a))")
        Lina.signal(a, "s")
        @test Lina.try_wait(b, "s")
        close(a)
        close(b)
        for bad in ("nonsense", "shm:", "fd:x", "shm:a/b", "shm:a\0b", "")
            @test code_of(() -> Lina.Arena(bad)) === :INVALID
        end
    end
end

@testset "a read-only member can look, hold, signal and wait, but not write" begin
    where = unique_name()
    a = Lina.Arena(1 << 20; where = where, temporary = true)
    values = reshape(1.0:12.0, 3, 4)
    for (name, order) in ("f" => :F, "c" => :C)
        Lina.create_array(a, name, Float64, (3, 4); order = order) .= values
    end
    Lina.alias(a, "s", view(Lina.array(a, "f"), 1:2:3, 2:3))
    Lina.alias(a, "odd", "f"; offset = 4, shape = (2,), strides = (12,))
    Lina.create_array(a, "v", Int, (4,)) .= 1:4
    Lina.create_array(a, "nothing", Int, (0, 2))
    r = Lina.Arena(where; read_only = true)
    @test Lina.info(r).read_only
    for (name, theirs) in ("f" => values, "c" => values, "s" => values[1:2:3, 2:3], "v" => 1:4)
        x = Lina.array(r, name)
        @test x isa LinaArray && x == theirs && Array(x) == theirs && sum(x) == sum(theirs)
        @test x .+ 1 == theirs .+ 1 && map(sqrt, x) == map(sqrt, theirs)
        e = lina_error(() -> x[1] = 0)
        @test e.code === :READ_ONLY && e.name == name && occursin(name, e.message)
        for f in (() -> x .= 0, () -> fill!(x, 0), () -> map!(identity, x, x), () -> copyto!(x, zeros(size(x))),
                  () -> rmul!(x, 2), () -> x .+= 1)
            @test code_of(f) === :READ_ONLY
        end
        @test x == theirs
    end
    f, c = Lina.array(r, "f"), Lina.array(r, "c")
    @test f * transpose(c) ≈ values * values' && c' * f ≈ values' * values
    @test code_of(() -> mul!(c, zeros(3, 3), zeros(3, 4))) === :READ_ONLY
    @test code_of(() -> mul!(f, zeros(3, 3), zeros(3, 4))) === :READ_ONLY
    @test code_of(() -> view(c, 1, :) .= 0) === :READ_ONLY
    @test code_of(() -> Lina.array(r, "odd")[1] = 0) === :READ_ONLY
    @test length(Lina.buffer(r, "v")) == 32 && code_of(() -> Lina.buffer(r, "v")[1] = 0) === :READ_ONLY
    @test isempty(Lina.array(r, "nothing"))
    for f in (() -> Lina.create_array(r, "n", Int, (1,)), () -> Lina.loan(identity, r, "n", Int, (1,)),
              () -> Lina.republish(r, "f", Int, (1,)), () -> Lina.remove(r, "f"),
              () -> Lina.alias(r, "n", "f"; shape = (1,)))
        @test code_of(f) === :READ_ONLY
    end
    Lina.signal(r, "s")
    @test Lina.wait(a, "s") === nothing
    Lina.signal(a, "t")
    @test Lina.wait(r, "t") === nothing
    close(r)
    close(a)
end

@testset "leaving an arena waits for other threads that are about to use it" begin
    code = """
        using Lina, Base.Threads

        # Makes time pass between the check and the use, with a safepoint only while a reader is counted.
        const LOOKED, COUNTED = Atomic{Bool}(false), Atomic{Bool}(false)
        @inline function linger()
            LOOKED[] = true
            until = time_ns() + 20_000_000
            while time_ns() < until
                COUNTED[] && GC.safepoint()
            end
        end
        @inline Lina.check_open(a::Lina.Arena) = (isopen(a) || Lina.fail_closed(a); linger(); true)
        @inline Lina.counter(s::Lina.Signal) = (linger(); Lina.acquire_load(s.word) >> 1)

        const BEGUN = Atomic{Bool}(false)
        function go_on(use, a, s)
            try
                use(a, s) # finds the name
                LOOKED[] = false
                BEGUN[] = true
                while true
                    use(a, s)
                end
            catch e
                return e.code
            end
        end

        function leave_during(use, a)
            s = Lina.Signal(a, "s")
            Lina.signal(s)
            BEGUN[], code = false, Ref(:none)
            @threads :static for side in 1:2
                if side == 1
                    while !(BEGUN[] && LOOKED[])
                        GC.safepoint() # the other thread may have to compile
                    end
                    close(a)
                else
                    code[] = go_on(use, a, s)
                end
            end
            return code[]
        end

        by_word = ((a, s) -> Lina.try_wait(s), (a, s) -> Lina.value(s), (a, s) -> Lina.signal(s),
                   (a, s) -> Lina.try_wait(a, "s"), (a, s) -> Lina.value(a, "s"), (a, s) -> Lina.signal(a, "s"))
        counted = ((a, s) -> Lina.clear(s), (a, s) -> Lina.wait(s), (a, s) -> Lina.info(a),
                   (a, s) -> Lina.value(a, string("t")))
        for (uses, are_counted) in (by_word => false, counted => true), use in uses,
            make in (Lina.Arena, Lina.init_arena)

            COUNTED[] = are_counted
            print(leave_during(use, make(1 << 16)), " ")
        end
        """
    codes = split(read_output(julia(code; threads = 2); limit = 60))
    @test length(codes) == 20 && issubset(codes, ("CLOSED", "NOT_READY"))
end

mode_of(path) = filemode(path) & 0o777

@testset "a mode says who may join, with any umask" begin
    for mode in (0o600, 0o660, 0o666)
        where = unique_name()
        a = Lina.Arena(1 << 16; where = where, mode = mode, temporary = true)
        @test mode_of("/dev/shm/lina.$(where[5:end])") == mode
        close(a)
    end
    for bad in (0o644, -1, 2^40, 0.5)
        where = unique_name()
        e = lina_error(() -> Lina.Arena(1 << 16; where = where, mode = bad))
        @test e.code === :INVALID && occursin(where, e.message)
    end
end

if ccall(:geteuid, UInt32, ()) == 0 # only root can give files away
    @testset "another user's arena is joined only on request" begin
        where = unique_name()
        a = Lina.Arena(1 << 16; where = where, mode = 0o666)
        path = "/dev/shm/lina.$(where[5:end])"
        @test ccall(:chown, Cint, (Cstring, UInt32, UInt32), path, 65534, 65534) == 0
        @test code_of(() -> Lina.Arena(where)) === :PERMISSION
        @test code_of(() -> Lina.attach(where)) === :PERMISSION
        b = Lina.Arena(where; other_user = true, read_only = true)
        @test Lina.info(b).read_only && Lina.info(a).members == 2
        close(b)
        close(a)
        rm(path)
    end
end

@testset "only an anonymous arena can be on huge pages" begin
    @test code_of(() -> Lina.Arena(1 << 21; where = unique_name(), huge = true)) === :INVALID
    try
        close(Lina.Arena(1 << 21; huge = true))
    catch e
        @test e isa LinaError && e.code in (:NO_MEMORY, :SYSTEM) # none are reserved
    end
end

@testset "exist_ok takes what exists, if it is as requested" begin
    where = unique_name()
    for turn in 1:3
        Lina.init_arena(1 << 16; where = where, temporary = true, exist_ok = true)
        Lina.init_arena(1 << 10; exist_ok = true)
        x = Lina.create_array("x", Float64, (2, 3); exist_ok = true)
        x[1, turn] = turn
    end
    @test Lina.array("x")[1, :] == [1, 2, 3] && Lina.open_desc("x").generation == 1
    for (size, place) in ((1 << 20, where), (1 << 20, nothing), (1 << 16, "shm:another"))
        e = lina_error(() -> Lina.init_arena(size; where = place, exist_ok = true))
        @test e.code === :EXISTS && occursin("there is a default arena already", e.message)
    end
    for (T, dims, order) in ((Float32, (2, 3), :F), (Float64, (3, 2), :F), (Float64, 6, :F), (Float64, (2, 3), :C))
        e = lina_error(() -> Lina.create_array("x", T, dims; order = order, exist_ok = true))
        @test e.code === :EXISTS && occursin("\"x\"", e.message)
    end
    a = Lina.Arena(1 << 16; where = where, exist_ok = true)
    @test Lina.array(a, "x")[1, :] == [1, 2, 3]
    close(a)
    e = lina_error(() -> Lina.Arena(1 << 20; where = where, exist_ok = true))
    @test e.code === :INVALID && occursin(where, e.message) && occursin("65536", e.message)
    close(Lina.Arena(1 << 16; exist_ok = true)) # an anonymous arena is always a new one
    Lina.shutdown()
end

@testset "processes that start together get the same arena" begin
    where = unique_name()
    code = """
        using Lina
        Lina.init_arena(1 << 16; where = "$where", exist_ok = true)
        Lina.create_array("x", Int, 4; exist_ok = true)
        Lina.signal("here")
        Lina.wait_value("here", 3; timeout = 240)
        """
    started = [@async(read_output(julia(code))) for _ in 1:3]
    foreach(fetch, started)
    @test Lina.inspect(where).arrays == 1
    Lina.unlink(where)
end

@testset "sync returns when the disk has the file" begin
    mktempdir() do folder
        path = joinpath(folder, "arena")
        a = Lina.Arena(1 << 16; where = "file:$path")
        Lina.create_array(a, "x", Int, (2,)) .= [0x1122334455667788, 6]
        Lina.sync(a)
        @test occursin(String(reinterpret(UInt8, [0x1122334455667788, 6])), read(path, String))
        close(a)
        @test code_of(() -> Lina.sync(a)) === :CLOSED
    end
    with_arena(() -> @test Lina.sync() === nothing) # nothing to write
end
