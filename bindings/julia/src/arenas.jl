# arenas.jl - the default arena and others, and how to leave them.
#
# A thread uses an arena's handle or mapping only inside `reading`, and leaving waits until no thread is inside.
# Calls by a signal's handle must be cheaper. They check that the arena is open, and then use the mapping without a
# safepoint in between (a call that is not inlined is a safepoint). Leaving marks the arena as closed, and then
# waits until every thread has passed a safepoint.

struct SignalHandle # lina_signal_t
    word::Ptr{UInt64}
    cleared::Ptr{UInt64}
    arena::Ptr{Cvoid}
    slot::UInt64
    current::Ptr{UInt64}
    incarnation::UInt64
    reserved::NTuple{2,UInt64}
end

"""
    Lina.Arena(bytes; where = nothing, options...)
    Lina.Arena(where; read_only = false, other_user = false)

An arena beside the default one: a new one of that many bytes, or an existing one, joined by its name
`"shm:NAME"`, `"file:PATH"` or `"fd:N"`. All functions of Lina take it as their first argument. The options
are those of [`Lina.init_arena`](@ref). `close(arena)` leaves it. Arrays from it stay valid.

An arena or a [`Lina.Signal`](@ref) can be serialized, as by `Distributed`, to any process of this machine. If
the receiver has the arena already, it gets that one. Otherwise it joins the arena by its name or through the
sender. Throws `LinaError` `:NOT_FOUND` there if the arena is gone or cannot be reached.

```julia
a = Lina.Arena(1 << 16)
x = Lina.create_array(a, "x", Int64, (3,))
x .= 7
@assert Lina.array(a, "x") == [7, 7, 7]
close(a)
@assert x == [7, 7, 7]
```
"""
mutable struct Arena{S} # S is always Signal, which is defined later because it has an Arena
    handle::Ptr{Cvoid} # lina_arena_t *; NULL is the core's default arena
    open::Threads.Atomic{Bool}
    readers::Threads.Atomic{Int}
    recent::Vector{S} # see signals.jl
    pressure::Pressure
end

mutable struct Signal
    name::String
    arena::Arena{Signal}
    word::Ptr{UInt64}
    cleared::Ptr{UInt64}
    current::Ptr{UInt64} # the incarnation that its slot has now
    incarnation::UInt64  # the incarnation of this signal
    handle::Base.RefValue{SignalHandle}
    Signal(::Nothing) = new(join(["no", "signal"], " ")) # a new String, which no caller can have
    Signal(name, arena, handle) = new(name, arena, handle[].word, handle[].cleared, handle[].current,
                                      handle[].incarnation, handle)
end

function Arena(handle::Ptr{Cvoid})
    arena = Arena{Signal}(handle, Threads.Atomic{Bool}(true), Threads.Atomic{Int}(0),
                          fill(NO_SIGNAL, RECENT), Pressure())
    return handle == C_NULL ? arena : finalizer(abandon, arena)
end

# The arenas beside the default one, so that an arena that is sent here is found.
const KNOWN = WeakRef[]
const KNOWN_LOCK = ReentrantLock()

# Not inside disable_sigint, which belongs to the thread: a task that waits for a lock may go on in another thread.
function make_known(arena)
    lock(KNOWN_LOCK) do
        filter!(ref -> ref.value !== nothing, KNOWN)
        push!(KNOWN, WeakRef(arena))
    end
    return arena
end

known_arenas() = lock(() -> Arena[ref.value for ref in KNOWN if ref.value !== nothing], KNOWN_LOCK)

# The finalizer. An arena that no code can reach has no readers and no sleepers.
function abandon(arena::Arena)
    arena.open[] && ccall((:lina_arena_close, LIBRARY), Cint, (Ptr{Cvoid},), arena.handle)
    return nothing
end

function Arena(bytes::Integer; where = nothing, options...)
    check_options(:Arena, options)
    return make_known(disable_sigint(() -> Arena(create_handle(bytes, where; options...)))) # see holds.jl
end
Arena(where::AbstractString; read_only = false, other_user = false) =
    make_known(disable_sigint(() -> Arena(attach_handle(where, attach_flags(read_only, other_user)))))

# ---- creating and joining ----------------------------------------------------------------------------

struct ArenaOptions # lina_arena_options_t
    flags::UInt32
    max_arrays::UInt32
    max_signals::UInt32
    max_members::UInt32
    mode::UInt32
    unused::UInt32
    reserved::NTuple{5,UInt64}
end

const OPTIONS = (:where, :exist_ok, :mode, :huge, :reserve, :inherit, :replace, :temporary, :max_arrays,
                 :max_signals, :max_members)

