# signals.jl - timeline counters, read straight from the words that the core maps.
#
#     value  = word >> 1                (the lowest bit says that somebody waits)
#     is set = word >> 1 != cleared

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
Signal

function Signal(arena::Arena, name::AbstractString)
    text = c_name(name, "signal")
    handle = Ref{SignalHandle}()
    check(reading(() -> ccall((:lina_signal_open, LIBRARY), Cint, (Ptr{Cvoid}, Cstring, Ref{SignalHandle}),
                              arena.handle, text, handle), arena), text)
    return Signal(text, arena, handle)
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
@inline count_of(s::Signal) = Int(counter(s))
@inline is_set(s::Signal) = counter(s) != acquire_load(s.cleared)

# ---- by name -----------------------------------------------------------------------------------------
#
# The signals that were named last, by the address of the name: a literal in a program is one String.
# An entry keeps that String alive, so no other can have its address. Once the arena is closed there
# are none.

const RECENT = 256
const NO_SIGNAL = Signal(nothing)

@inline place(name::String) = (UInt(pointer(name)) >> 4) % RECENT + 1

@inline function recent(arena::Arena, name::String)
    s = @inbounds arena.recent[place(name)]
    return pointer(s.name) === pointer(name) ? s : nothing
end

# Not without our part in keeping the default arena open: its words may go at any time then.
function remember!(s::Signal)
    s.arena === default() && !JOINED[] && return s
    reading(() -> (@inbounds s.arena.recent[place(s.name)] = s), s.arena)
    return s
end

# The signal, made if it is not there.
function signal_of(arena::Arena, name::String)
    s = recent(arena, name)
    return s === nothing ? remember!(Signal(arena, name)) : s
end
signal_of(arena::Arena, name::AbstractString) = signal_of(arena, String(name))

# The signal, or `nothing` where nobody has used it: looking does not make it.
@noinline function find_signal(arena::Arena, name::AbstractString)
    text = c_name(name, "signal")
    value = Ref{UInt64}(0)
    check(reading(() -> ccall((:lina_arena_signal_value, LIBRARY), Cint, (Ptr{Cvoid}, Cstring, Ref{UInt64}),
                              arena.handle, text, value), arena), text)
    return value[] == 0 ? nothing : remember!(Signal(arena, text))
end

# ---- what users call ---------------------------------------------------------------------------------

"""
    Lina.signal([arena], name)

Adds one to the signal's counter and wakes all who wait. What this task wrote before is seen by whoever
returns from a wait that it ended, in every language and process.

```julia
Lina.init_arena(1 << 16)
Lina.signal("ready")
@assert Lina.value("ready") == 1
Lina.shutdown()
```
"""
function signal(s::Signal)
    check_open(s.arena)
    ccall(RAISE[], Cvoid, (Ref{SignalHandle},), s.handle)
    return nothing
end

"""
    Lina.try_wait([arena], name)

Whether the signal is set: signalled after its last clear.

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
    return is_set(s)
end

"""
    Lina.value([arena], name)

The signal's counter, an `Int`; 0 for a signal that nobody has used.

```julia
Lina.init_arena(1 << 16)
foreach(_ -> Lina.signal("step"), 1:3)
@assert Lina.value("step") == 3 && Lina.value("nobody's") == 0
Lina.shutdown()
```
"""
@inline function value(s::Signal)
    check_open(s.arena)
    return count_of(s)
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
    reading(() -> ccall((:lina_signal_clear, LIBRARY), Cvoid, (Ref{SignalHandle},), s.handle), s.arena)
    return nothing
end

signal(arena::Arena, name::AbstractString) = signal(signal_of(arena, name))

# What looks: `f` of the signal, or `otherwise` where nobody has used it. A signal that was found among the
# recent ones is one of an arena that was open then: see arenas.jl.
@inline function seen(f, otherwise, arena::Arena, name::String)
    s = recent(arena, name)
    return s === nothing ? seen_before(f, otherwise, arena, name) : f(s)
end
seen(f, otherwise, arena::Arena, name::AbstractString) = seen(f, otherwise, arena, String(name))

@noinline function seen_before(f, otherwise, arena, name)
    s = find_signal(arena, name)
    return s === nothing ? otherwise : f(s)
end

@inline try_wait(arena::Arena, name::AbstractString) = seen(is_set, false, arena, name)
value(arena::Arena, name::AbstractString) = seen(count_of, 0, arena, name)
clear(arena::Arena, name::AbstractString) = seen(clear, nothing, arena, name)

for f in (:signal, :try_wait, :value, :clear)
    @eval @inline $f(name::AbstractString) = $f(default(), name)
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

All signals: a named tuple `(name, value, set)` each.

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
