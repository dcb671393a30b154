# streams.jl - streams, their producers and their readers.

mutable struct ReaderHandle # lina_reader_t, which knows its own address; Julia never moves it
    arena::Ptr{Cvoid}
    self::Ptr{Cvoid}
    held::Ptr{Cvoid}
    epoch::UInt64
    incarnation::UInt64
    cursor::UInt64
    lost::UInt64
    serial::UInt64
    owner::UInt64
    slot::UInt32
    stream::UInt32
    entry::UInt32
    flags::UInt32
    max_held::UInt32
    state::UInt32
    name::NTuple{MAX_NAME,UInt8}
    reserved::NTuple{4,UInt64}
    ReaderHandle() = (handle = new(); handle.arena = C_NULL; handle)
end

struct ReaderOptions # lina_reader_options_t
    start::UInt32
    flags::UInt32
    at::UInt64
    max_held::UInt32
    unused::UInt32
    reserved::NTuple{4,UInt64}
end

"""
    Lina.stream([arena], name; depth = 0)

Makes the name a stream, which keeps its last `depth` generations for readers: see [`Lina.follow`](@ref). Both sides
may call this, in any order. Without a depth, the name must be a stream already. Throws `LinaError` `:EXISTS` if the
stream has another depth, and `:NOT_FOUND` if there is no such stream.

```julia
Lina.init_arena(1 << 16)
Lina.stream("frames"; depth = 8)
Lina.produce("frames") do
    for i in 1:3
        Lina.loan(x -> x .= i, "frames", Int, (2,))
    end
end
@assert [x[1] for x in Lina.follow("frames"; start = :oldest)] == [1, 2, 3]
Lina.shutdown()
```
"""
function stream(arena::Arena, name::Name; depth = 0)
    text = c_name(name, "stream")
    depth isa Integer && 0 <= depth <= typemax(UInt32) ||
        fail(:INVALID, text, "stream \"$text\": a depth of $depth")
    check(reading(() -> ccall((:lina_stream_open, LIBRARY), Cint, (Ptr{Cvoid}, Cstring, UInt32),
                              arena.handle, text, depth), arena), text)
    return nothing
end
stream(name::Name; depth = 0) = stream(default(), name; depth = depth)

"""
    Lina.produce(f, [arena], name)

Calls `f()` while this process is a producer of the stream, and returns its result. When the last producer has ended,
readers take the remaining generations, and their loops end. If the last producer dies instead, they get `LinaError`
`:DIED`.

```julia
Lina.init_arena(1 << 16)
Lina.stream("frames"; depth = 8)
Lina.produce("frames") do
    Lina.loan(x -> x .= 7, "frames", Int, (2,))
end
@assert first(Lina.follow("frames"; start = :latest)) == [7, 7]
Lina.shutdown()
```
"""
function produce(f, arena::Arena, name::Name)
    text = c_name(name, "stream")
    check(reading(() -> ccall((:lina_stream_produce, LIBRARY), Cint, (Ptr{Cvoid}, Cstring),
                              arena.handle, text), arena), text)
    try
        return f()
    finally
        rc = isopen(arena) ? reading(() -> ccall((:lina_stream_end, LIBRARY), Cint, (Ptr{Cvoid}, Cstring),
                                                 arena.handle, text), arena) : OK
        check(rc, text)
    end
end
produce(f, name::Name) = produce(f, default(), name)

# ---- readers -----------------------------------------------------------------------------------------

