# sleeping.jl - a task that sleeps in Julia's event loop, on a bell that the core's helper thread rings.
#
# The bell is an AsyncCondition. The core's callback is libuv's own uv_async_send, the one function of libuv that any
# thread may call. So the helper thread, which Julia does not know, never runs Julia code. (The callback gets two more
# arguments than uv_async_send takes, which the calling conventions of C allow.)

struct Sleeper{A}
    aim::A
    ids::Vector{UInt64} # lina_notify_id_t of each goal, or 0; the core writes them
    bell::Base.AsyncCondition
end
Sleeper(aim) = Sleeper(aim, no_ids(aim), Base.AsyncCondition())

no_ids(aim) = zeros(UInt64, length(goals(aim)))
is_about(aim, arena::Arena) = any(goal -> goal.signal.arena === arena, goals(aim))

# All sleepers. The end of their arena wakes them, and the end of Julia removes them.
const SLEEPERS = Sleeper[]
const SLEEPERS_LOCK = ReentrantLock()

with_sleepers(f) = lock(f, SLEEPERS_LOCK)

# Every sleeper in SLEEPERS has an open bell.
ring_where(f) = with_sleepers() do
    for sleeper in SLEEPERS
        f(sleeper) && ccall(:uv_async_send, Cint, (Ptr{Cvoid},), sleeper.bell)
    end
end

wake_sleepers(arena::Arena) = ring_where(sleeper -> is_about(sleeper.aim, arena))

forget_sleepers() = with_sleepers(() -> foreach(silence, SLEEPERS))

# Afterwards, the core does not ring this sleeper's bell any more, so the bell may be closed.
function silence(sleeper)
    for (i, id) in enumerate(sleeper.ids)
        id == 0 || ccall((:lina_notify_cancel, LIBRARY), Cint, (UInt64,), id)
        sleeper.ids[i] = 0
    end
end

# Ends a sleep.
function dismiss(sleeper, alarm)
    silence(sleeper)
    with_sleepers(() -> filter!(s -> s !== sleeper, SLEEPERS))
    alarm === nothing || close(alarm)
    close(sleeper.bell)
end

# True if the aim was reached. False if this thread cannot sleep here: only the first thread runs the event loop
# whenever it is idle.
function sleep_until(aim, deadline)
    Threads.threadid() == 1 || return false
    sleeper = Sleeper(aim)
    alarm = nothing
    try
        with_sleepers(() -> push!(SLEEPERS, sleeper))
        alarm = set_alarm(sleeper, deadline)
        # Julia throws Ctrl-C into the task that went to sleep last, so the alarm's task must go to sleep first.
        alarm === nothing || yield()
        while !look(aim)
            time_ns() >= deadline && fail_timeout(aim)
            ask_for_bell(sleeper) || return false
            Base.wait(sleeper.bell) # it may end without a reason
            silence(sleeper)
        end
        return true
    finally
        dismiss(sleeper, alarm)
    end
end

# Rings at the deadline, and again afterwards, because a timer may be a little early.
function set_alarm(sleeper, deadline)
    deadline == FOREVER && return nothing
    now = time_ns()
    left = deadline > now ? (deadline - now) / 1e9 : 0.0
    return Timer(_ -> ring_where(s -> s === sleeper), left; interval = 0.005)
end

# Asks the core to ring the bell. False if the core cannot.
ask_for_bell(sleeper::Sleeper) = all(enumerate(goals(sleeper.aim))) do (i, goal)
    GC.@preserve sleeper reading(goal.signal.arena) do
        ccall((:lina_notify, LIBRARY), Cint,
              (Ptr{Cvoid}, Cstring, UInt64, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{UInt64}),
              goal.signal.arena.handle, goal.signal.name, next_target(goal), cglobal(:uv_async_send),
              sleeper.bell, pointer(sleeper.ids, i))
    end == OK
end
