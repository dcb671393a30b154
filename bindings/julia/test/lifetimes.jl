# After nothing refers to a generation any more and garbage was collected, `held` no longer counts it.

# Makes something from an array, replaces the generation of the array, and returns what was made.
@noinline function outlive(make, name, order)
    x = Lina.create_array(name, Float64, (2, 3); order = order)
    x .= reshape(1.0:6.0, 2, 3)
    y = make(x)
    x = nothing
    Lina.republish(name, UInt8, (1,))
    return y
end

const MAKERS = (identity, x -> reshape(x, 3, 2), vec, x -> view(x, :, 2), x -> reinterpret(UInt64, x),
                x -> reshape(view(vec(x), 1:4), 2, 2), transpose, x -> PermutedDimsArray(x, (2, 1)),
                x -> reinterpret(UInt32, reshape(x, 6)), eachrow, x -> (() -> sum(x)),
                x -> Base.ReshapedArray(x, (6,), ()))

total(y) = y isa Function ? y() : sum(sum, y)
@noinline totals(arrays) = map(total, arrays)
@noinline drop_last!(arrays) = (pop!(arrays); nothing)

@testset "what was made from an array keeps its generation in place" begin
    with_arena() do
        for order in (:F, :C)
            kept = Any[outlive(make, "x$i", order) for (i, make) in enumerate(MAKERS)]
            collect_garbage()
            @test held() == length(MAKERS)
            foreach(k -> Lina.republish("noise$k", Float64, (6,)) .= -1.0, 1:32) # would reuse the memory
            @test totals(kept) == [total(make(Array(reshape(1.0:6.0, 2, 3)))) for make in MAKERS]
            while !isempty(kept)
                drop_last!(kept)
                collect_garbage()
                @test held() == length(kept)
            end
            foreach(i -> Lina.remove("x$i"), 1:length(MAKERS))
        end
    end
end

@testset "all kinds of views are released with their garbage" begin
    with_arena() do
        drop(f) = (f(); nothing)
        for f in (() -> Lina.buffer("x"), () -> Lina.array("x"), () -> Lina.alias("y", view(Lina.array("x"), 1, :)),
                  () -> Lina.loan(identity, "x", Float32, (2,)), () -> Lina.array("empty"))
            Lina.republish("x", Float64, (2, 3); order = :C)
            Lina.republish("empty", Float64, (0, 3))
            drop(f)
            any(d -> d.name == "y", Lina.list()) && Lina.remove("y")
            Lina.remove("x")
            Lina.remove("empty")
            collect_garbage()
            @test held() == 0
        end
    end
end

@testset "views outlive the arena, and shutdown" begin
    Lina.init_arena(1 << 16)
    x = Lina.create_array("x", Float64, (3,))
    y = Lina.create_array("y", Float64, (3, 2); order = :C)
    x .= 1:3
    Lina.shutdown()
    @test x == 1:3 && (y .= 2; sum(y) == 12)
    a = Lina.Arena(1 << 16)
    z = Lina.create_array(a, "z", Float64, (2,))
    close(a)
    z .= 4
    @test z == [4, 4]
end

@testset "garbage does not fill the arena" begin
    with_arena(1 << 20) do # room for a few of these at a time, and for 1,024 descriptors
        for i in 1:200
            Lina.loan(x -> x[1] = i, "frame", UInt8, (1 << 17,))
            @test Lina.array("frame")[1] == i % UInt8
        end
        for i in 1:3000
            Lina.loan(x -> x[1] = i, "small", Int, (1,))
        end
        @test Lina.array("small") == [3000]
        foreach(i -> Lina.republish("zeroes", Float64, (1 << 14,)), 1:100)
        @test sum(Lina.array("zeroes")) == 0
    end
end

@testset "the garbage of a reader does not keep a writer in another process from publishing" begin
    where = unique_name()
    writer = Lina.Arena(1 << 20; where = where, temporary = true)
    reader = Lina.Arena(where)
    publish() = ccall((:lina_republish, Lina.LIBRARY), Cint, # as another program would: no second try
                      (Ptr{Cvoid}, Cstring, UInt32, UInt32, Ref{UInt64}, UInt32, Ptr{Cvoid}),
                      writer.handle, "frame", 0x00010801, 1, 1 << 16, 0, C_NULL)
    failures = count(1:200) do i
        rc = publish()
        Lina.array(reader, "frame")
        rc != 0
    end
    @test failures == 0
    close(reader)
    close(writer)
end

@testset "when Julia ends, everything is given back in the right order" begin
    code = """
        using Lina
        Lina.init_arena(1 << 16)
        const x = Lina.create_array("x", Float64, (3,))
        const y = Lina.create_array("y", Float64, (3, 3); order = :C)
        const a = Lina.Arena(1 << 16)
        const z = Lina.create_array(a, "z", Float64, (3,))
        finalizer(v -> ccall(:puts, Cint, (Cstring,), string(sum(v), " ", sum(y))), view(z, :) |> parent)
        t = @async Lina.wait("never")
        yield(); sleep(0.1)
        x .= 1; z .= 2
        """
    @test read_output(julia(code)) == "6.0 0.0\n"
end

@testset "Ctrl-C leaks no view and no arena, not even before an object owns it" begin
    code = """
        using Lina
        Base.exit_on_sigint(false)
        Lina.init_arena(1 << 16)

        # Ctrl-C at this point throws, or waits until it may.
        const POINT = Ref(:none)
        function pass(point)
            POINT[] === point || return nothing
            POINT[] = :none
            ccall(:kill, Cint, (Cint, Cint), getpid(), 2)
            while unsafe_load(cglobal(:jl_signal_pending, Cint)) != 1 # it waits
                GC.safepoint()
            end
        end
        Lina.note_hold(a::Lina.Arena{Lina.Signal}, v::Lina.View) =
            (pass(:acquired); invoke(Lina.note_hold, Tuple{Lina.Arena,Lina.View}, a, v))
        Lina.owner(v::Vector{<:Union{Float64,UInt8}}) = (pass(:wrapped); invoke(Lina.owner, Tuple{Vector}, v))

        @noinline function interrupt(call, point, order)
            Lina.create_array("x", Float64, (2, 3); order = order)
            POINT[] = point
            try
                call()
            catch e
                e isa InterruptException || rethrow()
                print("!")
            end
            foreach(d -> Lina.remove(d.name), Lina.list())
        end
        const CALLS = (() -> Lina.array("x"), () -> Lina.buffer("x"),
                       () -> Lina.loan(identity, "x", Float64, (2, 3)),
                       () -> Lina.alias("y", "x"; shape = (2,), strides = (8,)),
                       () -> Lina.alias("z", "x"; shape = (2,)))
        for order in (:F, :C), point in (:acquired, :wrapped), call in CALLS
            interrupt(call, point, order)
            foreach(_ -> GC.gc(true), 1:2)
            print(Lina.info().held)
        end

        Lina.attach_handle(where::String, flags::UInt32) =
            (handle = invoke(Lina.attach_handle, Tuple{Any,Any}, where, flags); pass(:attached); handle)
        shared = Lina.Arena(1 << 16; where = "shm:julia-\$(getpid())", temporary = true)
        POINT[] = :attached
        try
            Lina.Arena(Lina.info(shared).where)
        catch e
            e isa InterruptException || rethrow()
            print(" !")
        end
        foreach(_ -> GC.gc(true), 1:2)
        print(Lina.info(shared).members)
        """
    @test read_output(julia(code)) == "!0" ^ 20 * " !1"
end
