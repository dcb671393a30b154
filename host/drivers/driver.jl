# Runs one script in the embedded Julia as `julia SCRIPT` would. Works from Julia 1.5 on.
module LinaHost

# The driver only starts and ends scripts, so it need not be fast. At this level, Julia compiles it in less time.
isdefined(Base, :Experimental) && isdefined(Base.Experimental, Symbol("@optlevel")) &&
    @eval Base.Experimental.@optlevel 0

const OPEN_FLAGS = 0o2002001 # O_WRONLY | O_APPEND | O_CLOEXEC of Linux
const UV_NAMED_PIPE = 7      # in every libuv since 1.0

# Returns a stream of the type that Julia itself would use for this descriptor. Its methods are in the system image,
# while those of a type of our own would be compiled in each process. redirect_stdout is no choice, as it would move
# descriptor 1 of the whole process. Julia makes a pipe non-blocking, so this opens the pipe once more where it can.
function open_stream(descriptor)
    own = ccall(:open, Cint, (Cstring, Cint), "/proc/self/fd/$descriptor", OPEN_FLAGS)
    own < 0 && (own = ccall(:dup, Cint, (Cint,), descriptor))
    own < 0 && throw(SystemError("dup", Base.Libc.errno()))
    ccall(:uv_guess_handle, Cint, (Cint,), own) == UV_NAMED_PIPE && return Base.PipeEndpoint(RawFD(own))
    return fdio(own, true)
end

struct Ending <: Exception
    status::Int
end

# exit ends the script, not its host.
Base.eval(:(exit(status) = throw($Ending(status))))
Base.eval(:(exit() = throw($Ending(0))))

set_stream(name, stream) = Base.eval(Expr(:(=), name, stream))

function open_streams(output, errors, reads)
    if output != 0
        set_stream(:stdout, open_stream(output))
        push!(Base.Multimedia.displays, TextDisplay(Base.stdout))
    end
    errors != 0 && set_stream(:stderr, open_stream(errors))
    reads || set_stream(:stdin, devnull)
    try
        logging = Base.require(Base.PkgId(Base.UUID("56ddb016-857b-54e1-b83d-db4d58db5568"), "Logging"))
        Base.invokelatest(logging.global_logger, Base.invokelatest(logging.ConsoleLogger, Base.stderr))
    catch
    end
end

# Closes a stream of the script, so that its reader sees the end. A stream of the process stays open, and is flushed.
function leave_stream(@nospecialize(stream), given)
    try
        given == 0 ? flush(stream) : close(stream)
    catch
    end
end

function close_streams(old, displays, output, errors)
    leave_stream(Base.stdout, output)
    leave_stream(Base.stderr, errors)
    set_stream(:stdin, old[1])
    set_stream(:stdout, old[2])
    set_stream(:stderr, old[3])
    resize!(Base.Multimedia.displays, min(displays, length(Base.Multimedia.displays)))
end

# The task of the script. The plug-in calls `interrupt` from Julia's event loop, so that this task does not run then.
const TASK = Ref{Any}(nothing)
# Whether the script can be interrupted. The plug-in reads it, too.
const RUNNING = Ref{Cint}(0)
running() = Int(pointer_from_objref(RUNNING))
function interrupt()
    task = TASK[]
    RUNNING[] != 0 && task isa Task && !istaskdone(task) &&
        schedule(task, InterruptException(); error = true)
    return nothing
end

# The method of a frame. Later versions of Julia wrap it in other objects, which have it as `def`.
method_of(info) = info isa Method || !hasproperty(info, :def) ? info : method_of(info.def)

function is_of_driver(address)
    methods = [method_of(frame.linfo) for frame in StackTraces.lookup(address)]
    return any(method -> method isa Method && method.module === LinaHost, methods)
end

# A trace begins where the error was, and ends where the driver called the script.
function without_driver(trace)
    first = findfirst(is_of_driver, trace)
    return first === nothing ? trace : trace[1:first-1]
end

function show_failure(error, trace)
    io = Base.stderr
    print(io, "ERROR: ")
    Base.invokelatest(showerror, io, error, without_driver(trace))
    println(io)
end

unwrap(error) = error isa LoadError ? unwrap(error.error) : error

status_of(error::Ending, _, _) = error.status & 255
function status_of(cause, error, trace)
    show_failure(error, trace)
    return cause isa InterruptException ? 130 : 1
end

# The nearest project of the script, unless the user has chosen one.
function choose_project(path)
    (get(ENV, "JULIA_PROJECT", "") != "" || Base.ACTIVE_PROJECT[] !== nothing) && return
    try
        Base.ACTIVE_PROJECT[] = Base.current_project(dirname(abspath(path)))
    catch # there is no home folder
    end
    return
end

function run(path, arguments, output, errors, reads)
    old, displays = Any[stdin, stdout, stderr], length(Base.Multimedia.displays)
    open_streams(output, errors, reads)
    choose_project(path)
    empty!(ARGS)
    append!(ARGS, arguments)
    TASK[] = current_task()
    RUNNING[] = 1
    Base.eval(:(PROGRAM_FILE = $path))
    status = 0
    try
        Base.include(Main, abspath(path))
    catch error
        RUNNING[] = 0
        status = status_of(unwrap(error), error, catch_backtrace())
    end
    RUNNING[] = 0
    close_streams(old, displays, output, errors)
    return status
end

end # module