# Julia's own error would name create_handle, which the caller does not know.
function check_options(caller, options)
    for option in keys(options)
        option in OPTIONS || throw(ArgumentError(
            "Lina.$caller has no option $option; there are $(join(OPTIONS, ", ", " and "))"))
    end
end

function create_handle(bytes, where; reserve::Bool = false, inherit::Bool = false,
                       replace::Bool = false, temporary::Bool = false, exist_ok::Bool = false,
                       huge::Bool = false, mode = 0, max_arrays = 0, max_signals = 0, max_members = 0)
    name = where === nothing ? "" : c_name(where, "arena")
    0 <= bytes <= typemax(Int64) || fail(:INVALID, name, "arena \"$name\": $bytes bytes")
    flags = UInt32(reserve) | UInt32(inherit) << 1 | UInt32(replace) << 2 | UInt32(temporary) << 3 |
            UInt32(exist_ok) << 4 | UInt32(huge) << 5
    numbers = (mode = mode, max_arrays = max_arrays, max_signals = max_signals, max_members = max_members)
    for (option, n) in pairs(numbers)
        n isa Integer && 0 <= n <= typemax(UInt32) || fail(:INVALID, name, "arena \"$name\": $option = $n")
    end
    options = Ref(ArenaOptions(flags, max_arrays, max_signals, max_members, mode, 0, ntuple(_ -> UInt64(0), 5)))
    handle = Ref{Ptr{Cvoid}}()
    place = where === nothing ? C_NULL : pointer(name)
    rc = GC.@preserve name ccall((:lina_arena_create, LIBRARY), Cint,
        (Ptr{Cvoid}, UInt64, Ref{ArenaOptions}, Ref{Ptr{Cvoid}}), place, bytes, options, handle)
    check(rc, name)
    return handle[]
end

attach_flags(read_only::Bool, other_user::Bool) = UInt32(read_only) | UInt32(other_user) << 1

function attach_handle(where, flags)
    name = c_name(where, "arena")
    handle = Ref{Ptr{Cvoid}}()
    check(ccall((:lina_arena_attach, LIBRARY), Cint, (Cstring, UInt32, Ref{Ptr{Cvoid}}),
                name, flags, handle), name)
    return handle[]
end

const Name = Union{AbstractString,Symbol} # of an array or a signal

# The name as a String without zeroes, so that C sees all of it.
function c_name(name, kind)
    text = String(name)::String
    '\0' in text && fail(:INVALID, text, "$kind $(repr(text)): its name has a zero byte")
    return text
end

# ---- the default arena -------------------------------------------------------------------------------

const DEFAULT = Ref{Arena{Signal}}() # a new object for each incarnation: handles of an old one are closed
const JOINED = Ref(false)        # lina_init was called, and lina_shutdown not yet
const JOIN_FAILURE = Ref("")     # why LINA_ARENA could not be joined

default() = DEFAULT[]

function join_default()
    JOINED[] && return nothing
    ccall((:lina_init, LIBRARY), Cvoid, ())
    failed = ccall((:lina_last_error_code, LIBRARY), Cint, ()) != 0
    JOIN_FAILURE[] = failed ? "; LINA_ARENA could not be joined: " *
        core_message() : ""
    DEFAULT[] = Arena(C_NULL)
    JOINED[] = true
    return nothing
end

has_default() = ccall((:lina_arena_default, LIBRARY), Ptr{Cvoid}, ()) != C_NULL

function set_default(make, name)
    join_default()
    has_default() && fail(:EXISTS, name, "arena \"$name\": there is a default arena already")
    disable_sigint() do # see holds.jl
        handle = make()
        rc = ccall((:lina_arena_set_default, LIBRARY), Cint, (Ptr{Cvoid},), handle)
        if rc < 0
            ccall((:lina_arena_close, LIBRARY), Cint, (Ptr{Cvoid},), handle)
            fail_last(rc, name)
        end
    end
    JOIN_FAILURE[] = ""
    return default()
end

"""
    Lina.init_arena(bytes; where = nothing, options...)

Makes a new arena of that many bytes, which becomes the default one. `where` gives it a name, `"shm:NAME"` or
`"file:PATH"`, to which other processes can [`Lina.attach`](@ref). The options:

- `reserve = true` takes every page now, so that a machine without enough memory fails here;
- `inherit = true` lets its descriptor ([`Lina.fd`](@ref)) survive `exec`;
- `replace = true` first removes an arena of the same name, if it has no member;
- `temporary = true` removes the name when the last member leaves;
- `exist_ok = true` takes an existing arena, which keeps its own size and limits: the default one if there is one
  (`LinaError` `:EXISTS` if it has another name or is smaller than `bytes`), or else the one with that name
  (`:INVALID` if it is smaller);
- `mode = 0o660` lets the group join a named arena, `0o666` everybody; `0o600` is the default;
- `huge = true` puts an anonymous arena on the system's pool of huge pages;
- `max_arrays`, `max_signals`, `max_members` are the sizes of the tables.

Throws `LinaError` `:EXISTS` if there is a default arena already; `:NO_MEMORY`, `:PERMISSION`.

```julia
Lina.init_arena(1 << 20; max_arrays = 16)
@assert Lina.info().size == 1 << 20
Lina.shutdown()
```
"""
function init_arena(bytes::Integer; where = nothing, exist_ok = false, options...)
    check_options(:init_arena, options)
    exist_ok && has_default() && return check_default(bytes, where)
    make() = create_handle(bytes, where; exist_ok = exist_ok, options...)
    return set_default(make, where === nothing ? "" : where)
