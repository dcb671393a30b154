# helpers.jl - what several test files need.

# Runs `f` with a default arena of its own.
function with_arena(f, bytes = 1 << 20; options...)
    Lina.init_arena(bytes; options...)
    try
        f()
    finally
        Lina.shutdown()
    end
end

# The LinaError that `f` throws, or nothing.
function lina_error(f)
    try
        f()
    catch e
        e isa LinaError || rethrow()
        return e
    end
    return nothing
end

code_of(f) = (e = lina_error(f); e === nothing ? nothing : e.code)

# Runs finalizers of all that is garbage, and of what only that garbage referred to. What a caller's
# frame may still refer to is no garbage: make and drop arrays in functions of their own.
collect_garbage() = foreach(_ -> GC.gc(true), 1:2)

held() = Lina.info().held

# A name that no other run uses.
unique_name() = "shm:lina-julia-$(getpid())-$(NAMES[] += 1)"
const NAMES = Ref(0)

# Another Julia that finds Lina where this one did.
function julia(code; threads = 1, options = ``, environment...)
    more = [string(k) => string(v) for (k, v) in environment]
    command = `$(Base.julia_cmd()) --startup-file=no $options -e $code`
    return with_env(command, "JULIA_LOAD_PATH" => "$(package_folder()):@stdlib",
                    "JULIA_NUM_THREADS" => "$threads", more...)
end

package_folder() = dirname(dirname(Base.find_package("Lina")))

# `nothing` is for a variable that is not to be set. (addenv came with Julia 1.6.)
with_env(command, pairs...) =
    setenv(command, filter(p -> last(p) !== nothing, merge(Dict{String,Any}(ENV), Dict(pairs))))

# What it prints. That it hangs, for `limit` seconds, is a failure.
function read_output(command; limit = 300)
    process = open(pipeline(command; stderr = stderr))
    alarm = Timer(_ -> kill(process, Base.SIGKILL), limit)
    said = read(process, String)
    close(alarm)
    success(process) || error("$process after it said: $said")
    return said
end

# Waits, by polling, until `f()`; false after a minute.
eventually(f) = timedwait(f, 60.0; pollint = 0.01) === :ok

# Until the process has slept for 0.2 s, whenever it was looked at: it neither compiles nor is about to sleep.
function until_asleep(process)
    state() = split(last(split(read("/proc/$(getpid(process))/stat", String), ") ")))[1]
    seen = 0
    while seen < 10
        sleep(0.02)
        seen = state() == "S" ? seen + 1 : 0
    end
end
