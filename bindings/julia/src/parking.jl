# parking.jl - waits of tasks outside the first thread. A parked task leaves its thread to other tasks.
#
# One task, the lookout, wakes all parked tasks. It sleeps on an eventfd that the core's helper thread rings. (The event
# loop cannot do this, because only an idle first thread runs it.) While the lookout sleeps, other tasks cannot use its
# thread. So it looks every few milliseconds whether there is work for the thread. There is one lookout, however many
# tasks are parked.

struct Parked{A}
    aim::A
    ids::Vector{UInt64}     # as in a Sleeper
    targets::Vector{UInt64} # for each goal, the counter at which the eventfd is rung
    deadline::UInt64
    woken::Threads.Condition
end
Parked(aim, deadline) = Parked(aim, no_ids(aim), no_ids(aim), deadline, Threads.Condition())

const PARKED = Parked[]
const IS_POSTED = Ref(false) # true if there is a lookout
const PARKED_LOCK = ReentrantLock() # guards the two above

with_parked(f) = lock(f, PARKED_LOCK)

# True if the aim was reached. False if nothing can wake the task.
function park_until(aim, deadline)
    can_park() || return false
    parked = Parked(aim, deadline)
    with_parked(() -> push!(PARKED, parked))
    try
        while !look(aim)
            time_ns() >= deadline && fail_timeout(aim)
            ask_for_ring(parked) || return false
            post_lookout()
            lock(() -> is_due(parked) || Base.wait(parked.woken), parked.woken)
            silence(parked)
        end
        return true
    finally
        silence(parked)
        with_parked(() -> filter!(p -> p !== parked, PARKED))
    end
end

@static if isdefined(Threads, :threadpool) # a thread that C made has no thread pool
    can_park() = Threads.threadid() != 1 && Threads.threadpool() !== :foreign
else
    can_park() = Threads.threadid() != 1
end

# True if the task must look again: its signal came (it may be cleared again), or its wait is over.
is_due(parked::Parked) = time_ns() >= parked.deadline ||
    any(((goal, target),) -> is_news(goal.signal, target), zip(goals(parked.aim), parked.targets))

function is_news(s::Signal, target)
    Threads.atomic_add!(s.arena.readers, 1) # as in reading
    try
        return !isopen(s.arena) || !is_there(s) || counter(s) >= target
    finally
        Threads.atomic_sub!(s.arena.readers, 1)
    end
end

wake(parked::Parked) = lock(() -> notify(parked.woken), parked.woken)

# Wakes the tasks that are due. Returns the earliest deadline of the others.
rouse() = with_parked() do
    earliest = FOREVER
    for parked in PARKED
        is_due(parked) ? wake(parked) : (earliest = min(earliest, parked.deadline))
    end
    earliest
end

forget_parked() = with_parked(() -> foreach(silence, PARKED))

# ---- the eventfd -------------------------------------------------------------------------------------

const RING = Ref{Cint}(-1) # the eventfd; made at its first use
const EFD_CLOEXEC, EFD_NONBLOCK = Cint(0o2000000), Cint(0o4000)

# Asks the core to ring when one of the task's signals comes. False if the core cannot.
ask_for_ring(parked::Parked) = all(enumerate(goals(parked.aim))) do (i, goal)
    parked.targets[i] = next_target(goal)
    GC.@preserve parked reading(goal.signal.arena) do
        ccall((:lina_notify_fd, LIBRARY), Cint, (Ptr{Cvoid}, Cstring, UInt64, Cint, Ptr{UInt64}),
              goal.signal.arena.handle, goal.signal.name, parked.targets[i], ring(), pointer(parked.ids, i))
    end == OK
end

function ring()
    RING[] >= 0 && return RING[]
    return with_parked() do
        RING[] >= 0 || (RING[] = ccall(:eventfd, Cint, (Cuint, Cint), 0, EFD_CLOEXEC | EFD_NONBLOCK))
        RING[]
    end
end

struct PollFd # struct pollfd
    fd::Cint
    events::Cshort
    revents::Cshort
end
const POLLIN = Cshort(1)

