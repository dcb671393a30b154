# Runs one script in the embedded Julia as `julia SCRIPT` would. Works from Julia 1.5 on.
module LinaHost

# A stream on the host's descriptor. It writes whole lines, and the rest when it is flushed. Not
# redirect_stdout, which would move descriptor 1 of the whole process.
mutable struct Stream <: IO
    descriptor::Cint
    pending::Vector{UInt8}
    lock::ReentrantLock
end
Stream(descriptor::Integer) = Stream(descriptor, UInt8[], ReentrantLock())

function put(descriptor::Cint, p::Ptr{UInt8}, n::Integer)
    while n > 0
        done = ccall(:write, Cssize_t, (Cint, Ptr{UInt8}, Csize_t), descriptor, p, n)
        if done < 0
            Base.Libc.errno() in (Base.Libc.EINTR, Base.Libc.EAGAIN) && continue
            throw(Base.IOError("write to the host's stream", -Base.Libc.errno()))
        end
        p += done
        n -= done
    end
end

function Base.flush(s::Stream)
    bytes, s.pending = s.pending, UInt8[]
    GC.@preserve bytes put(s.descriptor, pointer(bytes), length(bytes))
    return nothing
end
function Base.unsafe_write(s::Stream, p::Ptr{UInt8}, n::UInt)
    append!(s.pending, unsafe_wrap(Array, p, Int(n)))
    (UInt8('\n') in s.pending || length(s.pending) > 4096) && flush(s)
    return Int(n)
end
Base.write(s::Stream, byte::UInt8) = (bytes = Ref(byte); GC.@preserve bytes Base.unsafe_write(
    s, Ptr{UInt8}(Base.unsafe_convert(Ptr{UInt8}, bytes)), UInt(1)))
Base.isopen(::Stream) = true
Base.iswritable(::Stream) = true
Base.isreadable(::Stream) = false
Base.lock(s::Stream) = lock(s.lock)
Base.unlock(s::Stream) = unlock(s.lock)
Base.displaysize(::Stream) = (24, 80)
# What a child process inherits where the script gives it this stream.
Base.rawhandle(s::Stream) = RawFD(s.descriptor)
Base.setup_stdio(s::Stream, ::Bool) = (RawFD(s.descriptor), false)

struct Ending <: Exception
    status::Int
end

# exit ends the script, not its host.
Base.eval(:(exit(status) = throw($Ending(status))))
Base.eval(:(exit() = throw($Ending(0))))

function open_streams(output, errors, reads)
    if output != 0
        out = Stream(output)
        Base.eval(:(stdout = $out))
        pushdisplay(TextDisplay(out))
    end
    errors != 0 && Base.eval(:(stderr = $(Stream(errors))))
    reads || Base.eval(:(stdin = devnull))
    try
        logging = Base.require(Base.PkgId(Base.UUID("56ddb016-857b-54e1-b83d-db4d58db5568"), "Logging"))
        Base.invokelatest(logging.global_logger, Base.invokelatest(logging.ConsoleLogger, Base.stderr))
    catch
    end
end

# The task of the script, and what the host rings to interrupt it.
const TASK = Ref{Any}(nothing)
const BELL = Ref{Any}(nothing)
function interrupt(_)
    task = TASK[]
    task isa Task && !istaskdone(task) && task !== current_task() &&
        schedule(task, InterruptException(); error = true)
    return nothing
end

function show_failure(error, trace)
    io = Base.stderr
    print(io, "ERROR: ")
    Base.invokelatest(showerror, io, error, trace)
    println(io)
end

unwrap(error) = error isa LoadError ? unwrap(error.error) : error

status_of(error::Ending, _, _) = error.status & 255
function status_of(cause, error, trace)
    show_failure(error, trace)
    return cause isa InterruptException ? 130 : 1
end

function flush_all()
    for stream in (Base.stdout, Base.stderr)
        try
            flush(stream)
        catch
        end
    end
end

function run(path, arguments, output, errors, reads)
    open_streams(output, errors, reads)
    empty!(ARGS)
    append!(ARGS, arguments)
    TASK[] = current_task()
    Base.eval(:(PROGRAM_FILE = $path))
    status = 0
    try
        Base.include(Main, abspath(path))
    catch error
        TASK[] = nothing
        status = status_of(unwrap(error), error, catch_backtrace())
    finally
        TASK[] = nothing
    end
    flush_all()
    return status
end

# The handle for uv_async_send, which any thread may call.
function bell()
    BELL[] = Base.AsyncCondition(interrupt)
    return Int(BELL[].handle)
end

end # module
