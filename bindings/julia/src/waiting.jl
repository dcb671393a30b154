# waiting.jl - tasks that sleep until a signal; other tasks, the collector and Ctrl-C go on.
#
#   look         often the signal is there already, or comes within a microsecond
#   yield        to other tasks of Julia, and to other threads of the system
#   sleep        on a bell of Julia's event loop, which the core's helper thread rings
#
# The bell is an AsyncCondition, and what rings it is libuv's own uv_async_send, the one function that a
# foreign thread may call: no thread that Julia does not know ever enters it.

const SPINS = 50
const YIELDS = 50

# What a wait is for: the signal being set, or its counter reaching a target.
struct Aim
    signal::Signal
    set::Bool
    target::UInt64
end

is_reached(aim::Aim) = aim.set ? is_set(aim.signal) : counter(aim.signal) >= aim.target

# The counter that ends it. Between two clears, a signal is set by the next count.
next_target(aim::Aim) = aim.set ? acquire_load(aim.signal.cleared) + 1 : aim.target

look(aim::Aim) = reading(() -> is_reached(aim), aim.signal.arena)

"""
    Lina.wait([arena], name; timeout = nothing)

Waits until the signal is set. Waiting does not consume: see [`Lina.clear`](@ref). Other tasks keep
running, the collector too, and Ctrl-C ends it. Throws `LinaError` `:TIMEOUT` after `timeout` seconds,
`:CLOSED` if the arena is left meanwhile.
"""
wait(s::Signal; timeout = nothing) = wait_for(Aim(s, true, 0), timeout)

"""
    Lina.wait_value([arena], name, n; timeout = nothing)

Waits until the signal's counter is at least `n`: broadcasts, barriers and pipelines without `clear`.

```julia
Lina.init_arena(4096)
worker = @async foreach(_ -> Lina.signal("step"), 1:3)
Lina.wait_value("step", 3; timeout = 60)
@assert Lina.value("step") == 3
Lina.shutdown()
```
"""
wait_value(s::Signal, n::Integer; timeout = nothing) =
    n <= 0 ? check_open(s.arena) && nothing : wait_for(Aim(s, false, check_target(s, n)), timeout)

check_target(s, n) = n < UInt64(1) << 63 ? UInt64(n) :
    fail(:INVALID, s.name, "signal \"$(s.name)\": its counter never reaches $n")

wait(arena::Arena, name::AbstractString; timeout = nothing) =
    wait(signal_of(arena, name); timeout = timeout)
wait(name::AbstractString; timeout = nothing) = wait(default(), name; timeout = timeout)
wait_value(arena::Arena, name::AbstractString, n::Integer; timeout = nothing) =
    wait_value(signal_of(arena, name), n; timeout = timeout)
wait_value(name::AbstractString, n::Integer; timeout = nothing) =
    wait_value(default(), name, n; timeout = timeout)

# ---- the policy --------------------------------------------------------------------------------------

const FOREVER = typemax(UInt64)

deadline_of(::Nothing, name) = FOREVER
function deadline_of(timeout, name)
    timeout isa Real && timeout >= 0 ||
        fail(:INVALID, name, "signal \"$name\": a timeout of $timeout seconds")
    ns = 1e9 * timeout
    return ns < 9e18 ? time_ns() + floor(UInt64, ns) : FOREVER
end

function wait_for(aim::Aim, timeout)
    deadline = deadline_of(timeout, aim.signal.name)
    look(aim) || poll(aim, deadline) || sleep_until(aim, deadline)
    return nothing
end

function fail_timeout(aim::Aim)
    name = aim.signal.name
    what = aim.set ? "" : " before $(aim.target)"
    fail(:TIMEOUT, name, "signal \"$name\": timed out$what")
end

# A partner on another core answers within the spins, one on this core within the yields.
function poll(aim::Aim, deadline)
    for _ in 1:SPINS
        ccall(:jl_cpu_pause, Cvoid, ())
        look(aim) && return true
    end
    for _ in 1:YIELDS
        time_ns() >= deadline && fail_timeout(aim)
        ccall(:sched_yield, Cint, ())
        yield()
        look(aim) && return true
    end
    return false
