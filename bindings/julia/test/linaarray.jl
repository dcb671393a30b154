filled(name, T, dims; order = :C) = (x = Lina.create_array(name, T, dims; order = order);
                                     x .= reshape(T.(1:prod(dims)), dims); x)

@testset "a LinaArray is an AbstractArray like any other" begin
    with_arena() do
        for dims in ((2, 3), (2, 3, 4), (3, 1, 2, 2))
            x = filled("x$(length(dims))", Float64, dims)
            a = Array(x)
            @test a isa Array{Float64} && a == reshape(1:prod(dims), dims)
            @test x == a && collect(x) == a && copy(x) isa Array && similar(x) isa Array
            @test x[end] == a[end] && x[2] == a[2] && selectdim(x, 1, 1) == selectdim(a, 1, 1)
            @test vec(x) == vec(a) && reshape(x, :, 2) == reshape(a, :, 2)
            @test permutedims(x, ndims(x):-1:1) == permutedims(a, ndims(a):-1:1)
            @test hash(x) == hash(a) && isequal(x, a)
            @test reinterpret(UInt64, x) == reinterpret(UInt64, a)
            @test [v for v in x] == [v for v in a]
            @test_throws BoundsError x[0]
            @test_throws BoundsError x[dims[1]+1, ntuple(i -> 1, length(dims) - 1)...]
            @test_throws BoundsError x[length(x)+1] = 1
            @test_throws InexactError Lina.create_array("i$(length(dims))", Int8, (2, 2); order = :C)[1] = 0.5
        end
        @test summary(Lina.array("x2")) == "2×3 LinaArray{Float64,2} in C order"
    end
end

@testset "reductions along each dimension" begin
    with_arena(1 << 24) do
        x = filled("x", Float64, (4, 5, 6))
        a = Array(x)
        for f in (sum, maximum, minimum, prod, extrema, length, norm)
            @test all(f(x) .≈ f(a))
        end
        for dims in (1, 2, 3, (1, 2), (1, 3), 4)
            @test sum(x; dims = dims) == sum(a; dims = dims)
            @test maximum(x; dims = dims) == maximum(a; dims = dims)
            @test mapreduce(abs2, +, x; dims = dims) == mapreduce(abs2, +, a; dims = dims)
        end
        @test sum(abs2, x) == sum(abs2, a) && count(>(7), x) == count(>(7), a)
        @test any(x .> 100) && !all(x .> 100)
        @test mapreduce(string, *, x) == mapreduce(string, *, a) # in the order of indices
        @test foldl(-, x) == foldl(-, a) && reduce(max, x; init = 1e9) == 1e9
        @test findmax(x) == findmax(a) && argmin(x) == argmin(a)
        @test sum(Lina.create_array("none", Float64, (0, 3); order = :C)) == 0
    end
end

@testset "map and broadcasting keep C order, and work together with other arrays" begin
    with_arena() do
        x, y = filled("x", Float64, (3, 4)), filled("y", Int32, (3, 4))
        a, b = Array(x), Array(y)
        row, column = [1.0 2 3 4], [1.0, 2, 3]
        for (ours, theirs) in (
            map(sqrt, x) => map(sqrt, a), map(+, x, y) => map(+, a, b),
            (x .+ 1) => (a .+ 1), (x .+ y) => (a .+ b), (x .* column) => (a .* column),
            (sin.(x) ./ y .+ 2) => (sin.(a) ./ b .+ 2), (x .> 3) => (a .> 3), string.(y) => string.(b),
            clamp.(x, 2, Ref(5.0)) => clamp.(a, 2, 5.0))
            @test ours == theirs && ours isa LinaArray && strides(ours) == (4, 1)
        end
        for (ours, theirs) in ((x .+ a) => 2a, (x .+ row) => (a .+ row), (x .+ (1, 2, 3)) => (a .+ column),
                               (column .* x) => (column .* a), (x .+ reshape(column, 3, 1, 1)) => (a .+ reshape(column, 3, 1, 1)))
            @test ours == theirs
        end
        x .= x .+ 1
        @test x == a .+ 1
        x .= y .* 2 .+ x
        @test x == 2b .+ a .+ 1
        x .+= column
        x .= a
        @test x == a
        map!(-, x, y)
        @test x == -b
        small = filled("small", Float64, (2, 2))
        @test_throws DimensionMismatch map(+, x, small)
        @test map!(+, x, small, small) == map!(+, Float64.(-b), Array(small), Array(small))
        x .= 7
        @test all(==(7), x)
        fill!(x, 8)
        @test all(==(8), x)
        @test_throws DimensionMismatch x .= [1 2; 3 4]
        @test copyto!(x, b) == b && copyto!(zeros(3, 4), x) == b && copyto!(x, y) == b
        @test copyto!(zeros(12), x) == vec(b) # by linear index, as Julia has it
    end
