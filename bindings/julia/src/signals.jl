# signals.jl - timeline counters, which Julia reads directly from the shared words.
#
#     value    = word >> 1                (the lowest bit says that a thread waits)
#     is set   = word >> 1 != cleared
#     is there = current == incarnation   (checked last: if true, the other words belong to this signal)

"""
    Lina.Signal([arena], name)

A signal by handle. Every function that takes a signal's name also takes this, and then skips the look-up. Makes the
signal if there is none. Its use throws `LinaError` `:NOT_FOUND` after [`Lina.remove_signal`](@ref).

```julia
Lina.init_arena(4096)
s = Lina.Signal("data_ready")
@assert !Lina.try_wait(s)
Lina.signal(s)
@assert Lina.try_wait(s) && Lina.value("data_ready") == 1
Lina.shutdown()
```
"""
Signal

function Signal(arena::Arena, name::Name)
    text = c_name(name, "signal")
    handle = Ref{SignalHandle}()
    check(reading(() -> ccall((:lina_signal_open, LIBRARY), Cint, (Ptr{Cvoid}, Cstring, Ref{SignalHandle}),
                              arena.handle, text, handle), arena), text)
    return Signal(text, arena, handle)
end
Signal(name::Name) = Signal(default(), name)

Base.show(io::IO, s::Signal) = print(io, "Lina.Signal(", repr(s.name), ")")

# ---- words -------------------------------------------------------------------------------------------

@static if VERSION >= v"1.10"
    @inline acquire_load(p::Ptr{UInt64}) = unsafe_load(p, :acquire)
else
    @inline acquire_load(p::Ptr{UInt64}) = Base.llvmcall("""
        %p = inttoptr i64 %0 to i64*
        %v = load atomic i64, i64* %p acquire, align 8
        ret i64 %v""", UInt64, Tuple{Ptr{UInt64}}, p)
end

@inline counter(s::Signal) = acquire_load(s.word) >> 1
@inline is_there(s::Signal) = acquire_load(s.current) == s.incarnation

# `nothing` if the signal was removed.
@inline function count_of(s::Signal)
    n = counter(s)
    return is_there(s) ? Int(n) : nothing
end
@inline function is_set(s::Signal)
    differs = counter(s) != acquire_load(s.cleared)
    return is_there(s) ? differs : nothing
end

@inline there(looked, s::Signal) = looked === nothing ? fail_removed(s) : looked
@noinline fail_removed(s::Signal) = fail(:NOT_FOUND, s.name, "signal \"$(s.name)\": it was removed")

# ---- by name -----------------------------------------------------------------------------------------
#
# A cache of the signals used last, by the address of the name: a literal in a program is always the same String. An
# entry keeps its String alive, so no other String can have the address. A closed arena has no entries.

const RECENT = 256
const NO_SIGNAL = Signal(nothing)

@inline place(name::String) = (UInt(pointer(name)) >> 4) % RECENT + 1

@inline function recent(arena::Arena, name::String)
    s = @inbounds arena.recent[place(name)]
    return pointer(s.name) === pointer(name) ? s : nothing
end

# Not if this module does not keep the default arena open: then its words may go away at any time.
function remember!(s::Signal)
    s.arena === default() && !JOINED[] && return s
    reading(() -> (@inbounds s.arena.recent[place(s.name)] = s), s.arena)
    return s
end

# Finds the signal, or makes it if there is none.
function signal_of(arena::Arena, name::String)
    s = recent(arena, name)
    return s === nothing || !is_there(s) ? remember!(Signal(arena, name)) : s
end
signal_of(arena::Arena, name::Name) = signal_of(arena, String(name))

# Finds the signal without making it. `nothing` if there is none.
@noinline function find_signal(arena::Arena, name::Name)
    text = c_name(name, "signal")
    value = Ref{UInt64}(0)
    check(reading(() -> ccall((:lina_arena_signal_value, LIBRARY), Cint, (Ptr{Cvoid}, Cstring, Ref{UInt64}),
                              arena.handle, text, value), arena), text)
    return value[] == 0 ? nothing : remember!(Signal(arena, text))
end

# ---- functions for users -----------------------------------------------------------------------------

"""
    Lina.signal([arena], name, [n])

Adds `n`, by default 1, to the signal's counter, and wakes all waiters. After its wait, a waiter sees everything that
this task wrote before, in every language and process. Throws `LinaError` `:INVALID` if the counter would pass
2^63 - 1.

```julia
Lina.init_arena(1 << 16)
Lina.signal("ready")
Lina.signal("ready", 4)
@assert Lina.value("ready") == 5
Lina.shutdown()
```
"""
function signal(s::Signal)
    check_open(s.arena)
    is_there(s) || fail_removed(s)
    ccall(RAISE[], Cvoid, (Ref{SignalHandle},), s.handle)
    return nothing
end
function signal(s::Signal, n::Integer)
    0 <= n <= typemax(Int64) || fail(:INVALID, s.name, "signal \"$(s.name)\": $n cannot be added")
    check(reading(() -> ccall((:lina_signal_raise_by, LIBRARY), Cint, (Ref{SignalHandle}, UInt64), s.handle, n),
                  s.arena), s.name)
    return nothing
