# aliases.jl - gives parts of arrays their own names.

"""
    Lina.alias([arena], name, base; offset = 0, shape, strides = nothing, order = :F, T = nothing)
    Lina.alias([arena], name, part)

Gives a part of an array its own name. The part begins `offset` bytes into the array named `base`. Its byte
`strides` may be negative or zero, as long as every element lies inside. Without `strides`, it is contiguous in
`order`. Instead of a name, the base can be a `view` of a Lina array, or any array with strides and a pointer
into the arena. With `T`, a type or the name of a dtype, the bytes are read as another type, such as a field of
records. Returns the alias as [`Lina.array`](@ref) does.

```julia
Lina.init_arena(1 << 16)
x = Lina.create_array("frame", UInt8, (4, 3, 3); order = :C)
red = Lina.alias("red", view(x, :, :, 1))
x[2, 3, 1] = 255
@assert red[2, 3] == Lina.array("red")[2, 3] == 255
@assert Lina.open_desc("red").strides == (9, 3)
words = Lina.alias("words", "frame"; shape = (9,), T = UInt32)
@assert words isa Vector{UInt32}
Lina.shutdown()
```
"""
function alias(arena::Arena, name::Name, base::Name; offset = 0, shape,
               strides = nothing, order = :F, T = nothing)
    text, below = c_name(name, "array"), c_name(base, "array")
    dims = c_shape(shape, text)
    dtype = T === nothing ? nothing : dtype_of(T, text)
    steps = strides !== nothing ? strides :
        alias_strides(text, dtype === nothing ? dtype_of_array(arena, below) : dtype, dims, order)
    all_int64(steps) || fail(:INVALID, text, "array \"$text\": $steps are no strides in bytes")
    length(steps) == length(dims) ||
        fail(:INVALID, text, "array \"$text\": shape $shape and strides $strides differ in length")
    offset isa Integer && 0 <= offset <= typemax(Int64) ||
        fail(:INVALID, text, "array \"$text\": $offset is no offset in bytes")
    return make_alias(arena, text, below, UInt64(offset), dtype, dims, Int64[s for s in steps])
end
alias(name::Name, base::Name; options...) = alias(default(), name, base; options...)

dtype_of_array(arena, name) = disable_sigint() do
    view = acquire(arena, name)
    release(view)
    view.desc.dtype
end

function alias_strides(name, dtype, dims, order)
    c_layout(order, name)
    itemsize = Int(ccall((:lina_dtype_size, LIBRARY), Csize_t, (UInt32,), dtype))
    # If the product overflows, the core refuses the shape, whatever the strides are.
    return contiguous(itemsize, Tuple(d % Int for d in dims), Val(order))
end

# Without a dtype, the alias has the dtype of its base.
function make_alias(arena, name, base, offset, dtype, dims, strides)
    rc = with_room() do
        reading(arena) do
            dtype === nothing ?
                ccall((:lina_alias, LIBRARY), Cint,
                      (Ptr{Cvoid}, Cstring, Cstring, UInt64, UInt32, Ptr{UInt64}, Ptr{Int64}),
                      arena.handle, name, base, offset, length(dims), dims, strides) :
                ccall((:lina_alias_as, LIBRARY), Cint,
                      (Ptr{Cvoid}, Cstring, Cstring, UInt64, UInt32, UInt32, Ptr{UInt64}, Ptr{Int64}),
                      arena.handle, name, base, offset, dtype, length(dims), dims, strides)
        end
    end
    check(rc, name)
    return array(arena, name)
end

function alias(arena::Arena, name::Name, part::AbstractArray{T}) where {T}
    text = c_name(name, "array")
    check_open(arena)
    isempty(part) && return empty_alias(arena, text, part)
    at, steps = place_of(arena, text, part)
    d = base_at(arena, at, text)
    check_elements(T, d, text)
    return make_alias(arena, text, d.name, UInt64(at) - d.offset, nothing, UInt64[size(part)...],
                      Int64[s * sizeof(T) for s in steps])
end
alias(name::Name, part::AbstractArray) = alias(default(), name, part)

# A part without elements may begin beyond the end of its base, so only its base counts.
function empty_alias(arena, name, part)
    whole = backing(part)
    whole isa LinaArray && (whole = memory(whole.elements)) # which has elements
    d = isempty(whole) ? empty_base(arena, name, whole) : base_at(arena, first(place_of(arena, name, whole)), name)
    check_elements(eltype(part), d, name)
    return alias(arena, name, d.name; shape = size(part))
end

function empty_base(arena, name, whole)
    d = empty_desc(arena, whole)
    d === nothing && fail(:INVALID, name, "array \"$name\": what it should show has no elements, and so no place in " *
        "the arena: name its base, as in Lina.alias(\"$name\", base; shape = $(size(whole)))")
    now = attempt(() -> open_desc(arena, d.name))
    now !== nothing && (now.generation, now.reserved) == (d.generation, d.reserved) || fail_stale(name)
    return d
end

# Where the part begins in the arena, in bytes, and its strides, in elements.
function place_of(arena, name, part)
    steps, place = try
        strides(part), pointer(part)
    catch
        fail(:INVALID, name, "array \"$name\": what it should show has no strides: $(typeof(part))")
    end
    base = reading(() -> ccall((:lina_arena_base, LIBRARY), Ptr{UInt8}, (Ptr{Cvoid},), arena.handle), arena)
    return (GC.@preserve part (UInt(place) - UInt(base)) % Int), steps
end

check_elements(T, d, name) = eltype(d) === T ||
    fail(:INVALID, name, "array \"$name\": the elements of \"$(d.name)\" are no $T")

const FLAG_ALIAS = UInt32(1)

# The array (not an alias) whose current generation has the byte at `at`.
function base_at(arena, at, name)
    for d in list(arena)
        d.flags & FLAG_ALIAS == 0 && d.offset <= at < d.offset + d.nbytes && return d
    end
    size = reading(() -> ccall((:lina_arena_size, LIBRARY), Csize_t, (Ptr{Cvoid},), arena.handle), arena)
    0 <= at < size && fail_stale(name)
    fail(:INVALID, name, "array \"$name\": what it should show does not lie in the arena (x[…] is a copy " *
         "in Julia's own memory: use view(x, …))")
end

fail_stale(name) = fail(:STALE, name, "array \"$name\": what it should show is not part of a current array")