end

@testset "broadcasting between overlapping views copies first" begin
    with_arena() do
        x = filled("x", Int64, (2, 4))
        a = Array(x)
        view(x, :, 2:4) .= view(x, :, 1:3)
        a[:, 2:4] .= a[:, 1:3]
        @test x == a
        x .= reverse(Array(x); dims = 1) .+ Lina.array("x")
        @test x == reverse(a; dims = 1) .+ a
        part = Lina.alias("part", view(x, :, 1:3))
        view(x, :, 2:4) .= part
        @test x[:, 2:4] == (reverse(a; dims = 1).+a)[:, 1:3]
    end
end

@testset "strides of any kind, over an alias" begin
    with_arena() do
        base = Lina.create_array("base", Int32, (24,))
        base .= 1:24
        cases = [
            ((2, 3), (4, 8), 0) => [1 3 5; 2 4 6],         # the strides are those of F order
            ((2, 3), (12, 4), 0) => [1 2 3; 4 5 6],        # C order
            ((2, 3), (40, 12), 4) => [2 5 8; 12 15 18],
            ((3,), (-4,), 92) => [24, 23, 22],
            ((2, 2), (-8, 4), 40) => [11 12; 9 10],
            ((2, 3), (0, 4), 8) => [3 4 5; 3 4 5],
            ((3,), (20,), 0) => [1, 6, 11],
            ((), (), 12) => fill(4),
        ]
        for (i, ((shape, strides, offset), values)) in enumerate(cases)
            x = Lina.alias("case$i", "base"; shape = shape, strides = strides, offset = offset)
            @test x == values && sum(x) == sum(values) && x .+ 1 == values .+ 1
            @test x isa Array || Base.strides(x) == strides .÷ 4
            @test unsafe_load(pointer(x)) == values[1]
        end
        y = Lina.array("case5")
        y[2, 2] = -1
        @test base[10] == -1
    end
end

@testset "elements that are not aligned are read and written in place" begin
    with_arena() do
        bytes = Lina.create_array("bytes", UInt8, (64,))
        d = Lina.create_array("d", Float64, (8,))
        d .= 1:8
        odd = Lina.alias("odd", "d"; offset = 4, shape = (3,), strides = (12,))
        raw = Lina.buffer("d")
        at(i) = only(reinterpret(Float64, raw[5+12*(i-1):12+12*(i-1)]))
        @test odd == at.(1:3) && odd isa LinaArray{Float64,1}
        odd[2] = 2.5
        @test at(2) == 2.5
        e = lina_error(() -> strides(odd))
        @test e.code === :INVALID && occursin("not aligned", e.message)
        shifted = Lina.alias("shifted", "d"; offset = 1, shape = (2, 2), order = :C)
        shifted .= [1 2; 3 4]
        @test shifted == [1 2; 3 4] && sum(shifted) == 10 && shifted * [1, 1] == [3, 7]
        @test raw[2:9] == reinterpret(UInt8, [1.0])
    end
end