end

"""
    Lina.try_wait([arena], name)

True if the signal is set: it was signalled after its last clear.

```julia
Lina.init_arena(1 << 16)
@assert !Lina.try_wait("ready")
Lina.signal("ready")
@assert Lina.try_wait("ready")
Lina.shutdown()
```
"""
@inline function try_wait(s::Signal)
    check_open(s.arena)
    return there(is_set(s), s)
end

"""
    Lina.value([arena], name)

The signal's counter as an `Int`. 0 for a signal that was never used.

```julia
Lina.init_arena(1 << 16)
foreach(_ -> Lina.signal("step"), 1:3)
@assert Lina.value("step") == 3 && Lina.value("never used") == 0
Lina.shutdown()
```
"""
@inline function value(s::Signal)
    check_open(s.arena)
    return there(count_of(s), s)
end

"""
    Lina.clear([arena], name)

Unsets the signal. Its counter keeps its value.

```julia
Lina.init_arena(1 << 16)
Lina.signal("ready")
Lina.clear("ready")
@assert !Lina.try_wait("ready") && Lina.value("ready") == 1
Lina.shutdown()
```
"""
function clear(s::Signal)
    reading(s.arena) do
        is_there(s) || fail_removed(s)
        ccall((:lina_signal_clear, LIBRARY), Cvoid, (Ref{SignalHandle},), s.handle)
    end
    return nothing
end

signal(arena::Arena, name::Name) = signal(signal_of(arena, name))
signal(arena::Arena, name::Name, n::Integer) = signal(signal_of(arena, name), n)
signal(name::Name, n::Integer) = signal(default(), name, n)

# Calls `look` with the signal, or returns `otherwise` if there is none. A signal from the cache belongs to an arena
# that was open at that moment: see arenas.jl.
@inline function seen(look, otherwise, arena::Arena, name::String)
    s = recent(arena, name)
    looked = s === nothing ? nothing : look(s)
    return looked === nothing ? seen_anew(look, otherwise, arena, name) : looked
end
seen(look, otherwise, arena::Arena, name::Name) = seen(look, otherwise, arena, String(name))

@noinline function seen_anew(look, otherwise, arena, name)
    s = find_signal(arena, name)
    looked = s === nothing ? nothing : look(s)
    return looked === nothing ? otherwise : looked
end

@inline try_wait(arena::Arena, name::Name) = seen(is_set, false, arena, name)
value(arena::Arena, name::Name) = seen(count_of, 0, arena, name)
clear(arena::Arena, name::Name) = by_signal(arena, name) do handle, text
    ccall((:lina_arena_clear, LIBRARY), Cint, (Ptr{Cvoid}, Cstring), handle, text)
end

for f in (:signal, :try_wait, :value, :clear)
    @eval @inline $f(name::Name) = $f(default(), name)
end

"""
    Lina.remove_signal([arena], name)

Removes the signal and frees its place in the table. Waits for it, and later uses of a [`Lina.Signal`](@ref) of it, end
with `LinaError` `:NOT_FOUND`. So tasks that wait for its last count should have continued before. Throws `:NOT_FOUND`
if there is no such signal.

```julia
Lina.init_arena(1 << 16)
Lina.signal("job 17")
Lina.remove_signal("job 17")
@assert isempty(Lina.list_signals()) && Lina.value("job 17") == 0
Lina.shutdown()
```
"""
remove_signal(arena::Arena, name::Name) = by_signal(arena, name) do handle, text
    ccall((:lina_arena_signal_remove, LIBRARY), Cint, (Ptr{Cvoid}, Cstring), handle, text)
end
remove_signal(name::Name) = remove_signal(default(), name)

function by_signal(call, arena, name)
    text = c_name(name, "signal")
    check(reading(() -> call(arena.handle, text), arena), text)
    return nothing
end

# ---- list --------------------------------------------------------------------------------------------

struct SignalInfo # lina_signal_info_t
    name::NTuple{MAX_NAME,UInt8}
    value::UInt64
    cleared::UInt64
    reserved::NTuple{4,UInt64}
end

"""
    Lina.list_signals([arena])

All signals, each as a named tuple `(name, value, set)`.

```julia
Lina.init_arena(1 << 16)
Lina.signal("ready")
@assert Lina.list_signals() == [(name = "ready", value = 1, set = true)]
Lina.shutdown()
```
"""
function list_signals(arena::Arena = default())
    found = listed(SignalInfo) do out, cap, written
        reading(() -> ccall((:lina_signal_list, LIBRARY), Cint,
            (Ptr{Cvoid}, Ptr{SignalInfo}, Csize_t, Ref{Csize_t}, Ptr{Csize_t}), arena.handle, out, cap,
            written, C_NULL), arena)
    end
    return [(name = text(s.name), value = Int(s.value), set = s.value != s.cleared) for s in found]
end
