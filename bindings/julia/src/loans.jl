# loans.jl - next generations, which others see only when they are complete.

"""
    Lina.loan(f, [arena], name, T, dims; order = :F, timeout = nothing)
    Lina.loan([arena], name, T, dims; order = :F, timeout = nothing)

Calls `f(x)` with a new array `x` that no other process can see, and then publishes it as the next (or first)
generation of `name`. Readers see the old one or the new one, never a mix. If `f` throws, nothing is published. The
bytes of `x` are undefined at first. `x` stays valid afterwards. Returns the result of `f`, or, without `f`, a
[`Lina.Loan`](@ref). On a stream, it waits at most `timeout` seconds while a reader has the whole depth unread: see
[`Lina.follow`](@ref).

```julia
Lina.init_arena(1 << 16)
old = Lina.create_array("frame", Float64, (2,))
Lina.loan("frame", Float64, (3,)) do x
    x .= 1:3
end
@assert old == [0, 0] && Lina.array("frame") == [1, 2, 3]
Lina.shutdown()
```

Throws `LinaError` `:NO_MEMORY`, `:FULL`, `:INVALID`, `:READ_ONLY` or `:BUSY`. On a stream also `:TIMEOUT`, or
`:BEHIND` with a time-out of 0: the error's `loan` is then still a loan.
"""
function loan(f, arena::Arena, name::Name, T, dims; order = :F, timeout = nothing)
    next = loan(arena, name, T, dims; order = order, timeout = timeout)
    result = try
        f(next.array)
    catch
        release(next.view) # discards the loan
        rethrow()
    end
    publish(next)
    return result
end
loan(f, name::Name, T, dims; options...) = loan(f, default(), name, T, dims; options...)

# ---- without a function ------------------------------------------------------------------------------

"""
    Lina.Loan

The result of [`Lina.loan`](@ref) without a function: a new array, `loan.array`, that no other process can see before
[`Lina.publish`](@ref). [`Lina.discard`](@ref) gives it back, and so does the garbage collector.

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
    view::View # the core knows its address, which never changes
    name::String
    arena::Arena{Signal}
    timeout::Any
end

function loan(arena::Arena, name::Name, T, dims; order = :F, timeout = nothing)
    text = c_name(name, "array")
    deadline_of(timeout, text, "array")
    return disable_sigint() do
        loaned = View()
        try
            take_loan(loaned, arena, text, T, dims, order)
            return finalizer(l -> release(l.view), Loan(array_of(retain(loaned)), loaned, text, arena, timeout))
        catch
            release(loaned)
            rethrow()
        end
    end
end
loan(name::Name, T, dims; options...) = loan(default(), name, T, dims; options...)

Base.show(io::IO, l::Loan) = print(io, "Lina.Loan(", repr(l.name), ", ", summary(l.array), ")")

"""
    Lina.publish(loan; timeout = loan.timeout)

Makes the [`Lina.Loan`](@ref) the next generation of its name, and returns its array. Throws `LinaError` `:INVALID`
if it was published or discarded before. After `:BUSY`, it is still a loan.

```julia
Lina.init_arena(1 << 16)
next = Lina.loan("x", Int, (2,))
next.array .= 7
x = Lina.publish(next)
@assert x == Lina.array("x") == [7, 7]
Lina.shutdown()
```
"""
function publish(l::Loan; timeout = l.timeout)
    check_loan(l)
    rc = GC.@preserve l publish_within(l.arena, l.name, l.view, timeout)
    rc == OK && return l.array
    e = last_error(rc, l.name)
    is_late = rc == ERR_BEHIND && timeout !== nothing && timeout > 0
    rc == ERR_BEHIND && throw(LinaError(is_late ? :TIMEOUT : :BEHIND, e.name, e.message, l))
    throw(e)
end

"""
    Lina.discard(loan)

Gives the [`Lina.Loan`](@ref) back unpublished. Its array stays valid, and keeps its memory, while it is in use.

```julia
Lina.init_arena(1 << 16)
Lina.discard(Lina.loan("x", Int, (2,)))
@assert isempty(Lina.list())
Lina.shutdown()
```
"""
discard(l::Loan) = (end_loan(view -> ccall((:lina_discard, LIBRARY), Cint, (Ref{View},), view), l); nothing)

function end_loan(call, l::Loan)
    check_loan(l)
    rc = GC.@preserve l call(l.view)
    check(rc, l.name)
    return l.array
end

check_loan(l::Loan) = l.view.arena != C_NULL ||
    fail(:INVALID, l.name, "array \"$(l.name)\": its loan was published or discarded before")

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
