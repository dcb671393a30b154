@testset "bad input is an error that names the array, and everything works afterwards" begin
    with_arena() do
        Lina.create_array("x", Float64, (2,)) .= 3
        for (code, f) in (
            :NOT_FOUND => n -> Lina.array(n), :NOT_FOUND => n -> Lina.buffer(n),
            :NOT_FOUND => n -> Lina.open_desc(n), :NOT_FOUND => n -> Lina.remove(n),
            :NO_MEMORY => n -> Lina.create_array(n, Float64, (1 << 40,)),
            :NO_MEMORY => n -> Lina.loan(identity, n, Float64, (1 << 40,)),
            :NO_MEMORY => n -> Lina.republish(n, Float64, (1 << 40,)),
            :INVALID => n -> Lina.create_array(n, Float64, (2^33, 2^33)),
            :INVALID => n -> Lina.create_array(n, Float64, (2^33, 2^33, 0)),
            :INVALID => n -> Lina.create_array(n, Float64, (-1,)),
            :INVALID => n -> Lina.create_array(n, Float64, (1.5,)),
            :INVALID => n -> Lina.create_array(n, Float64, nothing),
            :INVALID => n -> Lina.republish(n, Float64, :all),
            :INVALID => n -> Lina.loan(identity, n, Float64, "23"),
            :INVALID => n -> Lina.create_array(n, Float64, ntuple(i -> 1, 9)),
            :INVALID => n -> Lina.create_array(n, String, (2,)),
            :INVALID => n -> Lina.create_array(n, "f63", (2,)),
            :INVALID => n -> Lina.create_array(n, :f63, (2,)),
            :INVALID => n -> Lina.create_array(n, 64, (2,)),
            :INVALID => n -> Lina.create_array(n, Float64, (2,); order = :K),
            :INVALID => n -> Lina.loan(identity, n, Float64, (2,); order = "C"))
            e = lina_error(() -> f("gnu"))
            @test e !== nothing && e.code === code && e.name == "gnu" && occursin("\"gnu\"", e.message)
        end
        e = lina_error(() -> Lina.create_array("x", Float64, (2,)))
        @test e.code === :EXISTS && occursin("\"x\"", e.message)
        @test startswith(sprint(showerror, e), "LinaError: EXISTS: ")
        for bad in ("", "a\0b", "a\nb", "x"^64, "\xff\xfe")
            @test code_of(() -> Lina.create_array(bad, Float64, (1,))) === :INVALID
            @test code_of(() -> Lina.signal(bad)) === :INVALID
            @test code_of(() -> Lina.try_wait(bad)) === :INVALID
            @test code_of(() -> Lina.array(bad)) === :INVALID
        end
        @test Lina.array(SubString("xy", 1, 1)) == [3, 3]
        @test Lina.create_array("größe ∞", Float64, (1,)) == [0] == Lina.array("größe ∞")
        @test length(Lina.list()) == 2
    end
end

@testset "without an arena each call says so" begin
    for f in (() -> Lina.array("x"), () -> Lina.create_array("x", Float64, (1,)), Lina.list,
              () -> Lina.signal("s"), () -> Lina.try_wait("s"), () -> Lina.wait("s"), Lina.info,
              () -> Lina.value("s"), () -> Lina.clear("s"), Lina.list_signals,
              () -> Lina.loan(identity, "x", Float64, (1,)), () -> Lina.alias("x", [1]))
        @test code_of(f) in (:NOT_READY, :CLOSED)
    end
    e = lina_error(() -> Lina.array("gnu"))
    @test occursin("\"gnu\"", e.message)
end

@testset "a full table is an error until there is room again" begin
    with_arena(1 << 20; max_arrays = 8, max_signals = 4) do
        keep = [Lina.create_array("x$i", Float64, (1,)) for i in 1:8]
        e = lina_error(() -> Lina.create_array("y", Float64, (1,)))
        @test e.code === :FULL && occursin("\"y\"", e.message)
        keep = nothing
        Lina.remove("x1")
        @test Lina.create_array("y", Float64, (1,)) == [0]
        foreach(i -> Lina.signal("s$i"), 1:4)
        @test code_of(() -> Lina.signal("s5")) === :FULL
        @test !Lina.try_wait("s6") && Lina.value("s6") == 0 && Lina.clear("s6") === nothing # no signal made
        @test length(Lina.list_signals()) == 4
    end
end

@testset "the first call reports an arena of the environment that cannot be joined" begin
    code = """
        using Lina
        try Lina.array("x") catch e; println(e.code, " ", e.message) end
        Lina.init_arena(1 << 16)
        println(Lina.create_array("x", Int, (2,)))
        """
    lines = split(read_output(julia(code; LINA_ARENA = "shm:lina-julia-nobody")), '\n')
    @test startswith(lines[1], "NOT_READY \"x\"") && occursin("Lina.init_arena", lines[1])
    @test occursin("shm:lina-julia-nobody", lines[1])
    @test lines[2] == "[0, 0]"
end
