# loans.jl - next generations that nobody sees before they are whole.

"""
    Lina.loan(f, [arena], name, T, dims; order = :F)
    Lina.loan([arena], name, T, dims; order = :F)

Calls `f(x)` with a new array `x` that nobody else can see, and then publishes it as the next (or first)
generation of `name`: readers see the old one or the new one, whole, never a mix. If `f` throws, nothing
is published. `x` holds whatever bytes were there, and stays valid afterwards. Returns what `f` returns;
without `f`, a [`Lina.Loan`](@ref).

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

# ---- without a function ------------------------------------------------------------------------------

"""
    Lina.Loan

What [`Lina.loan`](@ref) gives where it is not given a function: a new array, `loan.array`, that nobody else
can see before [`Lina.publish`](@ref). [`Lina.discard`](@ref) gives it back, and so does the collector.

```julia
Lina.init_arena(1 << 16)
next = Lina.loan("frame", Float64, (3,))
next.array .= 1:3
Lina.publish(next)
@assert Lina.array("frame") == [1, 2, 3]
Lina.shutdown()
```
"""
mutable struct Loan{A<:AbstractArray}
    array::A
    view::View # where the core knows it: it stays where it is
    name::String
end

function loan(arena::Arena, name::Name, T, dims; order = :F)
    text = c_name(name, "array")
    return disable_sigint() do
        loaned = View()
        try
            take_loan(loaned, arena, text, T, dims, order)
            return finalizer(l -> release(l.view), Loan(array_of(retain(loaned)), loaned, text))
        catch
            release(loaned)
            rethrow()
        end
    end
end
loan(name::Name, T, dims; order = :F) = loan(default(), name, T, dims; order = order)

Base.show(io::IO, l::Loan) = print(io, "Lina.Loan(", repr(l.name), ", ", summary(l.array), ")")

"""
    Lina.publish(loan)

Makes the [`Lina.Loan`](@ref) the next generation of its name, and gives its array. Throws `LinaError`
`:INVALID` where it was published or discarded before; after `:BUSY` it still is a loan.

```julia
Lina.init_arena(1 << 16)
next = Lina.loan("x", Int, (2,))
next.array .= 7
x = Lina.publish(next)
@assert x == Lina.array("x") == [7, 7]
Lina.shutdown()
```
"""
publish(l::Loan) = end_loan(view -> ccall((:lina_publish, LIBRARY), Cint, (Ref{View},), view), l)

"""
    Lina.discard(loan)

Gives the [`Lina.Loan`](@ref) back unpublished. Its array stays valid, and keeps its memory, while somebody has it.

```julia
Lina.init_arena(1 << 16)
Lina.discard(Lina.loan("x", Int, (2,)))
@assert isempty(Lina.list())
Lina.shutdown()
```
"""
discard(l::Loan) = (end_loan(view -> ccall((:lina_discard, LIBRARY), Cint, (Ref{View},), view), l); nothing)

function end_loan(call, l::Loan)
    rc = GC.@preserve l call(l.view)
    check(rc, l.name)
    return l.array
end

# ------------------------------------------------------------------------------------------------------

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
