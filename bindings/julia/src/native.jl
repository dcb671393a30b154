# native.jl - makes an Array of a view if possible, and otherwise a LinaArray.

# The contiguous order of the strides. The stride of an extent of 1 is never used, so it may be any number.
function order_of(itemsize, dims::Dims, strides)
    fits_order(strides, contiguous(itemsize, dims, Val(:F)), dims) && return :F
    fits_order(strides, contiguous(itemsize, dims, Val(:C)), dims) && return :C
    return :strided
end

fits_order(strides, whole, dims) = all(((s, w, d),) -> d == 1 || s == w, zip(strides, whole, dims))

# The array of a view, as an Array if that is possible. The result holds the view. Everything below is compiled for the
# type and the number of dimensions.
function native(view::View, ::Type{T}, ::Val{N}) where {T,N}
    dims = ntuple(i -> Int(getfield(view.desc, :shape)[i]), Val(N))
    strides = ntuple(i -> dims[i] == 1 ? 0 : Int(getfield(view.desc, :strides)[i]), Val(N))
    prod(dims) == 0 && return empty_array(view, T, dims)
    order = order_of(sizeof(T), dims, strides)
    if order === :F && !is_read_only(view) && is_aligned(T, view.data, strides)
        return shared(holding(view, convert(Ptr{T}, view.data), prod(dims)), dims)
    end
    return strided(view, T, dims, strides, order)
end

is_aligned(::Type{T}, data::Ptr, strides) where {T} =
    UInt(data) % Base.datatype_alignment(T) == 0 && all(s -> s % sizeof(T) == 0, strides)

function strided(view::View, ::Type{T}, dims, strides, order) where {T}
    from, to = extent(sizeof(T), dims, strides)
    lowest = view.data + from
    if is_aligned(T, lowest, strides)
        elements = holding(view, convert(Ptr{T}, lowest), (to - from) ÷ sizeof(T))
        return lina_array(T, access(elements, view), -from ÷ sizeof(T) + 1, dims,
                          strides .÷ sizeof(T), order)
    end
    packed = Packed{T}(holding(view, lowest, to - from))
    return LinaArray{T,length(dims),:strided}(access(packed, view), 1 - from, dims, strides)
end

# The range of bytes that elements with these strides span, relative to the first element.
function extent(itemsize, dims, strides)
    reach = (dims .- 1) .* strides
    return reduce(+, min.(reach, 0); init = 0), reduce(+, max.(reach, 0); init = 0) + itemsize
end

access(elements, view::View) =
    is_read_only(view) ? ReadOnly(elements, view.desc.name) : elements

function lina_array(::Type{T}, elements, first, dims::Dims{N}, steps, order) where {T,N}
    order === :F && return LinaArray{T,N,:F}(elements, first, dims, contiguous(1, dims, Val(:F)))
    order === :C && return LinaArray{T,N,:C}(elements, first, dims, contiguous(1, dims, Val(:C)))
    return LinaArray{T,N,:strided}(elements, first, dims, steps)
end
