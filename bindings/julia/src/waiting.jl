# waiting.jl - tasks that wait for a signal; other tasks, the collector and Ctrl-C go on.
#
#   look         often the signal is there already, or comes within a microsecond
#   yield        to other tasks of Julia, and to other threads of the system
#   sleep        on the first thread, in Julia's event loop, which that thread runs: sleeping.jl
#   doze         on other threads, for a moment, in the core: napping.jl
#   park         there, when it takes longer: parking.jl
#   nap          where none of these is possible: napping.jl
#
# A forked child does none of that: see wait_in_child.

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

```julia
Lina.init_arena(1 << 16)
worker = @async Lina.signal("done")
Lina.wait("done"; timeout = 60)
@assert Lina.try_wait("done")              # still set
Lina.shutdown()
```
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
    look(aim) && return nothing
    getpid() == HOME[] || return wait_in_child(aim, deadline)
    poll(aim, deadline) || sleep_until(aim, deadline) || doze(aim, deadline) ||
        park_until(aim, deadline) || nap_until(aim, deadline)
    return nothing
end

const HOME = Ref{Cint}(0) # the process that loaded Lina

# A forked child has the kernel's part of the event loop in common with its parent: a yield there takes
# what would have woken the parent. So it sleeps in the core, its only thread and what other tasks it has.
# (Inlined: a child of Julia cannot compile what its parent has not.)
@inline function wait_in_child(aim::Aim, deadline)
    while !look(aim)
        now = time_ns()
        now >= deadline && fail_timeout(aim)
        ccall(WAIT_VALUE[], Cint, (Ref{SignalHandle}, UInt64, Int64), aim.signal.handle, next_target(aim),
              Int64(min(deadline - now, 1_000_000_000)))
    end
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
        has_work() && yield()
        look(aim) && return true
    end
    return false
end