end

# ---- sleeping ----------------------------------------------------------------------------------------

mutable struct Sleeper
    id::UInt64 # lina_notify_id_t, 0 without
    bell::Base.AsyncCondition
    arena::Arena
end

# All that sleep, so that their arena's end wakes them, and Julia's end forgets them.
const SLEEPERS = Sleeper[]
const SLEEPERS_LOCK = ReentrantLock()

ring(bell) = ccall(:uv_async_send, Cint, (Ptr{Cvoid},), bell)

with_sleepers(f) = lock(f, SLEEPERS_LOCK)

wake_sleepers(arena::Arena) = with_sleepers() do
    for sleeper in SLEEPERS
        sleeper.arena === arena && ring(sleeper.bell)
    end
end

# The core must not ring a bell that is gone.
forget_sleepers() = with_sleepers() do
    foreach(silence, SLEEPERS)
end

# After it the core will not ring this bell.
function silence(sleeper::Sleeper)
    sleeper.id == 0 && return nothing
    ccall((:lina_notify_cancel, LIBRARY), Cint, (UInt64,), sleeper.id)
    sleeper.id = 0
    return nothing
end

# Outside a threaded region only the first thread runs the event loop, and may be busy.
function sleep_until(aim::Aim, deadline)
    sleeper = Sleeper(0, Base.AsyncCondition(), aim.signal.arena)
    alarm = nothing
    everywhere = Threads.nthreads() > 1
    everywhere && ccall(:jl_enter_threaded_region, Cvoid, ())
    try
        with_sleepers(() -> push!(SLEEPERS, sleeper))
        alarm = set_alarm(sleeper.bell, deadline)
        while !look(aim)
            time_ns() >= deadline && fail_timeout(aim)
            doze(sleeper, aim)
        end
    finally
        silence(sleeper)
        with_sleepers(() -> filter!(s -> s !== sleeper, SLEEPERS))
        alarm === nothing || close(alarm)
        close(sleeper.bell)
        everywhere && ccall(:jl_exit_threaded_region, Cvoid, ())
    end
end

# Rings at the deadline, and on, since a timer may be a little early.
function set_alarm(bell, deadline)
    deadline == FOREVER && return nothing
    now = time_ns()
    left = deadline > now ? (deadline - now) / 1e9 : 0.0
    return Timer(_ -> isopen(bell) && ring(bell), left; interval = 0.005)
end

# One sleep. It may end for nothing.
function doze(sleeper::Sleeper, aim::Aim)
    if notify_at(sleeper, aim)
        Base.wait(sleeper.bell)
        silence(sleeper)
    else
        nap(aim)
        yield()
    end
end

# Asks the core to ring the bell. False where it cannot.
function notify_at(sleeper::Sleeper, aim::Aim)
    NOTIFY[] == C_NULL && return false
    target = reading(() -> next_target(aim), sleeper.arena)
    rc = GC.@preserve sleeper ccall(NOTIFY[], Cint,
        (Ptr{Cvoid}, Cstring, UInt64, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{UInt64}),
        sleeper.arena.handle, aim.signal.name, target, cglobal(:uv_async_send),
        sleeper.bell.handle, pointer_from_objref(sleeper))
    return rc == OK
end

# Where the core has no helper thread to give: a short sleep in the core itself, during which the
# collector may run, since this thread touches nothing of Julia's.
const NAP_NS = Int64(1_000_000)

function nap(aim::Aim)
    handle = aim.signal.handle
    GC.@preserve handle reading(aim.signal.arena) do
        sleep_safely(WAIT_VALUE[], Base.unsafe_convert(Ptr{SignalHandle}, handle), next_target(aim))
    end
end

@noinline function sleep_safely(wait_value::Ptr{Cvoid}, handle::Ptr{SignalHandle}, target::UInt64)
    state = ccall(:jl_gc_safe_enter, Int8, ())
    ccall(wait_value, Cint, (Ptr{SignalHandle}, UInt64, Int64), handle, target, NAP_NS)
    ccall(:jl_gc_safe_leave, Cvoid, (Int8,), state)
    return nothing
end
