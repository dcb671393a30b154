# arrays.jl - looks up, creates, publishes and removes arrays by name.

"""
    Lina.array([arena], name)

The current generation of an array, without a copy. It is a real `Array` if it is in F order, which is Julia's own
(one dimension is in both orders), and otherwise a [`LinaArray`](@ref). `bf16` appears as raw `UInt16`.

The generation stays in place while the array lives, or any object that shares its memory (`reshape`, `view`,
`reinterpret`, …), whatever is published, removed or closed meanwhile. (Resizing it, as by `push!`, would move an
`Array` out of the arena. Before Julia 1.11, that throws.)

Throws `LinaError` `:NOT_FOUND`, or `:INVALID` for a dtype that Julia can only read as bytes
([`Lina.buffer`](@ref)).

```julia
Lina.init_arena(1 << 16)
Lina.create_array("x", Float64, (2, 3)) .= 1
x = Lina.array("x")
x[2, 3] = 7
@assert x isa Matrix{Float64} && Lina.array("x")[2, 3] == 7
Lina.shutdown()
```
"""
function array(arena::Arena, name::Name)
    text = c_name(name, "array")
    return disable_sigint(() -> array_of(acquire(arena, text)))
end
array(name::Name) = array(default(), name)

function array_of(view::View)
    T = julia_type(view.desc.dtype)
    if T === nothing
        name, dtype = view.desc.name, dtype_name(view.desc.dtype)
        release(view)
        fail(:INVALID, name, "array \"$name\": Julia has no type for $dtype; Lina.buffer shows its bytes")
    end
    return native(view, T, Val(ndims(view.desc)))
end

"""
    Lina.buffer([arena], name)

The bytes of an array as a `Vector{UInt8}`, without a copy (or as a read-only [`LinaArray`](@ref) if the arena is
attached read-only). Throws `LinaError` `:INVALID` for an alias that is not contiguous.

```julia
Lina.init_arena(1 << 16)
Lina.create_array("x", UInt16, (2,)) .= [1, 258]
@assert Lina.buffer("x") == [1, 0, 2, 1]
Lina.shutdown()
```
"""
function buffer(arena::Arena, name::Name)
    text = c_name(name, "array")
    return disable_sigint(() -> bytes_of(acquire(arena, text)))
end
buffer(name::Name) = buffer(default(), name)

function bytes_of(view::View)
    itemsize = Int(ccall((:lina_dtype_size, LIBRARY), Csize_t, (UInt32,), view.desc.dtype))
    n = Int(view.desc.nbytes)
    n == 0 && return empty_array(view, UInt8, (0,))
    if order_of(itemsize, size(view.desc), byte_strides(view.desc)) === :strided
        name = view.desc.name
        release(view)
        fail(:INVALID, name, "array \"$name\": its elements do not lie side by side")
    end
    bytes = holding(view, view.data, n)
    is_read_only(view) || return bytes
    return LinaArray{UInt8,1,:F}(ReadOnly(bytes, view.desc.name), 1, (n,), (1,))
end

# ---- descriptors -------------------------------------------------------------------------------------

"""
    Lina.open_desc([arena], name)

The [`Lina.Descriptor`](@ref) of the current generation. A program may make a raw pointer of it, so the memory of
this generation is not used again before [`Lina.reclaim`](@ref) or [`Lina.shutdown`](@ref). [`Lina.array`](@ref)
does not have this effect.

```julia
Lina.init_arena(1 << 16)
Lina.create_array("x", Int32, (2, 3); order = :C)
d = Lina.open_desc("x")
@assert d.nbytes == 24 && d.strides == (12, 4) && d.generation == 1
Lina.shutdown()
```
"""
function open_desc(arena::Arena, name::Name)
    text = c_name(name, "array")
    out = Ref{Descriptor}()
    check(reading(() -> ccall((:lina_arena_open, LIBRARY), Cint, (Ptr{Cvoid}, Cstring, Ref{Descriptor}),
                              arena.handle, text, out), arena), text)
    return out[]
end
open_desc(name::Name) = open_desc(default(), name)

"""
    lina_open_desc(name)

The descriptor of an array of the default arena. Lina's first README used this name:

```julia
Lina.init_arena(4096)
Lina.create_array("input", Float64, (16,)) .= 1:16

base = ccall((:lina_shared_base, "liblina_core"), Ptr{UInt8}, ())
desc = lina_open_desc("input")
ptr = base + UInt(desc.offset)
len = Int(desc.nbytes ÷ 8)
A = unsafe_wrap(Array, Ptr{Float64}(ptr), len; own=false)
@assert A == 1:16
Lina.shutdown()
```

`own=false` is essential, because Julia must not free Lina's memory. [`Lina.array`](@ref) does all of this, and
also keeps the memory in place.
"""
lina_open_desc(name) = open_desc(name)

