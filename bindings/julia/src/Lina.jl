"""
One arena of named arrays for many languages, in one process or in several.

```julia
using Lina
Lina.init_arena(1 << 20)                                # or Lina.attach("shm:weather")
x = Lina.create_array("input", Float64, (2, 3))         # a Matrix{Float64} over shared memory
x .= 1.5
Lina.signal("data_ready")                               # what was written is seen after the wait
Lina.wait("data_ready")
sum(Lina.array("input"))                                # 9.0, from the very same bytes
Lina.shutdown()
```

Where the environment variable `LINA_ARENA` names an arena, or where the program that embeds Julia has made
one, `using Lina` is all the set-up. Functions are not exported: they are called as `Lina.wait`, `Lina.array`
and so on. (Exported are `LinaArray`, `LinaError`, and `lina_open_desc`, which the first programs with Lina
called by this name.) Names of arrays and signals are strings or symbols. Each function takes an [`Lina.Arena`](@ref) as its first argument where it
should not be the default one.
"""
module Lina

using LinearAlgebra: LinearAlgebra, Adjoint, Transpose

export LinaArray, LinaError, lina_open_desc

const PUBLIC = (:Arena, :Descriptor, :Loan, :Signal, :alias, :array, :attach, :buffer, :clear, :create_array,
                :create_records, :discard, :fd, :Follower, :follow, :info, :init_arena, :inspect, :library, :list, :list_signals, :loan, :lost, :members, :open_desc, :produce,
                :publish, :reclaim, :remove, :remove_signal, :republish, :sequence, :set_member_name, :shutdown, :signal, :stream, :sync, :try_wait, :unlink,
                :value, :version, :wait, :wait_any, :wait_value)
@static if VERSION >= v"1.11" # which has a word for it
    eval(Expr(:public, PUBLIC...))
end

include("library.jl")       # liblina_core, found once
include("errors.jl")        # LinaError from the core's codes
include("dtypes.jl")        # Julia types <-> dtypes
include("descriptors.jl")   # where bytes are and how to read them
include("pressure.jl")      # when to collect for the sake of others
include("arenas.jl")        # the default arena and others
include("holds.jl")         # counted views, tied to Julia's memory
include("elements.jl")      # where a LinaArray finds its elements
include("linaarray.jl")     # arrays that no Array can be
include("order.jl")         # in the order of memory: map, sum, broadcasting, copies
include("linearalgebra.jl") # products by BLAS
include("native.jl")        # from a held view to the most natural array
include("arrays.jl")        # look at arrays, create, publish and remove them
include("aliases.jl")       # parts of arrays with names of their own
include("loans.jl")         # next generations
include("signals.jl")       # timeline counters
include("waiting.jl")       # tasks that wait for a signal
include("sleeping.jl")      # … on a bell that the core rings
include("napping.jl")       # … in the core, a nap at a time
include("parking.jl")       # … while one of them looks out
include("streams.jl")       # generations kept in order, and their readers
include("members.jl")       # who has the arena
include("sending.jl")       # handles that are sent to other processes

function __init__()
    load_library()
    HOME[] = getpid()
    join_default()
    atexit(leave_all)
end

# What first scripts call, compiled as far as this version of Julia can keep it.
for T in (UInt8, Float32, Float64), N in 1:3
    precompile(native, (View, Type{T}, Val{N}))
end
precompile(init_arena, (Int,))
precompile(create_array, (String, Type{Float64}, Dims{2}))
precompile(array, (String,))
precompile(signal, (String,))
precompile(wait, (String,))
precompile(wait_for, (Aim, Nothing))

end
