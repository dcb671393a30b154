# descriptors.jl - lina_desc_t, field for field.

const MAX_NAME = 64
const MAX_DIMS = 8

"""
    Lina.Descriptor

Where the bytes of an array are and how to read them: the `lina_desc_t` of the C API. Its properties are
`name` (a `String`), `offset` (of element (1, 1, …), from `lina_shared_base()`), `nbytes`,
`capacity_bytes`, `dtype`, `ndim`, `shape`, `strides` (tuples of `ndim` numbers; strides are bytes),
`layout` (0 C order, 1 F order, 2 any strides), `generation`, `flags` and `reserved`. `eltype`, `size`
and `ndims` work on it.

```julia
Lina.init_arena(4096)
Lina.create_array("input", Float32, (2, 3))
d = Lina.open_desc("input")
@assert (d.name, size(d), d.strides, eltype(d)) == ("input", (2, 3), (4, 8), Float32)
Lina.shutdown()
```
"""
struct Descriptor
    name::NTuple{MAX_NAME,UInt8}
    offset::UInt64
    nbytes::UInt64
    capacity_bytes::UInt64
    dtype::UInt32
    ndim::UInt32
    shape::NTuple{MAX_DIMS,UInt64}
    strides::NTuple{MAX_DIMS,Int64}
    layout::UInt32
    generation::UInt32
    flags::UInt32
    reserved::UInt32
end

const LAYOUT_C = UInt32(0)
const LAYOUT_F = UInt32(1)

# The text that C wrote, up to the zero.
function text(bytes::NTuple{N,UInt8}) where {N}
    n = something(findfirst(iszero, bytes), N + 1) - 1
    box = Ref(bytes)
    return GC.@preserve box unsafe_string(Ptr{UInt8}(pointer_from_objref(box)), n)
end

Base.ndims(d::Descriptor) = Int(min(getfield(d, :ndim), MAX_DIMS))
Base.size(d::Descriptor) = ntuple(i -> Int(getfield(d, :shape)[i]), ndims(d))
byte_strides(d::Descriptor) = ntuple(i -> Int(getfield(d, :strides)[i]), ndims(d))

function Base.eltype(d::Descriptor)
    T = julia_type(getfield(d, :dtype))
    return T === nothing ? UInt8 : T
end

function Base.getproperty(d::Descriptor, field::Symbol)
    field === :name && return text(getfield(d, :name))
    field === :shape && return size(d)
    field === :strides && return byte_strides(d)
    return getfield(d, field)
end

function Base.show(io::IO, d::Descriptor)
    print(io, "Lina.Descriptor(", repr(d.name), ", ", dtype_name(d.dtype), ", ", size(d))
    print(io, ", strides = ", d.strides, ", generation = ", Int(d.generation))
    print(io, ", offset = 0x", string(d.offset, base = 16), ", nbytes = ", Int(d.nbytes), ")")
end

# The byte strides of contiguous elements; the first index is the fastest (:F), or the last one (:C).
contiguous(step, dims::Dims, ::Val{:F}) = grow(step, dims)
contiguous(step, dims::Dims, ::Val{:C}) = reverse(grow(step, reverse(dims)))

grow(step, ::Tuple{}) = ()
grow(step, dims::Dims) = (step, grow(step * dims[1], Base.tail(dims))...)
