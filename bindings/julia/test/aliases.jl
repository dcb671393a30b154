@testset "an alias by numbers" begin
    with_arena() do
        frame = Lina.create_array("frame", UInt8, (4, 5, 3); order = :C)
        frame .= reshape(0:59, 4, 5, 3)
        red = Lina.alias("red", "frame"; shape = (4, 5), strides = (15, 3))
        blue = Lina.alias("blue", "frame"; offset = 2, shape = (4, 5), strides = (15, 3))
        @test red == frame[:, :, 1] && blue == frame[:, :, 3] == Lina.array("blue")
        d = Lina.open_desc("red")
        @test d.flags & Lina.FLAG_ALIAS != 0 && d.layout == 2 && d.strides == (15, 3)
        rows = Lina.alias("rows", "frame"; shape = (2, 15), order = :C)
        @test rows[2, 1] == frame[2, 1, 1]
        flat = Lina.alias("flat", "frame"; shape = (60,))
        @test flat == Lina.buffer("frame")
        Lina.remove("frame")
        red[1, 1] = 77
        @test Lina.array("flat")[1] == 77 # an alias keeps its base in place
    end
end

@testset "an alias of a part that was cut from an array" begin
    with_arena() do
        x = Lina.create_array("x", Float64, (4, 6))
        y = Lina.create_array("y", Float64, (4, 6); order = :C)
        x .= reshape(1:24, 4, 6)
        y .= x
        parts = (view(x, 2:3, 1:2:5), transpose(view(x, :, 3:4)), view(y, :, 2), view(y, 4:-1:1, :), x, y,
                 view(x, 2, 3), PermutedDimsArray(x, (2, 1)), reshape(x, 2, 12), view(Lina.array("x"), 1:2, :))
        for (i, part) in enumerate(parts)
            @test Lina.alias("part$i", part) == part
        end
        Lina.array("part1")[1, 1] = -1
        @test x[2, 1] == -1
    end
end

@testset "an alias of no elements, with its window at any place" begin
    with_arena() do
        x = Lina.create_array("x", Float64, (5,))
        m = Lina.create_array("m", Float64, (4, 6))
        c = Lina.create_array("c", Float64, (4, 6); order = :C)
        Lina.create_array("after", Int, (1,))
        parts = (view(x, 6:5), view(x, 1:0), view(x, 5:-1:6), view(m, 5:4, :), view(m, :, 7:6), view(m, 5:4, 7:6),
                 view(c, 5:4, :), view(c, :, 7:6), reshape(view(x, 6:5), 0, 3), view(view(x, 2:5), 5:4))
        for (i, part) in enumerate(parts)
            y = Lina.alias("part$i", part)
            @test size(y) == size(part) && eltype(y) == Float64
            @test Lina.open_desc("part$i").flags & Lina.FLAG_ALIAS != 0
        end
        Lina.create_array("empty", Float64, (0, 3))
        @test size(Lina.alias("of nothing", "empty"; shape = (3, 0))) == (3, 0)
    end
end

@testset "an empty array, and each view of it, can have an alias" begin
    with_arena() do
        Lina.create_array("before", Int, (1,))
        for (i, dims) in enumerate(((0,), (0, 3), (3, 0), (0, 0), (2, 0, 3))), order in (:F, :C)
            e = Lina.create_array("e$i$order", Float64, dims; order = order)
            for (j, part) in enumerate((e, view(e, fill(:, length(dims))...), view(e, fill(1:0, length(dims))...)))
                y = Lina.alias("a$i$order$j", part)
                @test size(y) == size(part) && Lina.open_desc("a$i$order$j").flags & Lina.FLAG_ALIAS != 0
            end
        end
        e = Lina.array("e1F")
        other = Lina.Arena(1 << 16)
        for (where, part) in ((Lina.default(), Float64[]), (other, e))
            @test occursin("shape = (0,)", lina_error(() -> Lina.alias(where, "a", part)).message)
        end
        close(other)
        @test code_of(() -> Lina.alias("a", reinterpret(Int, e))) === :INVALID
        Lina.republish("e1F", Float64, (0,))
        @test code_of(() -> Lina.alias("a", e)) === :STALE
        Lina.remove("e1F")
        @test code_of(() -> Lina.alias("a", e)) === :STALE
    end
end

@testset "the list of empty arrays does not grow with garbage" begin
    with_arena() do
        Lina.create_array("e", Float64, (0,))
        for _ in 1:5
            foreach(_ -> Lina.array("e"), 1:1000)
            collect_garbage()
        end
        @test length(Lina.EMPTIES) < 4000
    end
end

@testset "only a part of a current array can have an alias" begin
    with_arena() do
        x = Lina.create_array("x", Float64, (4,))
        for copy in (x[1:2], [1.0, 2.0], x .+ 1)
            e = lina_error(() -> Lina.alias("a", copy))
            @test e.code === :INVALID && occursin("\"a\"", e.message) && occursin("view(x, …)", e.message)
        end
        @test code_of(() -> Lina.alias("a", view(x, [1, 3]))) === :INVALID
        @test code_of(() -> Lina.alias("a", 1:3)) === :INVALID
        @test code_of(() -> Lina.alias("a", reinterpret(UInt8, x))) === :INVALID
        @test code_of(() -> Lina.alias("a", "x"; shape = (5,))) === :INVALID
        @test code_of(() -> Lina.alias("a", "x"; shape = (2,), strides = (8, 8))) === :INVALID
        for bad in (-8, 0.5, nothing, "8", big(2)^64)
            @test code_of(() -> Lina.alias("a", "x"; shape = (2,), offset = bad)) === :INVALID
        end
        for bad in (0.5, (0.5,), ("8",), (big(2)^64,))
            @test code_of(() -> Lina.alias("a", "x"; shape = (2,), strides = bad)) === :INVALID
        end
        @test code_of(() -> Lina.alias("a", "nobody"; shape = (2,))) === :NOT_FOUND
        @test code_of(() -> Lina.alias("x", view(x, 1:2))) === :EXISTS
        Lina.republish("x", Float64, (4,))
        @test code_of(() -> Lina.alias("a", view(x, 1:2))) === :STALE
        e = lina_error(() -> Lina.alias("a", "x"; shape = (2^33, 2^33)))
        @test e.code === :INVALID && occursin("\"a\"", e.message)
        @test isempty(filter(d -> d.name == "a", Lina.list()))
    end
end

@testset "an alias reads bytes as another type" begin
    with_arena() do
        Lina.create_array("records", UInt8, (12, 4)) .= 0 # {f64 x; i32 id} four times, packed
        x = Lina.alias("x", "records"; shape = (4,), strides = (12,), T = Float64)
        id = Lina.alias("id", "records"; offset = 8, shape = (4,), strides = (12,), T = "i32")
        x .= [0.5, 1.5, 2.5, 3.5] # every second one is unaligned
        id .= 1:4
        @test x == [0.5, 1.5, 2.5, 3.5] && id == 1:4 && eltype(id) === Int32
        @test Lina.buffer("records")[13:20] == reinterpret(UInt8, [1.5])
        words = Lina.alias("words", "records"; shape = (2, 6), T = UInt32)
        @test words isa Matrix{UInt32} && words[1, 2] == 1
        @test Lina.open_desc("x").dtype == 0x00014002
        for options in ((offset = 44, shape = (1,)), (shape = (7,),), (shape = (4,), strides = (16,)))
            @test code_of(() -> Lina.alias("a", "records"; T = Float64, options...)) === :INVALID
        end
        @test code_of(() -> Lina.alias("a", "records"; shape = (1,), T = "f65")) === :INVALID
    end
end