end

# Checks that the default arena has the name, if one is given, and is large enough.
function check_default(bytes, where)
    join_default()
    there = info()
    where === nothing || where == there.where || fail(:EXISTS, where,
        "arena \"$where\": there is a default arena already, \"$(there.where)\"")
    there.size >= bytes || fail(:EXISTS, there.where,
        "there is a default arena already, with $(there.size) bytes, and not with $bytes")
    return default()
end

"""
    Lina.attach(where; read_only = false, other_user = false)

Joins the arena `"shm:NAME"`, `"file:PATH"` or `"fd:N"`, which becomes the default one. A read-only member can
read, hold views, signal and wait. With `other_user`, it can be a named arena of another user, who can crash
this process by truncating it. Throws `LinaError` `:NOT_FOUND`, `:EXISTS`, `:VERSION`, `:CORRUPT`,
`:PERMISSION`, or `:BUSY` if all member numbers are taken.

```julia
made = Lina.Arena(1 << 16; where = "shm:lina-attach-\$(getpid())", temporary = true) # as another process would
Lina.attach(Lina.info(made).where)
Lina.create_array("x", Int, (2,)) .= 7
@assert Lina.array(made, "x") == [7, 7]
Lina.shutdown()
close(made)
```
"""
attach(where::AbstractString; read_only = false, other_user = false) =
    set_default(() -> attach_handle(where, attach_flags(read_only, other_user)), where)

"""
    Lina.shutdown()

Leaves the default arena. Arrays stay valid. Running waits end with `LinaError` `:CLOSED`. It is not needed at
the end of Julia.

```julia
Lina.init_arena(1 << 16)
x = Lina.create_array("x", Int, (2,))
Lina.shutdown()
@assert x == [0, 0]
```
"""
function shutdown()
    JOINED[] && hang_up(default()) || return nothing
    ccall((:lina_shutdown, LIBRARY), Cvoid, ())
    JOINED[] = false
    DEFAULT[] = Arena(C_NULL) # afterwards: until then, callers find the closed one
    return nothing
end

# ---- leaving -----------------------------------------------------------------------------------------

Base.isopen(arena::Arena) = arena.open[]

@inline check_open(arena::Arena) = isopen(arena) || fail_closed(arena)
@noinline fail_closed(::Arena) = fail(:CLOSED, "", "the arena was closed")

# Runs `look` while the handle and the mapping cannot go away. `look` should not allocate: a finalizer that closes
# the arena would wait for its own thread.
@inline function reading(look, arena::Arena)
    Threads.atomic_add!(arena.readers, 1) # pairs with the exchange in hang_up
    try
        check_open(arena)
        return look()
    finally
        Threads.atomic_sub!(arena.readers, 1)
    end
end

# Ends all uses of the arena in Julia. False if that was done before.
function hang_up(arena::Arena)
    Threads.atomic_xchg!(arena.open, false) || return false
    wake_sleepers(arena)
    rouse()
    while arena.readers[] > 0
        yield()
        GC.safepoint()
    end
    fill!(arena.recent, NO_SIGNAL) # no reader is left that could add one
    pass_safepoints()
    return true
end

@static if isdefined(Threads, :maxthreadid) # also counts threads that C made
    is_only_thread() = Threads.maxthreadid() == 1
else
    is_only_thread() = Threads.nthreads() == 1
end

# Returns when every other thread has passed a safepoint. Only a run of the garbage collector can ask for that. It
# waits while another thread has disabled the collector.
function pass_safepoints()
    is_only_thread() && return nothing
    was_enabled = GC.enable(true)
    pauses = Base.gc_num().pause
    while Base.gc_num().pause == pauses
        GC.gc(false)
        yield()
    end
    GC.enable(was_enabled)
    return nothing
end

function Base.close(arena::Arena)
    arena === default() && return shutdown()
    hang_up(arena) || fail_closed(arena)
    check(ccall((:lina_arena_close, LIBRARY), Cint, (Ptr{Cvoid},), arena.handle), "")
    return nothing