"""
    Lina.list([arena])

The descriptors of all arrays, in no particular order.

```julia
Lina.init_arena(1 << 16)
Lina.create_array("x", Int32, (2, 3))
@assert [(d.name, size(d)) for d in Lina.list()] == [("x", (2, 3))]
Lina.shutdown()
```
"""
function list(arena::Arena = default())
    return listed(Descriptor) do out, cap, written
        reading(() -> ccall((:lina_arena_list, LIBRARY), Cint,
            (Ptr{Cvoid}, Ptr{Descriptor}, Csize_t, Ref{Csize_t}, Ptr{Csize_t}), arena.handle, out, cap,
            written, C_NULL), arena)
    end
end

# All items that `call` lists. It has some spare room, because others may add items meanwhile.
function listed(call, ::Type{T}) where {T}
    found = Vector{T}(undef, 16)
    written = Ref{Csize_t}(0)
    while true
        check(GC.@preserve(found, call(pointer(found), length(found), written)), "")
        written[] < length(found) && return resize!(found, written[])
        resize!(found, 2 * length(found))
    end
end

# ---- names -------------------------------------------------------------------------------------------

c_shape(dims, name) = (check_dims(dims, name); UInt64[d for d in dims])

function check_dims(dims, name)
    all_int64(dims) && all(>=(0), dims) ||
        fail(:INVALID, name, "array \"$name\": $dims is no shape")
    length(dims) <= MAX_DIMS ||
        fail(:INVALID, name, "array \"$name\": $(length(dims)) dimensions, of at most $MAX_DIMS")
end

# True if it is a tuple, an array or the like, of numbers that fit Int64.
all_int64(numbers) = applicable(iterate, numbers) &&
    all(n -> n isa Integer && typemin(Int64) <= n <= typemax(Int64), numbers)

function c_layout(order, name)
    order === :F && return LAYOUT_F
    order === :C && return LAYOUT_C
    fail(:INVALID, name, "array \"$name\": its order is :F or :C, not $(repr(order))")
end

"""
    Lina.create_array([arena], name, T, dims; order = :F, exist_ok = false)

Publishes a new array of zeroes and returns it as [`Lina.array`](@ref) does. `T` is a type of Julia or the name of
a dtype (`"f64"`, `"bf16"`). `order` is `:F`, Julia's own, or `:C`, NumPy's. With `exist_ok`, returns an existing
array of that name if it has this dtype, shape and order.

Throws `LinaError` `:EXISTS`, `:NO_MEMORY`, `:FULL`, `:INVALID` or `:READ_ONLY`.

```julia
Lina.init_arena(1 << 16)
x = Lina.create_array("x", Float64, (2, 3))
y = Lina.create_array("y", "f32", (2, 3); order = :C)
@assert x isa Matrix{Float64} && y isa LinaArray{Float32,2} && iszero(y)
x[2, 3] = 7
@assert Lina.create_array("x", Float64, (2, 3); exist_ok = true)[2, 3] == 7
Lina.shutdown()
```
"""
create_array(arena::Arena, name::Name, T, dims; order = :F, exist_ok = false) =
    publish_zeroes(arena, name, T, dims, order) do handle, text, dtype, shape, layout
        if exist_ok
            ccall((:lina_ensure_array, LIBRARY), Cint,
                  (Ptr{Cvoid}, Cstring, UInt32, UInt32, Ptr{UInt64}, UInt32, Ptr{Cvoid}),
                  handle, text, dtype, length(shape), shape, layout, C_NULL)
        else
            ccall((:lina_arena_create_array, LIBRARY), Cint,
                  (Ptr{Cvoid}, Cstring, UInt32, UInt32, Ptr{UInt64}, UInt32, Ptr{Cvoid}),
                  handle, text, dtype, length(shape), shape, layout, C_NULL)
        end
    end
create_array(name::Name, T, dims; options...) = create_array(default(), name, T, dims; options...)

