# napping.jl - a task that waits in the core itself, and so keeps its thread.
#
# The garbage collector can run meanwhile, because the thread touches no Julia objects. Other tasks cannot use the
# thread. So a nap is short, and the task does not nap while another one is ready.

const LONGEST_NAP = 1_000_000 # ns: a task that becomes ready may have to wait so long
const SHORTEST_NAP = 20_000

# ---- is another task ready? --------------------------------------------------------------------------
#
# A yield would find out. But since Julia 1.7 it wakes all other threads, which then look for work for a while.

@static if isdefined(Base, :workqueue_for)
    own_queue() = Base.workqueue_for(Threads.threadid())
else
    own_queue() = Base.Workqueues[Threads.threadid()]
end

# Before Julia 1.9, there is no way to find out whether there are tasks that any thread may begin.
const SEES_ALL_WORK = isdefined(Base, :checktaskempty)

@static if SEES_ALL_WORK
    has_work() = !isempty(own_queue()) || !Base.checktaskempty()
else
    has_work() = !isempty(own_queue())
end

# ---- naps --------------------------------------------------------------------------------------------

# Most waits are short. So a thread naps once before its task parks, except the first thread, which the event loop
# needs. True if the aim was reached.
doze(::AnyOf, deadline) = false
function doze(aim::Aim, deadline)
    Threads.threadid() == 1 && return false
    until = min(deadline, time_ns() + LONGEST_NAP)
    while !look(aim)
        now = time_ns()
        (now >= until || has_work()) && return false
        nap(aim, until - now)
    end
    return true
end

const NAPPERS = Threads.Atomic{Int}(0)

# Naps again and again, for a task that can neither sleep in the event loop nor park.
function nap_until(aim, deadline)
    Threads.atomic_add!(NAPPERS, 1)
    try
        while !look(aim)
            now = time_ns()
            now >= deadline && fail_timeout(aim)
            # The first thread's yield also runs the event loop.
            (Threads.threadid() == 1 || has_work()) && yield()
            has_work() || nap(aim, min(deadline - now, nap_length()))
        end
    finally
        Threads.atomic_sub!(NAPPERS, 1)
    end
    return nothing
end

# If several tasks nap, their naps are shorter.
nap_length() = max(SHORTEST_NAP, LONGEST_NAP ÷ NAPPERS[])

nap(any::AnyOf, ns) = nap(first(any.aims), ns)
function nap(aim::Aim, ns)
    handle = aim.signal.handle
    GC.@preserve handle reading(aim.signal.arena) do
        sleep_safely(WAIT_VALUE[], Base.unsafe_convert(Ptr{SignalHandle}, handle), next_target(aim),
                     Int64(ns))
    end
end

# Between the two calls, the collector may run, so no Julia object is touched there. (libjulia exports both from 1.5
# to 1.13.)
@noinline function sleep_safely(wait_value::Ptr{Cvoid}, handle::Ptr{SignalHandle}, target::UInt64,
                                ns::Int64)
    state = ccall(:jl_gc_safe_enter, Int8, ())
    ccall(wait_value, Cint, (Ptr{SignalHandle}, UInt64, Int64), handle, target, ns)
    ccall(:jl_gc_safe_leave, Cvoid, (Int8,), state)
    return nothing
end
