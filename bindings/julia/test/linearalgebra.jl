# A matrix for each kind of strides. All have the elements of `values`.
function matrices(values::Matrix{T}) where {T}
    m, n = size(values)
    new(dims, order) = Lina.create_array(string(rand(UInt64)), T, dims; order = order)
    inside_columns = Lina.alias(string(rand(UInt64)), view(new((2m, n + 1), :F), 2:m+1, 1:n))
    inside_rows = view(new((m + 1, 2n), :C), 1:m, 2:n+1)
    every_other = view(new((2m, 2n), :C), 1:2:2m, 2n:-2:2)
    all = (new((m, n), :C), new((m, n), :F), inside_columns, inside_rows, every_other)
    foreach(x -> x .= values, all)
    return all
end

@testset "a view of a LinaArray by ranges is one itself" begin
    with_arena() do
        x = Lina.create_array("x", Int, (4, 6); order = :C)
        x .= reshape(1:24, 4, 6)
        a = Array(x)
        for I in ((2:3, :), (:, 2:2:6), (4:-1:1, 3), (2, :), (1:0, :), (:, :), (2, 3))
            y = view(x, I...)
            @test y isa LinaArray && y == view(a, I...) && y .+ 1 == view(a, I...) .+ 1
        end
        view(x, 2, :) .= 0
        @test all(iszero, x[2, :]) && sum(x) == sum(a) - sum(a[2, :])
        @test view(x, [1, 3], :) == a[[1, 3], :] && view(x, 3) == fill(a[3])
        @test_throws BoundsError view(x, 1:5, :)
    end
end

@testset "products of every kind are those of Array" begin
    with_arena(1 << 24) do
        for T in (Float64, ComplexF64, Int64)
            m, k, n = 5, 7, 4
            some(dims...) = T === Int64 ? rand(-9:9, dims...) : rand(T, dims...)
            A, B, C, v = some(m, k), some(k, n), some(m, n), some(k)
            some_of(all) = T === Float64 ? all : all[[1, 3]] # for other types, two kinds of strides are enough
            as, bs = some_of(matrices(A)), (some_of(matrices(B))..., B)
            for a in as, b in bs
                @test a * b ≈ A * B
            end
            # How one argument is given to BLAS does not depend on the other.
            for (a, b) in (zip(as, bs)..., ((a, B) for a in as)...)
                @test transpose(b) * transpose(a) ≈ transpose(B) * transpose(A)
                @test b' * a' ≈ B' * A'
                @test a * v ≈ A * v && a' * (A * v) ≈ A' * (A * v) && transpose(b) * v ≈ transpose(B) * v
            end
            a, b = matrices(A)[1], matrices(B)[3]
            for c in some_of(matrices(C))
                @test mul!(c, a, b) === c && c ≈ A * B
                c .= C
                @test mul!(c, A, B, T(2), T(3)) ≈ 2 * A * B + 3 * C
            end
            x = view(a, 2, :)
            y = view(matrices(C)[1], :, 1)
            @test A * x ≈ A * A[2, :] && dot(x, v) ≈ dot(A[2, :], v) && dot(x, x) ≈ dot(A[2, :], A[2, :])
            @test mul!(y, a, x) === y && y ≈ A * A[2, :]
            @test dot(a, a) ≈ dot(A, A) && norm(a) ≈ norm(A) && norm(a, 1) ≈ norm(A, 1)
        end
    end
end

@testset "vectors with negative or zero strides are multiplied without a copy" begin
    with_arena() do
        for T in (Float64, ComplexF64)
            A = rand(T, 5, 5)
            Lina.create_array("$T", T, (25,)) .= vec(A)
            a = Lina.alias("a$T", "$T"; shape = (5, 5), order = :C)
            back = Lina.alias("back$T", "$T"; shape = (5,), offset = 24sizeof(T), strides = (-2sizeof(T),))
            same = Lina.alias("same$T", "$T"; shape = (5,), strides = (0,))
            y = Lina.create_array("y$T", T, (5, 2); order = :C)
            for x in (view(a, 5:-1:1, 2), view(a, 3, 5:-1:1), back, same),
                m in (a, transpose(a), a', A)

                v = Vector(x)
                @test m * x ≈ Matrix(m) * v && dot(x, v) ≈ dot(v, x) ≈ dot(v, v) && dot(x, x) ≈ dot(v, v)
                m === A || @test m * view(v, 5:-1:1) ≈ Matrix(m) * reverse(v)
                @test mul!(view(y, 5:-1:1, 1), m, x) ≈ Matrix(m) * v && y[5:-1:1, 1] ≈ Matrix(m) * v
            end
        end
    end
end

@testset "Lina has a method for every product with a LinaArray" begin
    ours, plain = typeof(LinaArray{Float64,2,:C}([1.0], 1, (1, 1), (1, 1))), Matrix{Float64}
    vector = LinaArray{Float64,1,:strided,Vector{Float64}}
    wrapped(T) = (T, Transpose{Float64,T}, Adjoint{Float64,T})
    matrices = (wrapped(ours)..., wrapped(plain)...)
    is_handed_over(types...) = which(mul!, Tuple{types...,Bool,Bool}).module === Lina
    has_part(types...) = any(T -> occursin("LinaArray", string(T)), types)
    for C in (ours, plain), A in matrices, B in matrices
        @test is_handed_over(C, A, B) == has_part(C, A, B)
    end
    for y in (vector, Vector{Float64}), A in matrices, x in (vector, Vector{Float64})
        @test is_handed_over(y, A, x) == has_part(y, A, x)
    end
end

@testset "products use BLAS where BLAS can compute them" begin
    with_arena(1 << 26) do
        A = rand(3, 3)
        for x in matrices(A)[1:4]
            twin = Lina.strided_twin(x)
            @test twin isa StridedMatrix || parent(twin) isa StridedMatrix
            @test pointer(twin isa Transpose ? parent(twin) : twin) == pointer(x)
        end
        @test Lina.strided_twin(matrices(A)[5]) isa LinaArray
    end
end

@testset "factorisations and the like work on copies" begin
    with_arena() do
        A = [4.0 1 2; 1 5 3; 2 3 6]
        x = matrices(A)[1]
        @test x \ [1, 2, 3] ≈ A \ [1, 2, 3] && inv(x) ≈ inv(A) && det(x) ≈ det(A)
        @test svd(x).S ≈ svdvals(A) && eigvals(Symmetric(x)) ≈ eigvals(Symmetric(A))
        @test exp(x) ≈ exp(A) && log(x) ≈ log(A) && sqrt(x)^2 ≈ A && lq(x).L ≈ lq(A).L
        @test cholesky(x).U ≈ cholesky(Symmetric(x)).U ≈ cholesky(Hermitian(x, :L)).U ≈ cholesky(A).U
        @test x == A && tr(x) == 15 && x * I == A && Diagonal([1, 2, 3]) * x == Diagonal([1, 2, 3]) * A
        @test rmul!(x, 2) == 2A && lmul!(0.5, x) == A
        @test UpperTriangular(x) * A ≈ UpperTriangular(A) * A
    end
end

@testset "sizes that do not fit are refused" begin
    with_arena() do
        x = Lina.create_array("x", Float64, (2, 3); order = :C)
        @test_throws DimensionMismatch x * x
        @test_throws DimensionMismatch mul!(zeros(2, 2), x, zeros(2, 2))
        @test_throws DimensionMismatch dot(view(x, 1, :), [1.0, 2.0])
    end
end
