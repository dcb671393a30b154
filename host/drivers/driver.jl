# Runs one script in the embedded Julia as `julia SCRIPT` would. Works from Julia 1.5 on.
module LinaHost

# The driver only starts and ends scripts, so it need not be fast. At this level, Julia compiles it in less time.
isdefined(Base, :Experimental) && isdefined(Base.Experimental, Symbol("@optlevel")) &&
    @eval Base.Experimental.@optlevel 0

struct Ending <: Exception
    status::Int
end

# exit ends the script, not its host. If another task of the script calls it, that task ends the script's, and waits.
# Only the first thread may do so. Another one rings the bell, so that the first thread calls `interrupt`.
function leave(status)
    LEFT[] = status & 255
    if TASK isa Task && TASK !== current_task() && RUNNING[] != 0
        if Threads.threadid() == 1
            interrupt()
            wait()
        elseif BELL[] != C_NULL
            ccall(:uv_async_send, Cint, (Ptr{Cvoid},), BELL[])
            wait()
        end
    end
    throw(Ending(status))
end
Core.eval(Base, :(exit(status) = $leave(status)))
Core.eval(Base, :(exit() = $leave(0)))

const STREAMS = (stdin, stdout, stderr) # of the process

# The task of the script. The plug-in calls `interrupt` from Julia's event loop, so that this task does not run then.
TASK = nothing
# Whether the script can be interrupted. The plug-in reads it, too.
const RUNNING = Core.eval(Base, Expr(:new, Base.RefValue{Int32}, Int32(0)))
# The status that exit was given, or -1. A script may catch what exit throws; it ends with this status nevertheless.
const LEFT = Ref(-1)
# The plug-in's handle of libuv, which lets the first thread call `interrupt`. The plug-in writes it.
const BELL = Base.RefValue{Ptr{Cvoid}}(C_NULL)
function interrupt()
    task = TASK
    RUNNING[] != 0 && task isa Task && !istaskdone(task) &&
        schedule(task, LEFT[] < 0 ? InterruptException() : Ending(LEFT[]); error = true)
    return nothing
end

# Whether a frame is of this module. Later versions of Julia wrap its method in other objects, which have it as `def`.
function is_of_driver(info)
    while !(info isa Method) && hasproperty(info, :def)
        info = info.def
    end
    return info isa Method && info.module === LinaHost
end

# Cuts a trace where the driver called the script. Loops, because Julia compiles them faster than closures.
function without_driver(trace)
    for i in 1:length(trace), frame in StackTraces.lookup(trace[i])
        is_of_driver(frame.linfo) && return resize!(trace, i - 1)
    end
    return trace
end

# Julia has compiled these methods for an IOBuffer, but not for a pipe.
function show_failure(error, trace)
    text = IOBuffer()
    print(text, "ERROR: ")
    Base.invokelatest(showerror, text, error, without_driver(trace))
    println(text)
    write(Base.stderr, take!(text))
end

unwrap(error) = error isa LoadError ? unwrap(error.error) : error

status_of(error::Ending, _, _) = error.status & 255
function status_of(cause, error, trace)
    show_failure(error, trace)
    return cause isa InterruptException ? 130 : 1
end

# Those of packages run when Julia ends: that of Lina closes the arenas of the whole process.
is_of_script(hook) = Base.moduleroot(parentmodule(typeof(hook))) === Main

# Runs what the script has given to atexit, the newest first.
function run_hooks(status)
    for hook in filter(is_of_script, Base.atexit_hooks)
        filter!(other -> other !== hook, Base.atexit_hooks)
        try # since Julia 1.9, a function may take the exit status
            arguments = Base.invokelatest(applicable, hook, status) ? (status,) : ()
            Base.invokelatest(hook, arguments...)
        catch error
            error isa Ending || show_failure(error, catch_backtrace())
        end
    end
end

# Traces end at this function.
load(path) = Base.include(Main, path)

# What happens in a run. Julia interprets this, and calls methods of its system image. As the body of a function, it
# would be compiled in each process, which takes longer than the rest of the start. So it has neither loops nor ccalls,
# and it calls few methods of this module.
const STEPS = quote
    Base.Multimedia.reinit_displays()
    reads || Core.eval(Base, :(stdin = devnull))
    try
        logging = Base.require(Base.PkgId(Base.UUID("56ddb016-857b-54e1-b83d-db4d58db5568"), "Logging"))
        Base.invokelatest(logging.global_logger, Base.invokelatest(logging.ConsoleLogger, Base.stderr))
    catch
    end
    # The nearest project of the script, unless the user has chosen one.
    try
        get(ENV, "JULIA_PROJECT", "") != "" || Base.ACTIVE_PROJECT[] !== nothing ||
            setindex!(Base.ACTIVE_PROJECT, Base.current_project(dirname(abspath(path))))
    catch # there is no home folder
    end
    empty!(ARGS)
    append!(ARGS, arguments)
    Core.eval(Base, :(PROGRAM_FILE = $path))
    global TASK = current_task()
    setfield!(LEFT, :x, -1)
    hooks = length(Base.atexit_hooks)
    setfield!(RUNNING, :x, Int32(1))
    status = 0
    try
        load(abspath(path))
    catch error
        setfield!(RUNNING, :x, Int32(0))
        status = status_of(unwrap(error), error, catch_backtrace())
    end
    getfield(LEFT, :x) < 0 || (status = getfield(LEFT, :x))
    length(Base.atexit_hooks) > hooks && run_hooks(Cint(status))
    getfield(LEFT, :x) < 0 || (status = getfield(LEFT, :x)) # a hook may call exit, too
    setfield!(RUNNING, :x, Int32(0))
    # Closes a stream of the script, so that its reader sees the end. One of the process stays open, and is flushed.
    try
        output == 0 ? flush(Base.stdout) : close(Base.stdout)
    catch
    end
    try
        errors == 0 ? flush(Base.stderr) : close(Base.stderr)
    catch
    end
    Core.eval(Base, :(stdin = $(getfield(STREAMS, 1))))
    Core.eval(Base, :(stdout = $(getfield(STREAMS, 2))))
    Core.eval(Base, :(stderr = $(getfield(STREAMS, 3))))
    status
end

# The plug-in has opened the streams of the script. It gives 0 for one that is the process's.
function run(path, arguments, output, errors, reads)
    return Core.eval(LinaHost, Expr(:let, Expr(:block, :(path = $path), :(arguments = $arguments), :(output = $output),
        :(errors = $errors), :(reads = $reads)), STEPS))
end

end # module
