# waiting.jl - tasks that wait for a signal; other tasks, the collector and Ctrl-C go on.
#
#   look         often the signal is set already, or comes within a microsecond
#   yield        to other tasks of Julia, and to other threads of the system
#   sleep        in the first thread: in Julia's event loop, which that thread runs (sleeping.jl)
#   doze         in other threads: for a moment, in the core (napping.jl)
#   park         in other threads, if it takes longer (parking.jl)
#   nap          if none of these is possible (napping.jl)
#
# A forked child does none of these: see wait_in_child.

const SPINS = 50
const YIELDS = 50

# What a wait is for: that the signal is set, or that its counter reaches a target.
struct Aim
    signal::Signal
    set::Bool
    target::UInt64
end

# A wait for one of several aims.
mutable struct AnyOf
    aims::Vector{Aim}
    reached::Int # the index of the first aim that was reached
end
AnyOf(aims) = AnyOf(aims, 0)

goals(aim::Aim) = (aim,)
goals(any::AnyOf) = any.aims

# `nothing` if the signal was removed.
is_reached(aim::Aim) = aim.set ? is_set(aim.signal) : is_counted(aim.signal, aim.target)
is_counted(s::Signal, target) = (n = count_of(s); n === nothing ? nothing : n >= target)

# The counter that ends the wait. A signal is set if its counter is more than at the last clear.
next_target(aim::Aim) = aim.set ? acquire_load(aim.signal.cleared) + 1 : aim.target

look_at(aim::Aim) = reading(() -> is_reached(aim), aim.signal.arena)
look(aim::Aim) = there(look_at(aim), aim.signal)

function look(any::AnyOf)
    removed = nothing
    for (i, aim) in enumerate(any.aims)
        reached = look_at(aim)
        reached === true && (any.reached = i; return true)
        reached === nothing && removed === nothing && (removed = aim.signal)
    end
    return removed === nothing ? false : fail_removed(removed)
end

"""
    Lina.wait([arena], name; timeout = nothing, member = nothing)

Waits until the signal is set. The wait does not clear the signal: see [`Lina.clear`](@ref). Other tasks and the garbage
collector run meanwhile, and Ctrl-C ends the wait. Throws `LinaError` `:TIMEOUT` after `timeout` seconds (with 0 or
less, it only looks), `:CLOSED` if the arena is left meanwhile, and `:NOT_FOUND` if the signal is removed. With
`member`, the name of the member that should signal it ([`Lina.set_member_name`](@ref)), throws `:DIED` soon after the
end of that member.

```julia
Lina.init_arena(1 << 16)
worker = @async Lina.signal("done")
Lina.wait("done"; timeout = 60)
@assert Lina.try_wait("done")              # still set
Lina.shutdown()
```
"""
wait(s::Signal; timeout = nothing, member = nothing) = wait_with(member, Aim(s, true, 0), timeout)

wait_with(::Nothing, aim, timeout) = wait_for(aim, timeout)
wait_with(member, aim, timeout) = wait_on(Partner(first(goals(aim)).signal.arena, member), aim, timeout)

"""
    Lina.wait_value([arena], name, n; timeout = nothing, member = nothing)

Waits until the signal's counter is at least `n`. Broadcasts, barriers and pipelines then need no `clear`.

```julia
Lina.init_arena(4096)
worker = @async foreach(_ -> Lina.signal("step"), 1:3)
Lina.wait_value("step", 3; timeout = 60)
@assert Lina.value("step") == 3
Lina.shutdown()
```
"""
wait_value(s::Signal, n::Integer; timeout = nothing, member = nothing) =
    n <= 0 ? check_open(s.arena) && nothing :
    wait_with(member, Aim(s, false, check_target(s, n)), timeout)

check_target(s, n) = n < UInt64(1) << 63 ? UInt64(n) :
    fail(:INVALID, s.name, "signal \"$(s.name)\": its counter never reaches $n")

function wait(arena::Arena, name::Name; timeout = nothing, member = nothing)
    only_looks(timeout) && member === nothing ||
        return wait(signal_of(arena, name); timeout = timeout, member = member)
    try_wait(arena, name) || fail_timeout(name, "")
    return nothing
end
wait(name::Name; options...) = wait(default(), name; options...)
function wait_value(arena::Arena, name::Name, n::Integer; timeout = nothing, member = nothing)
    only_looks(timeout) && member === nothing ||
        return wait_value(signal_of(arena, name), n; timeout = timeout, member = member)
    value(arena, name) >= n || fail_timeout(name, ", before $n")
    return nothing
