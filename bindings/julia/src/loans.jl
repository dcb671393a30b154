# loans.jl - next generations that nobody sees before they are whole.

"""
    Lina.loan(f, [arena], name, T, dims; order = :F)

Calls `f(x)` with a new array `x` that nobody else can see, and then publishes it as the next (or first)
generation of `name`: readers see the old one or the new one, whole, never a mix. If `f` throws, nothing
is published. `x` holds whatever bytes were there, and stays valid afterwards. Returns what `f` returns.

```julia
Lina.init_arena(1 << 16)
old = Lina.create_array("frame", Float64, (2,))
Lina.loan("frame", Float64, (3,)) do x
    x .= 1:3
end
@assert old == [0, 0] && Lina.array("frame") == [1, 2, 3]
Lina.shutdown()
```

Throws `LinaError` `:NO_MEMORY`, `:FULL`, `:INVALID`, `:READ_ONLY` or `:BUSY`.
"""
function loan(f, arena::Arena, name::Name, T, dims; order = :F)
    text = c_name(name, "array")
    loaned = View()
    try
        take_loan(loaned, arena, text, T, dims, order)
        # A second hold for the array, since publishing ends the first.
        result = f(disable_sigint(() -> array_of(retain(loaned))))
        check(ccall((:lina_publish, LIBRARY), Cint, (Ref{View},), loaned), text)
        return result
    finally
        release(loaned) # which discards it, unless it was published
    end
end
loan(f, name::Name, T, dims; order = :F) = loan(f, default(), name, T, dims; order = order)

function take_loan(view, arena, name, T, dims, order)
    dtype, shape, layout = dtype_of(T, name), c_shape(dims, name), c_layout(order, name)
    relieve(arena)
    take() = reading(() -> ccall((:lina_loan, LIBRARY), Cint,
        (Ptr{Cvoid}, Cstring, UInt32, UInt32, Ptr{UInt64}, UInt32, Ref{View}),
        arena.handle, name, dtype, length(shape), shape, layout, view), arena)
    check(with_room(take), name)
    note_hold(arena, view)
    return nothing
end

function retain(view::View)
    second = View()
    check(ccall((:lina_retain, LIBRARY), Cint, (Ref{View}, Ref{View}), view, second), view.desc.name)
    return second
end
