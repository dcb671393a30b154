# library.jl - finds liblina_core once. Every ccall names it by its soname: where another language has
# loaded it into the process already, that copy is meant, since two copies would be two default arenas.

using Libdl: Libdl

const LIBRARY = "liblina_core.so.1" # the soversion is the ABI's number
const ABI_VERSION = 1

# Called by address: the one so that it may be missing, the other so that nothing is looked up while the
# collector may run.
const NOTIFY = Ref(C_NULL)
const WAIT_VALUE = Ref(C_NULL)

# The build folder of a checkout, beside this package.
const BUILD_TREE = normpath(@__DIR__, "..", "..", "..", "build", LIBRARY)

open_library(path, flags = 0) =
    Libdl.dlopen(path, Libdl.RTLD_LAZY | Libdl.RTLD_GLOBAL | flags; throw_error = false)

# What to try, in this order, each with what to call it where none of them works.
function places()
    named = get(ENV, "LINA_LIBRARY", "")
    all = Pair{String,String}[]
    isempty(named) || push!(all, named => "$named (from the environment variable LINA_LIBRARY)")
    isfile(BUILD_TREE) && push!(all, BUILD_TREE => BUILD_TREE)
    push!(all, LIBRARY => "$LIBRARY (the system's library path)")
    return all
end

function find_library()
    loaded = open_library(LIBRARY, Libdl.RTLD_NOLOAD)
    loaded === nothing || return loaded
    tried = places()
    for (path, _) in tried
        handle = open_library(path)
        handle === nothing || return handle
    end
    error("Lina cannot find liblina_core. It looked for ", join(last.(tried), ", then "),
          ". Build it (meson compile -C build), install it, or set LINA_LIBRARY to its path.")
end

function load_library()
    handle = find_library()
    path = Libdl.dlpath(handle)
    # For programs that call the C API themselves: ccall((:lina_open, "liblina_core"), …).
    folder = dirname(path)
    folder in Libdl.DL_LOAD_PATH || push!(Libdl.DL_LOAD_PATH, folder)
    abi = ccall((:lina_abi_version, LIBRARY), UInt32, ())
    abi == ABI_VERSION ||
        error("Lina.jl speaks ABI $ABI_VERSION, and $path ABI $abi: use versions of one release")
    NOTIFY[] = something(Libdl.dlsym(handle, :lina_notify; throw_error = false), C_NULL)
    WAIT_VALUE[] = Libdl.dlsym(handle, :lina_signal_wait_value)
    return nothing
end

"""
    Lina.library()

The path of the `liblina_core` that this process uses.
"""
library() = Libdl.dlpath(LIBRARY)

"""
    Lina.version()

The version of the `liblina_core` that this process uses.
"""
version() = VersionNumber(unsafe_string(ccall((:lina_version, LIBRARY), Cstring, ())))
