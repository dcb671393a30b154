# linaarray.jl - arrays over memory that an Array cannot describe.

"""
    LinaArray{T,N} <: AbstractArray{T,N}

The array that [`Lina.array`](@ref) returns if a plain `Array` is not possible: in C order, with other strides, or in
an arena that is attached read-only. Element `(i, j)` of Python is element `(i+1, j+1)`. No element is copied. The
array keeps its generation in place while it, or any object that shares its memory, is alive.

It has `strides` and `pointer`, and BLAS accepts it. `sum`, `map`, broadcasting and the like run in the order of
memory, as fast as on an `Array`. If all arguments are in C order, the result is in C order too (a `LinaArray` in
Julia's own memory). `Array(x)` and `similar(x)` make plain arrays.

```julia
Lina.init_arena(1 << 16)
x = Lina.create_array("image", Float32, (2, 3); order = :C)
x[2, 1] = 7
@assert strides(x) == (3, 1) && Lina.buffer("image")[13:16] == reinterpret(UInt8, [7f0])
@assert sum(x .+ 1) == 13 && x * ones(Float32, 3) == [0, 7]
Lina.shutdown()
```
"""
struct LinaArray{T,N,Order,Elements} <: AbstractArray{T,N}
    elements::Elements        # see elements.jl
    first::Int                # position of element (1, 1, …)
    size::Dims{N}
    steps::NTuple{N,Int}      # positions from one element to the next
end

# Order is :F (contiguous, first index fastest), :C (contiguous, last index fastest) or :strided.
const OrderC = LinaArray{T,N,:C} where {T,N}
const OrderF = LinaArray{T,N,:F} where {T,N}

LinaArray{T,N,Order}(elements::E, first, size, steps) where {T,N,Order,E} =
    LinaArray{T,N,Order,E}(elements, first, size, steps)

Base.size(A::LinaArray) = A.size
Base.IndexStyle(::Type{<:LinaArray{T,N,Order}}) where {T,N,Order} =
    N == 1 || Order === :F ? IndexLinear() : IndexCartesian()

# ---- positions ---------------------------------------------------------------------------------------

@inline sum_of_steps(I::Tuple{}, steps::Tuple{}) = 0
@inline sum_of_steps(I::Tuple, steps::Tuple) =
    (I[1] - 1) * steps[1] + sum_of_steps(Base.tail(I), Base.tail(steps))

@inline position(A::LinaArray, I) = A.first + sum_of_steps(I, A.steps)
# The last step is the constant 1, so that the compiler can vectorise.
@inline position(A::OrderC, I) = sum_of_steps(I, (Base.front(A.steps)..., 1)) + 1
@inline position(A::OrderF, I::Tuple{Int}) = I[1]

@inline function Base.getindex(A::LinaArray{T,N}, I::Vararg{Int,N}) where {T,N}
    @boundscheck checkbounds(A, I...)
    return load(A.elements, position(A, I))
end

@inline function Base.setindex!(A::LinaArray{T,N}, x, I::Vararg{Int,N}) where {T,N}
    @boundscheck checkbounds(A, I...)
    store!(A.elements, convert(T, x)::T, position(A, I))
    return A
end

# An array in F order has linear indices, whatever its dimensions, and so has a one-dimensional array.
for F in (:(LinaArray{T,N,:F} where {N}), :(LinaArray{T,1,:F}))
    @eval @inline function Base.getindex(A::$F, i::Int) where {T}
        @boundscheck checkbounds(A, i)
        return load(A.elements, i)
    end
    @eval @inline function Base.setindex!(A::$F, x, i::Int) where {T}
        @boundscheck checkbounds(A, i)
        store!(A.elements, convert(T, x)::T, i)
        return A
    end
end

# ---- memory ------------------------------------------------------------------------------------------

Base.elsize(::Type{<:LinaArray{T}}) where {T} = sizeof(T)
Base.strides(A::LinaArray) = is_packed(A.elements) ? fail_packed(A) : A.steps
Base.unsafe_convert(::Type{Ptr{T}}, A::LinaArray{T}) where {T} =
    convert(Ptr{T}, address(A.elements, A.first))