end
wait_value(name::Name, n::Integer; options...) = wait_value(default(), name, n; options...)

"""
    Lina.wait_any([arena], signals; timeout = nothing, member = nothing)

Waits for any of 1 to 64 signals: until a signal is set, or, as `name => n`, until its counter is at least `n`. If
several are reached, takes the first one in the list. Returns it as it was given. Otherwise as [`Lina.wait`](@ref).
Throws `LinaError` `:NOT_FOUND` if one of the signals is removed and none of the others is reached.

```julia
Lina.init_arena(1 << 16)
worker = @async Lina.signal("full", 3)
@assert Lina.wait_any(["stop", "full" => 3]; timeout = 60) == ("full" => 3)
Lina.shutdown()
```
"""
function wait_any(arena::Arena, signals; timeout = nothing, member = nothing)
    given = collect(Any, signals)
    1 <= length(given) <= 64 || fail(:INVALID, "", "$(length(given)) signals to wait for, of 1 to 64")
    if only_looks(timeout) && member === nothing
        found = findfirst(one -> is_hit(arena, one), given)
        found === nothing && fail_timeout(name_of(first(given)), and_others(length(given)))
        return given[found]
    end
    any = AnyOf(Aim[aim_of(arena, one) for one in given])
    wait_with(member, any, timeout)
    return given[any.reached]
end
wait_any(signals; options...) = wait_any(default(), signals; options...)

signal_of(::Arena, s::Signal) = s
aim_of(arena::Arena, one) = Aim(signal_of(arena, one), true, 0)
function aim_of(arena::Arena, (one, n)::Pair)
    s = signal_of(arena, one)
    return Aim(s, false, n <= 0 ? 0 : check_target(s, n))
end

is_hit(::Arena, s::Signal) = try_wait(s)
is_hit(arena::Arena, name::Name) = try_wait(arena, name)
is_hit(arena::Arena, (one, n)::Pair) = (one isa Signal ? value(one) : value(arena, one)) >= n

name_of(name::Name) = String(name)
name_of(s::Signal) = s.name
name_of(one::Pair) = name_of(first(one))

# ---- the policy --------------------------------------------------------------------------------------

const FOREVER = typemax(UInt64)

deadline_of(::Nothing, name, what = "signal") = FOREVER
function deadline_of(timeout, name, what = "signal")
    timeout isa Real && !isnan(timeout) ||
        fail(:INVALID, name, "$what \"$name\": a timeout of $timeout seconds")
    ns = 1e9 * timeout
    return ns < 9e18 ? time_ns() + ceil(UInt64, max(ns, 0)) : FOREVER
end

# True if the call only looks. Then it makes no signal.
only_looks(timeout) = timeout isa Real && timeout <= 0

function wait_for(aim, timeout)
    deadline = deadline_of(timeout, first(goals(aim)).signal.name)
    look(aim) && return nothing
    getpid() == HOME[] || return wait_in_child(aim, deadline)
    poll(aim, deadline) || sleep_until(aim, deadline) || doze(aim, deadline) ||
        park_until(aim, deadline) || nap_until(aim, deadline)
    return nothing
end

const HOME = Ref{Cint}(0) # the process that loaded Lina

# A forked child shares the kernel's part of the event loop with its parent: a yield in the child takes events that
# would have woken the parent. So the child sleeps in the core. It has one thread, so none of its tasks runs meanwhile.
# (The function is inlined, because a forked child cannot compile what its parent has not compiled.)
@inline function wait_in_child(aim, deadline)
    while !look(aim)
        now = time_ns()
        now >= deadline && fail_timeout(aim)
        goal = first(goals(aim))
        ccall(WAIT_VALUE[], Cint, (Ref{SignalHandle}, UInt64, Int64), goal.signal.handle, next_target(goal),
              Int64(min(deadline - now, longest_sleep(aim))))
    end
    return nothing
end
longest_sleep(::Aim) = 1_000_000_000
longest_sleep(::AnyOf) = 1_000_000 # only the first aim can end the sleep

fail_timeout(aim::Aim) = fail_timeout(aim.signal.name, aim.set ? "" : ", before $(aim.target)")
fail_timeout(any::AnyOf) = fail_timeout(first(any.aims).signal.name, and_others(length(any.aims)))
fail_timeout(name, what) = fail(:TIMEOUT, name, "signal \"$name\": timed out$what")
and_others(n) = n == 1 ? "" : ", and so did $(n - 1) more"

# A partner on another core usually answers during the spins, and one on this core during the yields.
function poll(aim, deadline)
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
