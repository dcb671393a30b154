# helpers.jl - functions that several test files use.

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

# Runs the finalizers of all garbage, and of what only that garbage referred to. An array is not garbage while the
# caller's frame may refer to it: make and drop arrays in functions of their own.
collect_garbage() = foreach(_ -> GC.gc(true), 1:2)

held() = Lina.info().held

# A name that no other run uses.
unique_name() = "shm:lina-julia-$(getpid())-$(NAMES[] += 1)"
const NAMES = Ref(0)

# The command for another Julia that finds Lina in the same place.
function julia(code; threads = 1, options = ``, environment...)
    more = [string(k) => string(v) for (k, v) in environment]
    command = `$(Base.julia_cmd()) --startup-file=no $options -e $code`
    return with_env(command, "JULIA_LOAD_PATH" => "$(package_folder()):@stdlib",
                    "JULIA_NUM_THREADS" => "$threads", more...)
end

package_folder() = dirname(dirname(Base.find_package("Lina")))

# `nothing` unsets a variable. (Julia has addenv from 1.6 on.)
with_env(command, pairs...) =
    setenv(command, filter(p -> last(p) !== nothing, merge(Dict{String,Any}(ENV), Dict(pairs))))

# Returns what the command prints. If it runs for `limit` seconds, it hangs, and the test fails.
function read_output(command; limit = 300)
    process = open(pipeline(command; stderr = stderr))
    alarm = Timer(_ -> kill(process, Base.SIGKILL), limit)
    said = read(process, String)
    close(alarm)
    success(process) || error("$process after it said: $said")
    return said
end

# Polls until `f()` is true. False after a minute.
eventually(f) = timedwait(f, 60.0; pollint = 0.01) === :ok

# Waits until each look during 0.2 s found the process asleep. Then it neither compiles nor is about to sleep.
function until_asleep(process)
    state() = split(last(split(read("/proc/$(getpid(process))/stat", String), ") ")))[1]
    seen = 0
    while seen < 10
        sleep(0.02)
        seen = state() == "S" ? seen + 1 : 0
    end
end
