# order.jl - functions over all elements, in the order of memory.
#
# In memory, an array in C order is the same as an Array with reversed dimensions: its twin. A function that does not
# depend on the order of indices works on twins, as fast as on an Array.

const Plain{T} = Union{Vector{T},ReadOnly{Vector{T}}}
const DenseC{T,N} = LinaArray{T,N,:C,<:Plain{T}}
const DenseF{T,N} = LinaArray{T,N,:F,<:Plain{T}}
const Dense{T,N} = Union{DenseC{T,N},DenseF{T,N}}

# The twin shares the memory, even if that is read-only. Use it only for reading, or after check_writable.
twin(A::DenseC) = shared(memory(A.elements), reverse(A.size))
twin(A::DenseF) = shared(memory(A.elements), A.size)

writable_twin(A::Dense) = (check_writable(A.elements); twin(A))
check_writable(elements) = nothing
check_writable(r::ReadOnly) = fail_read_only(r.name)

# The reverse: an Array of Julia as an array in C order, with reversed dimensions.
flip(R::Array{T,N}) where {T,N} = LinaArray{T,N,:C}(vec(R), 1, reverse(size(R)),
                                                    contiguous(1, reverse(size(R)), Val(:C)))
flip(x) = x # one result for all elements

same_size(A, rest...) = all(B -> size(B) == size(A), rest)

# ---- reductions --------------------------------------------------------------------------------------

const Commutative = Union{typeof(+),typeof(Base.add_sum),typeof(min),typeof(max),typeof(|),typeof(&)}

function Base.mapreduce(f, op, A::DenseC{T,N}; dims = :, options...) where {T,N}
    op isa Commutative || dims isa Integer ||
        return invoke(mapreduce, Tuple{Any,Any,AbstractArray}, f, op, A; dims = dims, options...)
    return flip(mapreduce(f, op, twin(A); dims = reversed_dims(dims, N), options...))
end

# Dimensions beyond N stay as they are, because a reduction along them changes nothing.
reversed_dims(::Colon, N) = (:)
reversed_dims(dims, N) = map(d -> d <= N ? N + 1 - d : d, dims)

Base.mapreduce(f, op, A::DenseF; options...) = mapreduce(f, op, twin(A); options...)

# ---- map, fill, compare ------------------------------------------------------------------------------

function Base.map(f, A::DenseC, rest::DenseC...)
    same_size(A, rest...) || return invoke(map, Tuple{Any,AbstractArray,Vararg{AbstractArray}}, f, A, rest...)
    return flip(map(f, twin(A), map(twin, rest)...))
end

function Base.map!(f, dest::DenseC, A::DenseC, rest::DenseC...)
    same_size(dest, A, rest...) ||
        return invoke(map!, Tuple{Any,AbstractArray,AbstractArray,Vararg{AbstractArray}}, f, dest, A, rest...)
    map!(f, writable_twin(dest), twin(A), map(twin, rest)...)
    return dest
end

Base.fill!(A::Dense, x) = (fill!(writable_twin(A), x); A)
Base.:(==)(A::DenseC, B::DenseC) = same_size(A, B) && twin(A) == twin(B)

# ---- copies ------------------------------------------------------------------------------------------

Base.copyto!(dest::Array, src::DenseF) = copyto!(dest, twin(src))

function Base.copyto!(dest::Array, src::DenseC)
    same_size(dest, src) || return generic_copyto!(dest, src)
    return turn!(dest, twin(Base.unalias(dest, src)))
end

function Base.copyto!(dest::DenseC, src::Array)
    same_size(dest, src) || return generic_copyto!(dest, src)
    turn!(writable_twin(dest), Base.unalias(dest, src))
    return dest
end

function Base.copyto!(dest::DenseC, src::DenseC)
    same_size(dest, src) || return generic_copyto!(dest, src)
    copyto!(writable_twin(dest), twin(src))
    return dest
end

generic_copyto!(dest, src) = invoke(copyto!, Tuple{AbstractArray,AbstractArray}, dest, src)

# Copies from one order to the other, in blocks.
turn!(dest::Matrix, src::Matrix) = LinearAlgebra.transpose!(dest, src)
turn!(dest::Array{<:Any,N}, src::Array{<:Any,N}) where {N} =
    permutedims!(dest, src, ntuple(i -> N + 1 - i, N))

# ---- broadcasting ------------------------------------------------------------------------------------
#
# If all arrays in f.(A, …) are in C order or have fewer dimensions, the result is in C order.

using Base.Broadcast: Broadcast, Broadcasted, BroadcastStyle

struct OrderCStyle{N} <: Broadcast.AbstractArrayStyle{N} end
OrderCStyle{M}(::Val{N}) where {M,N} = OrderCStyle{N}()

Base.BroadcastStyle(::Type{<:DenseC{T,N}}) where {T,N} = OrderCStyle{N}()
Base.BroadcastStyle(c::OrderCStyle{N}, other::Broadcast.DefaultArrayStyle{N}) where {N} = other
Base.BroadcastStyle(c::OrderCStyle{M}, ::Broadcast.DefaultArrayStyle{N}) where {M,N} =
    N < M ? c : Broadcast.DefaultArrayStyle{N}()

Base.similar(bc::Broadcasted{OrderCStyle{N}}, ::Type{T}) where {T,N} =
    flip(Array{T,N}(undef, reverse(map(length, axes(bc)))))

function Base.copyto!(dest::DenseC, bc::Broadcasted{Nothing})
    axes(dest) == axes(bc) ||
        throw(DimensionMismatch("cannot broadcast what has axes $(axes(bc)) to axes $(axes(dest))"))
    is_turnable(dest, bc) || return generic_copyto!(dest, bc)
    to = writable_twin(dest)
    Broadcast.materialize!(to, turned(to, dest, bc))
    return dest
end

generic_copyto!(dest, bc::Broadcasted) =
    invoke(copyto!, Tuple{AbstractArray,Broadcasted{Nothing}}, dest, bc)

is_turnable(dest, bc::Broadcasted) = all(arg -> is_turnable(dest, arg), bc.args)
is_turnable(dest, ::DenseC) = true
is_turnable(dest, x::AbstractArray) = ndims(x) < ndims(dest)
is_turnable(dest, x::Tuple) = false
is_turnable(dest, x) = true

# The same expression over twins. Arrays that share memory with the array that is written to are copied first: Julia
# would do that, but not in all versions for a PermutedDimsArray. Only the array itself needs no copy, because its twin
# is the same object.
turned(to, dest, bc::Broadcasted) =
    Broadcast.broadcasted(bc.f, map(arg -> turned(to, dest, arg), bc.args)...)
turned(to, dest::DenseC{<:Any,N}, x::DenseC{<:Any,N}) where {N} =
    pointer(x) == pointer(dest) && same_size(dest, x) ? to : twin(Base.unalias(dest, x))
turned(to, dest, x::AbstractArray) = turned_array(Base.unalias(dest, x), Val(ndims(dest)))
turned(to, dest, x) = x

turned_array(x, ::Val{N}) where {N} = ndims(x) == 0 ? x :
    PermutedDimsArray(reshape(x, Val(N)), ntuple(i -> N + 1 - i, N))