"""
    Lina.follow([arena], name; start = :next, lossy = false, timeout = nothing, max_held = 0, revive = false)
    Lina.follow(f, …)

A reader of a stream. `for x in Lina.follow("frames")` gets each generation once, in order, as [`Lina.array`](@ref)
returns it. Publishers wait for the slowest reader. The reader is open when this returns.

- `start` is the first generation: `:next` (the next one to be published), `:latest`, `:oldest`, or a sequence;
- `lossy = true`: publishers do not wait for it, and [`Lina.lost`](@ref) counts the generations that it missed;
- `timeout` is the number of seconds to wait for each generation. After a `LinaError` `:TIMEOUT`, the loop can go on;
- `max_held` is how many of its generations may be in use at once (0: the stream's depth). The garbage collector gives
  them back. If there are too many, Lina runs the collector, and throws `:BUSY` if that does not help;
- `revive = true`: if the last producer died, it waits for the next one. Otherwise it throws `:DIED`.

Other tasks run while it waits, and Ctrl-C ends the wait. The loop ends with the stream. If you leave it earlier, close
the reader: by `close`, or by passing `f`, which is called with the reader. Otherwise publishers wait until the
garbage collector frees it.

```julia
Lina.init_arena(1 << 16)
Lina.stream("frames"; depth = 2)
sums = @async [sum(x) for x in Lina.follow("frames")]
yield()                                       # now it is open
Lina.produce("frames") do
    for i in 1:10
        Lina.loan(x -> x .= i, "frames", Int, (3,); timeout = 60)
    end
end
@assert fetch(sums) == 3 .* (1:10)
Lina.shutdown()
```
"""
function follow(arena::Arena, name::Name; start = :next, lossy::Bool = false, timeout = nothing,
                max_held = 0, revive::Bool = false)
    text = c_name(name, "stream")
    deadline_of(timeout, text, "stream")
    kind, at = start_of(start, text)
    max_held isa Integer && 0 <= max_held <= typemax(UInt32) ||
        fail(:INVALID, text, "stream \"$text\": max_held = $max_held")
    options = Ref(ReaderOptions(kind, UInt32(lossy) | UInt32(revive) << 1, at, max_held, 0,
                                ntuple(_ -> UInt64(0), 4)))
    return disable_sigint() do
        handle = ReaderHandle()
        check(reading(() -> ccall((:lina_reader_open, LIBRARY), Cint,
            (Ptr{Cvoid}, Cstring, Ref{ReaderOptions}, Ref{ReaderHandle}), arena.handle, text, options,
            handle), arena), text)
        finalizer(close, Follower(arena, text, handle, timeout, Threads.Atomic{Bool}(true)))
    end
end
follow(name::Name; options...) = follow(default(), name; options...)

function follow(f, arena::Arena, name::Name; options...)
    frames = follow(arena, name; options...)
    try
        return f(frames)
    finally
        close(frames)
    end
end
follow(f, name::Name; options...) = follow(f, default(), name; options...)

function start_of(start, name)
    start === :next && return 0, 0
    start === :latest && return 1, 0
    start === :oldest && return 2, 0
    start isa Integer && 0 < start <= typemax(UInt64) && return 3, start
    fail(:INVALID, name, "stream \"$name\": it starts :next, :latest, :oldest or with a sequence, not $(repr(start))")
end

"""
    Lina.Follower

The result of [`Lina.follow`](@ref). Iterate it, ask it for [`Lina.lost`](@ref) and [`Lina.sequence`](@ref), and close
it.

```julia
Lina.init_arena(1 << 16)
Lina.stream("frames"; depth = 2)
frames = Lina.follow("frames")
@assert frames isa Lina.Follower
close(frames)
Lina.shutdown()
```
"""
mutable struct Follower
    arena::Arena{Signal}
    name::String
    handle::ReaderHandle
    timeout::Any
    open::Threads.Atomic{Bool}
end

# An open reader keeps the arena's memory mapped, as a view does.
function Base.close(f::Follower)
    Threads.atomic_xchg!(f.open, false) || return nothing
    ccall((:lina_reader_close, LIBRARY), Cvoid, (Ref{ReaderHandle},), f.handle)
    return nothing
end
Base.isopen(f::Follower) = f.open[]
Base.IteratorSize(::Type{Follower}) = Base.SizeUnknown()
Base.eltype(::Type{Follower}) = AbstractArray
Base.show(io::IO, f::Follower) = print(io, "Lina.Follower(", repr(f.name), ", behind ", sequence(f), ")")

"""
    Lina.lost(frames)

How many generations a [`Lina.Follower`](@ref) has missed, including those dropped before it began.

```julia
Lina.init_arena(1 << 16)
Lina.stream("frames"; depth = 2)
frames = Lina.follow("frames"; lossy = true)
foreach(i -> Lina.republish("frames", Int, (1,)), 1:5)
first(frames)
@assert Lina.lost(frames) == 3
Lina.shutdown()
```
"""
lost(f::Follower) = Int(GC.@preserve f ccall((:lina_reader_lost, LIBRARY), UInt64, (Ref{ReaderHandle},), f.handle))

"""
    Lina.sequence(frames)

The sequence of the generation that a [`Lina.Follower`](@ref) took last. Another reader goes on there with
`start = Lina.sequence(frames) + 1`.

```julia
Lina.init_arena(1 << 16)
Lina.stream("frames"; depth = 2)
frames = Lina.follow("frames")
Lina.republish("frames", Int, (1,))
first(frames)
@assert Lina.sequence(frames) == 1
Lina.shutdown()
```
"""
sequence(f::Follower) = Int(f.handle.cursor)

