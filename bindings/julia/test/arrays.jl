const SHAPES = [(), (0,), (1,), (5,), (2, 3), (3, 0), (1, 4), (4, 1), (2, 3, 4), (2, 1, 3),
                (2, 3, 1, 2, 1, 2, 1, 2)]

# The element that NumPy would have at each index of such an array: 0, 1, … in C order.
numbers(::Type{T}, dims) where {T} = map(k -> T(k % 100), c_order(dims))
numbers(::Type{Bool}, dims) = map(isodd, c_order(dims))
c_order(dims) = turned(reshape(collect(0:prod(dims)-1), reverse(dims)))
turned(a) = ndims(a) == 0 ? a : permutedims(a, ndims(a):-1:1)

# The elements in the order of memory, made from the bytes.
in_memory(name, T) = collect(reinterpret(T, Lina.buffer(name)))

@testset "every dtype, order and shape is indexed without a copy" begin
    for (dtype, _, T) in Lina.DTYPES, dims in SHAPES, order in (:C, :F)
        T in (Float32, ComplexF64) || dims in ((5,), (2, 3)) || continue
        with_arena() do
            x = Lina.create_array("x", dtype, dims; order = order)
            @test size(x) == dims && eltype(x) == T && all(iszero, x)
            values = numbers(T, dims)
            x .= values
            @test Lina.array("x") == values
            @test in_memory("x", T) == vec(order === :F ? values : turned(values))
        end
    end
end

@testset "an array in F order is a real Array, and so is one in C order if the two orders are the same" begin
    with_arena() do
        @test Lina.create_array("a", Float64, (3, 4)) isa Matrix{Float64}
        @test Lina.create_array("b", Float64, (3, 4); order = :C) isa LinaArray{Float64,2}
        @test Lina.create_array("c", Float64, (7,); order = :C) isa Vector{Float64}
        @test Lina.create_array("d", ComplexF32, (); order = :C) isa Array{ComplexF32,0}
        @test Lina.create_array("e", Float64, (1, 4); order = :C) isa Matrix{Float64}
        @test Lina.create_array("f", Bool, (0, 4); order = :C) isa Matrix{Bool}
    end
end

@testset "two arrays of one generation share their memory" begin
    with_arena() do
        x = Lina.create_array("x", Int32, (2, 2))
        y = Lina.array("x")
        x[2, 1] = 5
        @test y[2, 1] == 5 && pointer(x) == pointer(y)
    end
end

@testset "a dtype can be a type, a name or a symbol" begin
    with_arena() do
        for (i, T) in enumerate((Float32, "f32", :f32))
            @test eltype(Lina.create_array("x$i", T, 3)) == Float32
        end
        @test eltype(Lina.create_array("b", "bf16", (2,))) == UInt16
        @test Lina.open_desc("b").dtype == 0x00011004
    end
end

@testset "a name can be a symbol" begin
    with_arena() do
        x = Lina.create_array(:x, Float64, (2, 3))
        @test Lina.array(:x) == x && Lina.buffer(:x) isa Vector{UInt8} && Lina.open_desc(:x).name == "x"
        @test Lina.alias(:y, :x; shape = (2,)) == [0, 0] && Lina.alias(:z, view(x, 1, :)) == [0, 0, 0]
        Lina.loan(y -> y .= 1, :x, Float64, 2)
        @test Lina.array("x") == [1, 1] && Lina.republish(:x, Int, 1) == [0]
        Lina.remove(:x)
        Lina.reclaim(:y)
        e = lina_error(() -> Lina.array(:gnu))
        @test e.code === :NOT_FOUND && e.name == "gnu"
        Lina.signal(:s)
        @test Lina.try_wait(:s) && Lina.wait(:s) === nothing === Lina.wait_value(:s, 1) && Lina.value("s") == 1
        @test Lina.wait_any([:t, :s]) === :s && Lina.Signal(:s).name == "s"
        Lina.clear(:s)
        Lina.remove_signal(:s)
    end
end