@noinline fail_packed(A::LinaArray{T}) where {T} =
    fail(:INVALID, "", "an array of $T that is not aligned to its type, with strides of $(A.steps) bytes, " *
         "has no strides in elements")

# The positions from the array's first element in memory to its last one.
function positions(A::LinaArray)
    isempty(A) && return A.first:A.first-1
    from, to = extent(positions_of_one(A.elements), A.size, A.steps)
    return A.first+from:A.first+to-1
end

# The range of bytes from an array's first to its last, if Lina can find them out.
span(A::LinaArray) = (p = positions(A); (address(A.elements, first(p)), address(A.elements, last(p) + 1)))
span(A::Array) = (pointer(A), pointer(A, length(A) + 1))
span(A::AbstractArray) = (C_NULL, C_NULL)

overlap((from, to), (first, last)) = max(UInt(from), UInt(first)) < min(UInt(to), UInt(last))

const Wrapper = Union{SubArray,Base.ReshapedArray,Base.ReinterpretArray,Adjoint,Transpose}
backing(A) = A
backing(A::Wrapper) = backing(parent(A))

# True if a write to one array may change the other. Julia asks this before it broadcasts or copies, and if so, copies
# the other one first. Julia itself only compares where memory begins, but aliases can overlap in any way.
Base.dataids(A::LinaArray) = Base.dataids(memory(A.elements))
Base.mightalias(A::LinaArray, B::LinaArray) = overlap(span(A), span(B))
Base.mightalias(A::AbstractArray, B::LinaArray) = Base.mightalias(B, A)
Base.mightalias(A::LinaArray, B::AbstractArray) = overlap(span(A), span(backing(B))) ||
    invoke(Base.mightalias, Tuple{AbstractArray,AbstractArray}, A, B)

# Copies only the bytes that it spans: it may be a small view of a large array.
function Base.unaliascopy(A::LinaArray{T,N,Order}) where {T,N,Order}
    p = positions(A)
    return LinaArray{T,N,Order}(copy_of(A.elements, p), A.first - first(p) + 1, A.size, A.steps)
end

function Base.showarg(io::IO, A::LinaArray{T,N,Order}, toplevel) where {T,N,Order}
    print(io, toplevel ? "" : "::", "LinaArray{", T, ",", N, "}")
    toplevel && print(io, Order === :strided ? " with strides $(A.steps)" : " in $Order order")
    toplevel && !is_writable(A.elements) && print(io, ", read-only")
    return nothing
end

# ---- views -------------------------------------------------------------------------------------------

const Range = Union{Int,Colon,OrdinalRange{Int}}

# A view by ranges is a LinaArray as well, so BLAS accepts it and an alias can be made of it.
function Base.view(A::LinaArray{T,N}, I::Vararg{Range,N}) where {T,N}
    checkbounds(A, I...)
    ranges = map(to_range, I, axes(A))
    first = isempty(A) ? A.first : position_of(A, map(Base.first, ranges))
    dims, steps = kept(I, ranges, A.steps)
    any(iszero, dims) && (first = A.first)
    return LinaArray{T,length(dims),:strided}(A.elements, first, dims, steps)
end

to_range(i::Int, axis) = i:i
to_range(::Colon, axis) = axis
to_range(r::OrdinalRange{Int}, axis) = r

position_of(A, I) = A.first + sum_of_steps(I, A.steps)

# Size and steps of the dimensions that remain: a number as an index removes a dimension.
kept(::Tuple{}, ::Tuple{}, ::Tuple{}) = (), ()
function kept(I::Tuple, ranges::Tuple, steps::Tuple)
    dims, rest = kept(Base.tail(I), Base.tail(ranges), Base.tail(steps))
    I[1] isa Int && return dims, rest
    return (length(ranges[1]), dims...), (step(ranges[1]) * steps[1], rest...)
end
