# library.jl - finds liblina_core once. Every ccall names it by its soname. If another language has loaded the
# library into this process already, the soname means that copy: two copies would have two default arenas.
#
# If the user names a library by the environment variable or the preference, Lina loads that one or throws.

using Libdl: Libdl

const LIBRARY = "liblina_core.so.1" # the soversion is the ABI's number
const ABI_VERSION = 1
const FLAGS = Libdl.RTLD_LAZY | Libdl.RTLD_GLOBAL

# These are called by address, because no symbol may be looked up while the collector may run.
const WAIT_VALUE = Ref(C_NULL)
const RAISE = Ref(C_NULL)
const POLL = Ref(C_NULL) # poll(2)

# The build folder of a checkout, beside this package.
const BUILD_TREE = normpath(@__DIR__, "..", "..", "..", "build", LIBRARY)

# The preferences for this package in the active project's LocalPreferences.toml. Base can read them since Julia 1.6.
# Preferences.jl is only needed to write them.
@static if VERSION >= v"1.6"
    preferences() = Base.get_preferences(Base.UUID("6c1f0f5e-2a53-4d0b-9b0e-8f4c1d7a35b9"))
else
    preferences() = Dict{String,Any}()
end

# The libraries to try, in order, each with the place that names it. The last one is a bare name, which the system's
# loader looks for.
function places(environment, preferences, build_tree)
    named = get(environment, "LINA_CORE", "")
    isempty(named) || return [named => "the environment variable LINA_CORE"]
    preferred = get(preferences, "library", "")
    isempty(preferred) || return [string(preferred) => "the preference \"library\""]
    return [build_tree => "the checkout's build folder", LIBRARY => "the system's loader"]
end

# Loads the first library that can be loaded, and returns its handle.
function load_first(places)
    failures = String[]
    for (path, source) in places
        try
            return Libdl.dlopen(path, FLAGS)
        catch e
            reason = last(split(chomp(sprint(showerror, e)), '\n'))
            push!(failures, "$path ($source): " * replace(reason, "$path: " => ""))
        end
    end
    fail(:NOT_FOUND, LIBRARY, "liblina_core cannot be loaded. Lina looked at " * join(failures, "; ") *
         ". Build it (meson compile -C build), install it, or name it by LINA_CORE or, from Julia " *
         "1.6 on, by the preference \"library\"")
end

function load_library()
    handle = Libdl.dlopen(LIBRARY, FLAGS | Libdl.RTLD_NOLOAD; throw_error = false)
    handle === nothing && (handle = load_first(places(ENV, preferences(), BUILD_TREE)))
    path = Libdl.dlpath(handle)
    # For programs that call the C API themselves: ccall((:lina_open, "liblina_core"), …).
    folder = dirname(path)
    folder in Libdl.DL_LOAD_PATH || push!(Libdl.DL_LOAD_PATH, folder)
    abi = ccall(Libdl.dlsym(handle, :lina_abi_version), UInt32, ())
    abi == ABI_VERSION || fail(:VERSION, LIBRARY,
        "Lina.jl speaks ABI $ABI_VERSION, and $path ABI $abi: use versions of one release")
    WAIT_VALUE[] = Libdl.dlsym(handle, :lina_signal_wait_value)
    RAISE[] = Libdl.dlsym(handle, :lina_signal_raise)
    POLL[] = cglobal(:poll)
    return nothing
end

"""
    Lina.library()

The path of the `liblina_core` that this process uses.

```julia
@assert isabspath(Lina.library()) && occursin("liblina_core", Lina.library())
```
"""
library() = Libdl.dlpath(LIBRARY)

"""
    Lina.version()

The version of the `liblina_core` that this process uses.

```julia
@assert Lina.version() >= v"0.1"
```
"""
version() = VersionNumber(unsafe_string(ccall((:lina_version, LIBRARY), Cstring, ())))