# Sleeps until the eventfd is rung, and at most for this time.
function sleep_on_ring(ns)
    fds = Ref(PollFd(ring(), POLLIN, 0))
    GC.@preserve fds poll_safely(POLL[], Base.unsafe_convert(Ptr{PollFd}, fds), cld(ns, 1_000_000) % Cint)
    rung = Ref{UInt64}()
    ccall(:read, Cssize_t, (Cint, Ptr{UInt64}, Csize_t), ring(), rung, sizeof(rung))
    return nothing
end

# As sleep_safely.
@noinline function poll_safely(poll::Ptr{Cvoid}, fds::Ptr{PollFd}, ms::Cint)
    state = ccall(:jl_gc_safe_enter, Int8, ())
    ccall(poll, Cint, (Ptr{PollFd}, Culong, Cint), fds, 1, ms)
    ccall(:jl_gc_safe_leave, Cvoid, (Int8,), state)
    return nothing
end

# ---- the lookout -------------------------------------------------------------------------------------

const SHORT_LOOK = 1_000_000 # ns of sleep between two looks for work
const LONG_LOOK = 10_000_000 # ns if there was no work for a while: a hundred looks a second cost 1 % of a core
const LINGER = 50_000_000    # ns that it stays when no task is parked, because another one may park soon
const NEEDED = Ref{UInt64}(0) # when a task was parked last

# Starts the lookout on this task's thread, which will be free in a moment.
function post_lookout()
    with_parked() do
        IS_POSTED[] && return nothing
        IS_POSTED[] = true
        begin_on(Threads.threadid(), look_out)
        return nothing
    end
end

function begin_on(thread, f)
    task = Task(f)
    task.sticky = true
    ccall(:jl_set_task_tid, Cint, (Any, Cint), task, thread - 1)
    schedule(task)
end

# The first thread must not sleep here, because it runs the event loop.
function look_out()
    is_done = false
    try
        is_done = Threads.threadid() == 1 ? look_briefly() : look_long()
    finally
        is_done || pass_on()
    end
    return nothing
end

# True if no task is parked any more. False if another task should take over.
function look_long()
    began = busy = time_ns()
    while Threads.threadid() != 1
        earliest = rouse()
        now = time_ns()
        is_over(now) && return true
        now - began > LONGEST_WATCH && return false
        if has_work()
            give_way()
            busy = time_ns()
        elseif now < earliest
            look = clamp((now - busy) ÷ 16, SHORT_LOOK, LONG_LOOK)
            sleep_on_ring(min(look, earliest - now))
        end
    end
    return false
end

is_over(now) = with_parked() do
    isempty(PARKED) || (NEEDED[] = now)
    now - NEEDED[] > LINGER && (IS_POSTED[] = false)
    !IS_POSTED[]
end

@static if SEES_ALL_WORK
    # Any thread can go on with the lookout after other work, but the first thread may be busy for long.
    const LONGEST_WATCH = typemax(Int)

    give_way() = (current_task().sticky = false; yield())

    function look_briefly()
        rouse()
        sleep(0.001)
        return is_over(time_ns())
    end

    function pass_on()
        next = Threads.@spawn look_out()
        until = time_ns() + 200_000
        while Threads.threadid() == 1 && !istaskstarted(next) && time_ns() < until
            GC.safepoint() # so that another thread takes the task
        end
    end
else
    # Here the lookout does not see tasks that any thread may begin, and its yield does not begin them. So from time
    # to time it ends and starts the next lookout as such a task. That wakes no other thread, which would look for
    # work for 4 ms. A task that has begun on the first thread may stay there for ever.
    const LONGEST_WATCH = 200_000_000 # ns
    const WATCHED_ON = Ref(0)

    give_way() = yield()

    look_briefly() = (begin_on(WATCHED_ON[], look_out); true)

    function pass_on()
        WATCHED_ON[] = Threads.threadid()
        next = Task(look_out)
        next.sticky = false
        ccall(:jl_enqueue_task, Cint, (Any,), next) == 0 || begin_on(Threads.threadid(), look_out)
    end
end
