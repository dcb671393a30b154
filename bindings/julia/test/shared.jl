# An expression that computes into an array from others over the same bytes has the result that it has with copies.
# Each test runs the expression with Lina's arrays, and again with plain Arrays.
const INTO_AN_ARRAY_FROM_ITSELF = (
    "a column" => x -> x .-= view(x, :, 1),
    "another column first" => x -> x .= view(x, :, 2) .- x,
    "a column as a matrix" => x -> x .-= view(x, :, 1:1),
    "a row" => x -> x .-= view(x, 2:2, :),
    "a turned row" => x -> x .-= transpose(view(x, 1, :)),
    "a turned column" => x -> x .-= view(x, :, 2)',
    "an element" => x -> x ./= view(x, 1, 1),
    "the macro" => x -> @.(x = x / @view x[:, 1]),
    "each column" => x -> foreach(c -> x .-= c, eachcol(x)),
    "each row" => x -> foreach(r -> x .-= r, eachrow(x)),
    "selectdim" => x -> x .-= selectdim(x, 2, 1),
    "backwards" => x -> x .-= view(x, 3:-1:1, 1),
    "picked elements" => x -> x .-= view(x, [1, 2, 3], 1),
    "the first in memory" => x -> x .-= view(vec(x), 1:3),
    "its transpose" => x -> x .= transpose(x),
    "its transpose and itself" => x -> x .= x .+ x',
    "rows upwards" => x -> view(x, 1:2, :) .= view(x, 2:3, :) .+ 1,
    "rows downwards" => x -> view(x, 2:3, :) .= view(x, 1:2, :) .+ 1,
    "picked rows" => x -> view(x, [3, 1], :) .= view(x, 1:2, :) .+ 1,
    "columns by index" => x -> x[:, 2:3] = view(x, :, 1:2),
    "copyto!" => x -> copyto!(view(x, 2:3, :), view(x, 1:2, :)),
)

@testset "into an array from $what" for (what, f) in INTO_AN_ARRAY_FROM_ITSELF
    with_arena() do
        for order in (:C, :F)
            x = Lina.create_array("$order", Float64, (3, 3); order = order)
            x .= [1 2 3; 4 5 7; 6 8 9]
            a = Array(x)
            f(x)
            f(a)
            @test x == a
        end
    end
end

@testset "into three dimensions from two of them" begin
    with_arena() do
        x = Lina.create_array("x", Float64, (2, 3, 4); order = :C)
        x .= reshape(1:24, 2, 3, 4)
        a = Array(x)
        x .= x .- view(x, :, :, 1) .* view(x, :, 1, 1)
        a .= a .- view(a, :, :, 1) .* view(a, :, 1, 1)
        @test x == a
    end
end

# The alias p, in C order, overlaps with the alias q. f is an Array over the bytes of q, or of p.
const BETWEEN_ALIASES = (
    "a sum" => (p, q, f) -> q .= p .+ 0,
    "a copy" => (p, q, f) -> q .= p,
    "copyto!" => (p, q, f) -> copyto!(q, p),
    "copyto! from an Array" => (p, q, f) -> copyto!(p, f),
    "copyto! to an Array" => (p, q, f) -> copyto!(f, p),
    "a copy from an Array" => (p, q, f) -> p .= f,
    "a copy to an Array" => (p, q, f) -> f .= p,
    "a sum from an Array" => (p, q, f) -> p .= f .+ p,
    "a sum to an Array" => (p, q, f) -> f .= f .+ p,
    "a column of an Array" => (p, q, f) -> p .-= view(f, :, 2),
    "a column to columns of an Array" => (p, q, f) -> view(f, :, 1:2) .= p[:, 1:2] .+ view(p, :, 1),
    "an assignment" => (p, q, f) -> f[:, :] = p,
    "picked elements" => (p, q, f) -> q .-= view(p, [1, 2, 3], 4),
    "a row and a column" => (p, q, f) -> q .= view(p, :, 4) .* view(p, 1:1, :),
)

@testset "between aliases that overlap by $bytes bytes: $what" for bytes in (96, 88, 8),
                                                                   (what, f) in BETWEEN_ALIASES
    with_arena() do
        base = Lina.create_array("base", Float64, (24,))
        part(name, order, offset) =
            Lina.alias(name, "base"; shape = (3, 4), order = order, offset = offset)
        arrays = (part("p", :C, 0), part("q", :C, 96 - bytes), part("f", :F, 96 - bytes))
        base .= 1:24
        wanted = map(Array, arrays) # copies, which share no memory
        f(wanted...)
        changed = something(findfirst(i -> wanted[i] != arrays[i], 1:3), 1)
        f(arrays...)
        @test arrays[changed] == wanted[changed]
    end
end

@testset "elements that are not aligned are copied as they are" begin
    with_arena() do
        Lina.create_array("base", Float64, (24,)) .= 1:24
        x = Lina.alias("x", "base"; shape = (3, 4), order = :C, offset = 1)
        x .= reshape(1:12, 3, 4)
        a = Array(x)
        x .-= view(x, :, 1)
        a .-= view(a, :, 1)
        @test x == a
    end
end

@testset "arrays that share no memory are not copied" begin
    with_arena() do
        x = Lina.create_array("x", Float64, (4, 4); order = :C)
        y = Lina.create_array("y", Float64, (4, 4); order = :C)
        for (a, b) in ((x, y), (x, view(y, :, 1)), (view(x, 1:2, :), view(x, 3:4, :)), (x, zeros(4)))
            @test Base.unalias(a, b) === b
        end
        @test length(Lina.memory(Base.unaliascopy(view(x, 3, :)).elements)) == 4
    end
end