@testset "a buffer is the bytes" begin
    with_arena() do
        Lina.create_array("x", UInt16, (2,)) .= [0x0102, 0x0304]
        @test Lina.buffer("x") == [2, 1, 4, 3] && Lina.buffer("x") isa Vector{UInt8}
        Lina.buffer("x")[1] = 9
        @test Lina.array("x")[1] == 0x0109
    end
end

@testset "a dtype without a type of Julia is seen as bytes" begin
    with_arena() do
        i128 = 0x00018000
        shape = UInt64[3]
        rc = ccall((:lina_create_array, Lina.LIBRARY), Cint,
                   (Cstring, UInt32, UInt32, Ptr{UInt64}, UInt32, Ptr{Cvoid}),
                   "wide", i128, 1, shape, 0, C_NULL)
        @test rc == 0
        @test length(Lina.buffer("wide")) == 48
        e = lina_error(() -> Lina.array("wide"))
        @test e.code === :INVALID && e.name == "wide" && occursin("wide", e.message)
        @test occursin("0x00018000", sprint(show, Lina.open_desc("wide")))
    end
end

@testset "a descriptor has what the C API says" begin
    with_arena() do
        Lina.create_array("first", Float64, (16,))
        Lina.create_array("second", ComplexF64, (2, 3); order = :C)
        d = Lina.open_desc("second")
        @test d.name == "second" && d.offset == 0x80 && d.nbytes == 96 && d.ndim == 2
        @test d.shape == (2, 3) == size(d) && d.strides == (48, 16) && d.layout == 0
        @test eltype(d) == ComplexF64 && d.generation == 1
        @test lina_open_desc("second") == d
        @test sort([d.name for d in Lina.list()]) == ["first", "second"]
        foreach(i -> Lina.create_array("many$i", UInt8, (1,)), 1:50)
        @test length(Lina.list()) == 52
        Lina.remove("first")
        @test code_of(() -> Lina.open_desc("first")) === :NOT_FOUND
    end
end

@testset "republish gives zeroes of any shape, and the old array stays" begin
    with_arena() do
        x = Lina.create_array("x", Float64, (2,))
        x .= 7
        y = Lina.republish("x", Int8, (3, 3); order = :C)
        @test x == [7, 7] && y == zeros(Int8, 3, 3) && Lina.open_desc("x").generation == 2
    end
end

@testset "before Julia 1.11 an Array cannot be resized out of the arena" begin
    with_arena() do
        x = Lina.create_array("x", Float64, (3,))
        if VERSION < v"1.11"
            @test_throws ErrorException push!(x, 1.0)
            @test_throws ErrorException push!(Lina.create_array("empty", Float64, (0,)), 1.0)
            @test_throws ErrorException resize!(x, 2)
            m = Lina.create_array("m", Float64, (2, 2))
            v = push!(vec(m), 1.0) # which Julia gives memory of its own
            v[1] = 7
            @test length(v) == 5 && m == zeros(2, 2) == Lina.array("m")
            @test length(x) == 3 && pointer(x) == pointer(Lina.array("x"))
        end
    end
end

@testset "records are an array for each field, or none" begin
    with_arena() do
        p = Lina.create_records("p", ["x" => Float64, "id" => "i32"], 10)
        @test keys(p) == (:x, :id) && p.x isa Vector{Float64} && eltype(p.id) === Int32
        @test sort([d.name for d in Lina.list()]) == ["p.id", "p.x"]
        p.x[3] = 7
        e = lina_error(() -> Lina.create_records("p", (x = Float64, id = Int32), 10))
        @test e.code === :EXISTS && occursin("p.x", e.message)
        again = Lina.create_records("p", (id = Int32, y = Float64, x = Float64), (10,); exist_ok = true)
        @test again.x[3] == 7 && keys(again) == (:id, :y, :x)
        @test code_of(() -> Lina.create_records("q", (x = Float64, id = "f65"), 10)) === :INVALID
        @test code_of(() -> Lina.create_records(:p, (new = Float64, x = Float32), 10; exist_ok = true)) === :EXISTS
        @test sort([d.name for d in Lina.list()]) == ["p.id", "p.x", "p.y"] # none of those that failed
        @test keys(Lina.create_records("r", Dict("x" => Bool), 1)) == (:x,)
    end
end