function Base.iterate(f::Follower, state = nothing)
    view = View()
    rc = take(f, view)
    rc == ERR_ENDED && (close(f); return nothing)
    rc == ERR_TIMEOUT && fail(:TIMEOUT, f.name, "stream \"$(f.name)\": timed out")
    check(rc, f.name)
    note_hold(f.arena, view)
    return array_of(view), nothing
end

# Takes the next generation into `view`. Returns a code of the core.
function take(f::Follower, view)
    deadline = deadline_of(f.timeout, f.name, "stream")
    for full in (false, true)
        rc = take_within(f, view, deadline)
        rc == ERR_BUSY || return rc
        GC.gc(full) # arrays that it gave may be garbage
    end
    return take_within(f, view, deadline)
end

take_within(f, view, deadline) = await(f.arena, deadline, ERR_TIMEOUT,
    () -> next(f, view, Int64(0)),
    (bell, id) -> ccall((:lina_notify_stream, LIBRARY), Cint,
                        (Ptr{Cvoid}, Cstring, UInt64, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{UInt64}),
                        f.arena.handle, f.name, f.handle.cursor + 1, cglobal(:uv_async_send), bell, id))

function next(f::Follower, view, ns)
    isopen(f) || fail(:CLOSED, f.name, "stream \"$(f.name)\": the reader was closed")
    return reading(() -> ccall((:lina_reader_next, LIBRARY), Cint,
        (Ref{ReaderHandle}, Int64, Ref{View}), f.handle, ns, view), f.arena)
end

# ---- waiting -----------------------------------------------------------------------------------------

# The aim of a Sleeper that does not wait for a signal.
struct StreamAim
    arena::Arena{Signal}
end
no_ids(::StreamAim) = zeros(UInt64, 1)
is_about(aim::StreamAim, arena::Arena) = aim.arena === arena

# Calls `attempt` until its answer is not `not_yet`, or the time is over. In between, sleeps on the bell that `ask` asks
# the core to ring.
function await(arena, deadline, not_yet, attempt, ask)
    for i in 1:typemax(Int)
        rc = attempt()
        (rc == not_yet && time_ns() < deadline) || return rc
        i <= YIELDS ? (ccall(:sched_yield, Cint, ()); has_work() && yield()) : pause(arena, deadline, ask)
    end
end

# Only the first thread can rely on the event loop: see waiting.jl.
function pause(arena, deadline, ask)
    Threads.threadid() == 1 && getpid() == HOME[] || return short_rest()
    sleeper = Sleeper(StreamAim(arena))
    alarm = nothing
    try
        with_sleepers(() -> push!(SLEEPERS, sleeper))
        alarm = set_alarm(sleeper, min(deadline, time_ns() + LONGEST_SLEEP))
        yield() # Julia throws Ctrl-C into the task that went to sleep last: the alarm's task must be first
        asked = GC.@preserve sleeper reading(() -> ask(sleeper.bell, pointer(sleeper.ids, 1)), arena)
        asked == OK ? Base.wait(sleeper.bell) : short_rest()
    finally
        dismiss(sleeper, alarm)
    end
    return nothing
end

# A sleep ends after this time even if nothing rings. (If all producers are gone, the core rings at once, also for a
# reader that waits for the next one. Such a reader looks about a thousand times a second.)
const LONGEST_SLEEP = 100_000_000 # ns

function short_rest()
    yield()
    state = ccall(:jl_gc_safe_enter, Int8, ())
    ccall(:usleep, Cint, (UInt32,), 500)
    ccall(:jl_gc_safe_leave, Cvoid, (Int8,), state)
    return nothing
end

# Publishes a loan. Returns a code of the core: BEHIND or TIMEOUT if readers leave no room in time.
function publish_within(arena, name, view, timeout)
    deadline = deadline_of(timeout, name, "array")
    attempt() = ccall((:lina_publish, LIBRARY), Cint, (Ref{View},), view)
    ask(bell, id) = ccall((:lina_notify_room, LIBRARY), Cint,
        (Ptr{Cvoid}, Cstring, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{UInt64}), arena.handle, name,
        cglobal(:uv_async_send), bell, id)
    return await(arena, deadline, ERR_BEHIND, attempt, ask)
end
