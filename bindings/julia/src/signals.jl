# signals.jl - timeline counters, read straight from the words that the core maps.
#
#     value  = word >> 1                (the lowest bit says that somebody waits)
#     is set = word >> 1 != cleared

struct SignalHandle # lina_signal_t
    word::Ptr{UInt64}
    cleared::Ptr{UInt64}
    arena::Ptr{Cvoid}
    slot::UInt64
end

"""
    Lina.Signal([arena], name)

A signal by handle: every function that takes a signal's name takes this instead, and skips the look-up.
Makes the signal if it is not there.

```julia
Lina.init_arena(4096)
s = Lina.Signal("data_ready")
@assert !Lina.try_wait(s)
Lina.signal(s)
@assert Lina.try_wait(s) && Lina.value("data_ready") == 1
Lina.shutdown()
```
"""
struct Signal
    name::String
    arena::Arena
    word::Ptr{UInt64}
    cleared::Ptr{UInt64}
    handle::Base.RefValue{SignalHandle}
end

function Signal(arena::Arena, name::AbstractString)
    text = c_name(name, "signal")
    check_open(arena)
    handle = Ref{SignalHandle}()
    check(ccall((:lina_signal_open, LIBRARY), Cint, (Ptr{Cvoid}, Cstring, Ref{SignalHandle}),
                arena.handle, text, handle), text)
    return Signal(text, arena, handle[].word, handle[].cleared, handle)
end
Signal(name::AbstractString) = Signal(default(), name)

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
@inline is_set(s::Signal) = counter(s) != acquire_load(s.cleared)

# ---- by name -----------------------------------------------------------------------------------------
#
# The signals that were named last, by the address of the name: a literal in a program is one String.
# An entry keeps that String alive, so no other can have its address.

const RECENT = 256

@inline function recent(arena::Arena, name::String)
    i = (UInt(pointer(name)) >> 4) % RECENT + 1
    s = @inbounds arena.recent[i]
    return s isa Signal && pointer(s.name) === pointer(name) ? s : nothing
end

# Not without our part in keeping the default arena open: its words may go at any time then.
function remember!(arena::Arena, s::Signal)
    arena === default() && !JOINED[] && return s
    @inbounds arena.recent[(UInt(pointer(s.name)) >> 4) % RECENT + 1] = s
    return s
end

# The signal, made if it is not there.
@inline function signal_of(arena::Arena, name::String)
    s = recent(arena, name)
    return s === nothing ? remember!(arena, Signal(arena, name)) : s
end
signal_of(arena::Arena, name::AbstractString) = signal_of(arena, String(name))

# The signal, or `nothing` where nobody has used it: looking does not make it.
@inline function find_signal(arena::Arena, name::String)
    s = recent(arena, name)
    return s === nothing ? search_signal(arena, name) : s
end
find_signal(arena::Arena, name::AbstractString) = find_signal(arena, String(name))

@noinline function search_signal(arena::Arena, name::String)
    text = c_name(name, "signal")
    check_open(arena)
    value = Ref{UInt64}(0)
    check(ccall((:lina_arena_signal_value, LIBRARY), Cint, (Ptr{Cvoid}, Cstring, Ref{UInt64}),
                arena.handle, text, value), text)
    return value[] == 0 ? nothing : remember!(arena, Signal(arena, text))
end

# ---- what users call ---------------------------------------------------------------------------------

"""
    Lina.signal([arena], name)

Adds one to the signal's counter and wakes all who wait. What this task wrote before is seen by whoever
returns from a wait that it ended, in every language and process.
"""
function signal(s::Signal)
    check_open(s.arena)
    ccall((:lina_signal_raise, LIBRARY), Cvoid, (Ref{SignalHandle},), s.handle)
    return nothing
end

"""
    Lina.try_wait([arena], name)

Whether the signal is set: signalled after its last clear.
"""
@inline function try_wait(s::Signal)
    check_open(s.arena)
    return is_set(s)
end

"""
    Lina.value([arena], name)

The signal's counter, an `Int`; 0 for a signal that nobody has used.
"""
@inline function value(s::Signal)
    check_open(s.arena)
    return Int(counter(s))
end

"""
    Lina.clear([arena], name)

Unsets the signal. Its counter keeps its value.
"""
function clear(s::Signal)
    check_open(s.arena)
    ccall((:lina_signal_clear, LIBRARY), Cvoid, (Ref{SignalHandle},), s.handle)
    return nothing
end

signal(arena::Arena, name::AbstractString) = signal(signal_of(arena, name))

@inline function try_wait(arena::Arena, name::AbstractString)
    s = find_signal(arena, name)
    return s === nothing ? false : try_wait(s)
end

function value(arena::Arena, name::AbstractString)
    s = find_signal(arena, name)
    return s === nothing ? 0 : value(s)
end

function clear(arena::Arena, name::AbstractString)
    s = find_signal(arena, name)
    return s === nothing ? nothing : clear(s)
end

for f in (:signal, :try_wait, :value, :clear)
    @eval @inline $f(name::AbstractString) = $f(default(), name)
end

# ---- list --------------------------------------------------------------------------------------------

struct SignalInfo # lina_signal_info_t
    name::NTuple{MAX_NAME,UInt8}
    value::UInt64
    cleared::UInt64
end

"""
    Lina.list_signals([arena])

All signals: a named tuple `(name, value, set)` each.
"""
function list_signals(arena::Arena = default())
    check_open(arena)
    found = listed(SignalInfo) do out, cap, written
        ccall((:lina_signal_list, LIBRARY), Cint,
              (Ptr{Cvoid}, Ptr{SignalInfo}, Csize_t, Ref{Csize_t}), arena.handle, out, cap, written)
    end
    return [(name = text(s.name), value = Int(s.value), set = s.value != s.cleared) for s in found]
end
