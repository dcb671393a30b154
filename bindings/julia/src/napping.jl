# napping.jl - a task that waits in the core itself, a nap at a time, where no bell would wake it.
#
# During a nap the collector may run, since this thread touches nothing of Julia's. After each, the
# other tasks of this thread have their turn; while they are busy, there is no nap.

const LONGEST_NAP = 1_000_000 # ns: what other tasks that become ready may have to wait
const SHORTEST_NAP = 20_000
const IDLE_YIELD = 2_000      # a yield that takes longer has run somebody

const NAPPERS = Threads.Atomic{Int}(0)

function nap_until(aim::Aim, deadline)
    Threads.atomic_add!(NAPPERS, 1)
    try
        while !look(aim)
            now = time_ns()
            now >= deadline && fail_timeout(aim)
            left = deadline - now
            yield()
            time_ns() - now > IDLE_YIELD * NAPPERS[] || nap(aim, min(left, nap_length()))
        end
    finally
        Threads.atomic_sub!(NAPPERS, 1)
    end
    return nothing
end

# Nappers share the time.
nap_length() = max(SHORTEST_NAP, LONGEST_NAP ÷ NAPPERS[])

function nap(aim::Aim, ns)
    handle = aim.signal.handle
    GC.@preserve handle reading(aim.signal.arena) do
        sleep_safely(WAIT_VALUE[], Base.unsafe_convert(Ptr{SignalHandle}, handle), next_target(aim),
                     Int64(ns))
    end
end

# Between the two calls the collector may run: nothing of Julia's is touched there. (libjulia exports
# them in 1.5, and in 1.13 still.)
@noinline function sleep_safely(wait_value::Ptr{Cvoid}, handle::Ptr{SignalHandle}, target::UInt64,
                                ns::Int64)
    state = ccall(:jl_gc_safe_enter, Int8, ())
    ccall(wait_value, Cint, (Ptr{SignalHandle}, UInt64, Int64), handle, target, ns)
    ccall(:jl_gc_safe_leave, Cvoid, (Int8,), state)
    return nothing
end