"""
    Lina.create_records([arena], name, fields, dims; exist_ok = false)

Makes an array `name.field` for each field of a record, and returns them as a named tuple. `fields` are pairs of a
name and a type. If one array cannot be made, none is. Otherwise as [`Lina.create_array`](@ref).

```julia
Lina.init_arena(1 << 16)
p = Lina.create_records("p", (x = Float64, id = Int32), 10)
p.x[3] = 0.5
@assert Lina.array("p.x")[3] == 0.5 && eltype(p.id) === Int32
Lina.shutdown()
```
"""
function create_records(arena::Arena, name::Name, fields, dims; exist_ok = false)
    made, arrays = String[], Pair{Symbol,AbstractArray}[]
    try
        for (field, T) in pairs_of(fields)
            full = string(name, '.', field)
            push!(arrays, Symbol(field) => create_field(arena, full, T, dims, exist_ok, made))
        end
    catch
        foreach(full -> remove(arena, full), made)
        rethrow()
    end
    return (; arrays...)
end
create_records(name::Name, fields, dims; exist_ok = false) =
    create_records(default(), name, fields, dims; exist_ok = exist_ok)

pairs_of(fields::Union{NamedTuple,AbstractDict}) = pairs(fields)
pairs_of(fields) = fields # pairs already, in the caller's order

function create_field(arena, full, T, dims, exist_ok, made)
    try
        x = create_array(arena, full, T, dims)
        push!(made, full)
        return x
    catch e
        exist_ok && e isa LinaError && e.code === :EXISTS || rethrow()
        return create_array(arena, full, T, dims; exist_ok = true)
    end
end

"""
    Lina.republish([arena], name, T, dims; order = :F)

Publishes the next (or first) generation of an array, with zeroes, and returns it as [`Lina.array`](@ref) does.
Arrays of older generations keep their bytes.

```julia
Lina.init_arena(1 << 16)
old = Lina.create_array("x", Int, (2,))
old .= 7
@assert Lina.republish("x", Int, (3,)) == [0, 0, 0] && old == [7, 7]
Lina.shutdown()
```
"""
republish(arena::Arena, name::Name, T, dims; order = :F) =
    publish_zeroes(arena, name, T, dims, order) do handle, text, dtype, shape, layout
        ccall((:lina_republish, LIBRARY), Cint,
              (Ptr{Cvoid}, Cstring, UInt32, UInt32, Ptr{UInt64}, UInt32, Ptr{Cvoid}),
              handle, text, dtype, length(shape), shape, layout, C_NULL)
    end
republish(name::Name, T, dims; order = :F) =
    republish(default(), name, T, dims; order = order)

function publish_zeroes(call, arena, name, T, dims, order)
    text = c_name(name, "array")
    dtype, shape, layout = dtype_of(T, text), c_shape(dims, text), c_layout(order, text)
    check(with_room(() -> reading(() -> call(arena.handle, text, dtype, shape, layout), arena)), text)
    return array(arena, text)
end

create_array(arena::Arena, name::Name, T, dims::Integer; options...) =
    create_array(arena, name, T, (dims,); options...)
republish(arena::Arena, name::Name, T, dims::Integer; order = :F) =
    republish(arena, name, T, (dims,); order = order)

"""
    Lina.remove([arena], name)

Removes an array. Julia arrays of it stay valid. Throws `LinaError` `:NOT_FOUND`.

```julia
Lina.init_arena(1 << 16)
x = Lina.create_array("x", Int, (2,))
Lina.remove("x")
@assert isempty(Lina.list()) && x == [0, 0]
Lina.shutdown()
```
"""
remove(arena::Arena, name::Name) = by_name(arena, name) do handle, text
    ccall((:lina_remove, LIBRARY), Cint, (Ptr{Cvoid}, Cstring), handle, text)
end
remove(name::Name) = remove(default(), name)

"""
    Lina.reclaim([arena], name)

Promises that no process has a raw pointer to an old generation of `name` any more ([`Lina.open_desc`](@ref) makes
such pointers possible). Their memory can then be used again.

```julia
Lina.init_arena(1 << 16)
Lina.create_array("x", UInt8, (4096,))
Lina.open_desc("x")                        # a program may have a raw pointer now
Lina.republish("x", UInt8, (4096,))
@assert Lina.info().held == 1
Lina.reclaim("x")                          # says that no pointer is left
GC.gc()                                    # and no Array is left, either
@assert Lina.info().held == 0
Lina.shutdown()
```
"""
reclaim(arena::Arena, name::Name) = by_name(arena, name) do handle, text
    ccall((:lina_arena_reclaim, LIBRARY), Cint, (Ptr{Cvoid}, Cstring), handle, text)
end
reclaim(name::Name) = reclaim(default(), name)

function by_name(call, arena, name)
    text = c_name(name, "array")
    check(reading(() -> call(arena.handle, text), arena), text)
    return nothing
end
