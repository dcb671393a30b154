# elements.jl - the memory of a LinaArray: all elements that it spans, in memory order, numbered from 1.
#
#   Vector{T}    the usual case
#   Packed{T}    elements that do not lie at multiples of their size; positions count bytes
#   ReadOnly     one of these two, in an arena that is attached read-only

struct Packed{T}
    bytes::Vector{UInt8}
end

struct ReadOnly{E}
    elements::E
    name::String # the array's name, for the error
end

@inline load(v::Vector, i::Int) = @inbounds v[i]
@inline store!(v::Vector, x, i::Int) = @inbounds v[i] = x

@inline load(p::Packed{T}, i::Int) where {T} =
    GC.@preserve p unsafe_load(convert(Ptr{T}, pointer(p.bytes, i)))
@inline store!(p::Packed{T}, x, i::Int) where {T} =
    GC.@preserve p unsafe_store!(convert(Ptr{T}, pointer(p.bytes, i)), x)

@inline load(r::ReadOnly, i::Int) = load(r.elements, i)
store!(r::ReadOnly, x, i::Int) = fail_read_only(r.name)

@noinline fail_read_only(name) =
    fail(:READ_ONLY, name, "array \"$name\": the arena was attached read-only")

# The memory itself, and the place of position `i` in it.
memory(v::Vector) = v
memory(p::Packed) = p.bytes
memory(r::ReadOnly) = memory(r.elements)

@inline address(e, i::Int) = pointer(memory(e), i)

is_writable(e) = true
is_writable(::ReadOnly) = false

is_packed(e) = false
is_packed(::Packed) = true
is_packed(r::ReadOnly) = is_packed(r.elements)

positions_of_one(v::Vector) = 1
positions_of_one(p::Packed{T}) where {T} = sizeof(T)
positions_of_one(r::ReadOnly) = positions_of_one(r.elements)

# A copy of the elements at these positions, in Julia's own memory.
copy_of(v::Vector, positions) = v[positions]
copy_of(p::Packed{T}, positions) where {T} = Packed{T}(p.bytes[positions])
copy_of(r::ReadOnly, positions) = ReadOnly(copy_of(r.elements, positions), r.name)
