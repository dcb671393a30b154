# sleeping.jl - a task that sleeps on a bell of Julia's event loop, which the core's helper thread rings.
#
# The bell is an AsyncCondition, and what rings it is libuv's own uv_async_send, the one function that a
# foreign thread may call: no thread that Julia does not know ever enters it. (It is called with two
# arguments more than it takes, which the calling conventions of C allow.)

struct Sleeper{A}
    aim::A
    ids::Vector{UInt64} # lina_notify_id_t of each goal, 0 without; the core writes them
    bell::Base.AsyncCondition
end
Sleeper(aim) = Sleeper(aim, no_ids(aim), Base.AsyncCondition())

no_ids(aim) = zeros(UInt64, length(goals(aim)))
is_about(aim, arena::Arena) = any(goal -> goal.signal.arena === arena, goals(aim))

# All that sleep, so that their arena's end wakes them, and Julia's end forgets them.
const SLEEPERS = Sleeper[]
const SLEEPERS_LOCK = ReentrantLock()

with_sleepers(f) = lock(f, SLEEPERS_LOCK)

# Those that are in SLEEPERS have an open bell.
ring_where(f) = with_sleepers() do
    for sleeper in SLEEPERS
        f(sleeper) && ccall(:uv_async_send, Cint, (Ptr{Cvoid},), sleeper.bell)
    end
end

wake_sleepers(arena::Arena) = ring_where(sleeper -> is_about(sleeper.aim, arena))

forget_sleepers() = with_sleepers(() -> foreach(silence, SLEEPERS))

# After it the core will not ring for this one, whose bell may then go.
function silence(sleeper)
    for (i, id) in enumerate(sleeper.ids)
        id == 0 || ccall((:lina_notify_cancel, LIBRARY), Cint, (UInt64,), id)
        sleeper.ids[i] = 0
    end
end

# The end of every sleep.
function dismiss(sleeper, alarm)
    silence(sleeper)
    with_sleepers(() -> filter!(s -> s !== sleeper, SLEEPERS))
    alarm === nothing || close(alarm)
    close(sleeper.bell)
end

# True when the aim was reached, false where there is no sleep to be had: the first thread runs the
# event loop whenever it is idle, others only by chance.
function sleep_until(aim, deadline)
    Threads.threadid() == 1 || return false
    sleeper = Sleeper(aim)
    alarm = nothing
    try
        with_sleepers(() -> push!(SLEEPERS, sleeper))
        alarm = set_alarm(sleeper, deadline)
        # Julia throws Ctrl-C at the task that was the last to go to sleep: the alarm's goes first.
        alarm === nothing || yield()
        while !look(aim)
            time_ns() >= deadline && fail_timeout(aim)
            ask_for_bell(sleeper) || return false
            Base.wait(sleeper.bell) # it may end for nothing
            silence(sleeper)
        end
        return true
    finally
        dismiss(sleeper, alarm)
    end
end

# Rings at the deadline, and on, since a timer may be a little early.
function set_alarm(sleeper, deadline)
    deadline == FOREVER && return nothing
    now = time_ns()
    left = deadline > now ? (deadline - now) / 1e9 : 0.0
    return Timer(_ -> ring_where(s -> s === sleeper), left; interval = 0.005)
end

# Asks the core to ring the bell. False where it cannot.
ask_for_bell(sleeper::Sleeper) = all(enumerate(goals(sleeper.aim))) do (i, goal)
    GC.@preserve sleeper reading(goal.signal.arena) do
        ccall((:lina_notify, LIBRARY), Cint,
              (Ptr{Cvoid}, Cstring, UInt64, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{UInt64}),
              goal.signal.arena.handle, goal.signal.name, next_target(goal), cglobal(:uv_async_send),
              sleeper.bell, pointer(sleeper.ids, i))
    end == OK
end