end

# At the end of Julia: the core must not ring a bell that was freed.
function leave_all()
    forget_sleepers()
    forget_parked()
    shutdown()
end

# ---- numbers -----------------------------------------------------------------------------------------

struct ArenaInfo # lina_arena_info_t
    size::UInt64
    used_bytes::UInt64
    resident_bytes::UInt64
    arrays::UInt32
    held::UInt32
    signals::UInt32
    members::UInt32
    max_arrays::UInt32
    max_signals::UInt32
    max_members::UInt32
    member::UInt32
    read_only::UInt32
    orphan::UInt32
    loans::UInt32
    kept::UInt32
    where::NTuple{256,UInt8}
    reserved::NTuple{8,UInt64}
end

named_tuple(i::ArenaInfo) =
    (size = Int(i.size), used_bytes = Int(i.used_bytes), resident_bytes = Int(i.resident_bytes),
     arrays = Int(i.arrays), held = Int(i.held), loans = Int(i.loans), signals = Int(i.signals),
     members = Int(i.members),
     max_arrays = Int(i.max_arrays), max_signals = Int(i.max_signals),
     max_members = Int(i.max_members), member = Int(i.member), read_only = i.read_only != 0,
     orphan = i.orphan != 0, where = text(i.where))

"""
    Lina.info([arena])

The arena's numbers: `size`, `used_bytes`, `arrays`, `held` (old generations that are still held), `loans` (not
published yet), `signals`, `members` and so on.

```julia
Lina.init_arena(1 << 16)
Lina.create_array("x", Int, (2,))
i = Lina.info()
@assert i.arrays == 1 && i.members == 1 && i.used_bytes >= 16
Lina.shutdown()
```
"""
function info(arena::Arena = default())
    out = Ref{ArenaInfo}()
    check(reading(() -> ccall((:lina_arena_info, LIBRARY), Cint, (Ptr{Cvoid}, Ref{ArenaInfo}),
                              arena.handle, out), arena), "")
    return named_tuple(out[])
end

"""
    Lina.inspect(where)

The numbers of [`Lina.info`](@ref) for a named arena, which this process does not join.

```julia
a = Lina.Arena(1 << 16; where = "shm:lina-inspect-\$(getpid())", temporary = true)
@assert Lina.inspect(Lina.info(a).where).members == 1
close(a)
```
"""
function inspect(where::AbstractString)
    name = c_name(where, "arena")
    out = Ref{ArenaInfo}()
    check(ccall((:lina_arena_inspect, LIBRARY), Cint, (Cstring, Ref{ArenaInfo}), name, out), name)
    return named_tuple(out[])
end

"""
    Lina.unlink(where)

Removes the name of a named arena. Throws `LinaError` `:BUSY` while a member is alive.

```julia
name = "shm:lina-unlink-\$(getpid())"
close(Lina.Arena(1 << 16; where = name))
Lina.unlink(name)
```
"""
function unlink(where::AbstractString)
    name = c_name(where, "arena")
    check(ccall((:lina_arena_unlink, LIBRARY), Cint, (Cstring,), name), name)
    return nothing
end

"""
    Lina.fd([arena])

A descriptor of the arena, to which a child that inherits it can attach as `"fd:N"`. Lina owns it.

```julia
Lina.init_arena(1 << 16; inherit = true)
where = "fd:\$(Lina.fd())"                  # for the LINA_ARENA of a child
Lina.shutdown()
```
"""
function fd(arena::Arena = default())
    out = Ref{Cint}()
    check(reading(() -> ccall((:lina_arena_fd, LIBRARY), Cint, (Ptr{Cvoid}, Ref{Cint}),
                              arena.handle, out), arena), "")
    return Int(out[])
end

"""
    Lina.sync([arena])

Writes a `"file:"` arena from memory to its file, and returns when the disk has it.

```julia
path = tempname()
Lina.init_arena(1 << 16; where = "file:\$path")
Lina.create_array("x", Int, (1,)) .= 7
Lina.sync()
Lina.shutdown()
rm(path)
```
"""
function sync(arena::Arena = default())
    check(reading(() -> ccall((:lina_arena_sync, LIBRARY), Cint, (Ptr{Cvoid},), arena.handle), arena), "")
    return nothing
end

function Base.show(io::IO, arena::Arena)
    isopen(arena) || return print(io, "Lina.Arena(closed)")
    arena.handle == C_NULL && !has_default() && return print(io, "Lina.Arena(none yet)")
    i = info(arena)
    print(io, "Lina.Arena(", isempty(i.where) ? "anonymous" : repr(i.where), ", ", i.size, " bytes, ",
          i.arrays, " arrays, ", i.signals, " signals, ", i.members, " members)")
end
