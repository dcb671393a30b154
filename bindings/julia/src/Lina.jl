"""
Named arrays in a shared arena, for many languages, in one process or in several.

```julia
using Lina
Lina.init_arena(1 << 20)                                # or Lina.attach("shm:weather")
x = Lina.create_array("input", Float64, (2, 3))         # a Matrix{Float64} over shared memory
x .= 1.5
Lina.signal("data_ready")                               # after its wait, a reader sees what was written
Lina.wait("data_ready")
sum(Lina.array("input"))                                # 9.0, from the same bytes
Lina.shutdown()
```

If the environment variable `LINA_ARENA` names an arena, or if the program that embeds Julia has made one,
`using Lina` is all the set-up. Functions are not exported: call them as `Lina.wait`, `Lina.array` and so on.
(Only `LinaArray`, `LinaError` and `lina_open_desc` are exported, the last one because early programs with Lina use
it.) Names of arrays and signals are strings or symbols. To use another arena than the default one,
pass an [`Lina.Arena`](@ref) as the first argument of a function.
"""
module Lina

using LinearAlgebra: LinearAlgebra, Adjoint, Transpose

export LinaArray, LinaError, lina_open_desc

const PUBLIC = (:Arena, :Descriptor, :Loan, :Signal, :alias, :array, :attach, :buffer, :clear, :create_array,
                :create_records, :discard, :fd, :Follower, :follow, :info, :init_arena, :inspect, :library, :list, :list_signals, :loan, :lost, :members, :open_desc, :produce,
                :publish, :reclaim, :remove, :remove_signal, :republish, :sequence, :set_member_name, :shutdown, :signal, :stream, :sync, :try_wait, :unlink,
                :value, :version, :wait, :wait_any, :wait_value)
@static if VERSION >= v"1.11" # Julia has the keyword `public` since then
    eval(Expr(:public, PUBLIC...))
end

include("library.jl")       # finds liblina_core
include("errors.jl")        # LinaError
include("dtypes.jl")        # Julia types <-> dtypes
include("descriptors.jl")   # lina_desc_t
include("pressure.jl")      # when garbage keeps too much of an arena in place
include("arenas.jl")        # the default arena and others
include("holds.jl")         # views of the core, released by the garbage collector
include("elements.jl")      # the memory of a LinaArray
include("linaarray.jl")     # arrays that cannot be an Array
include("order.jl")         # map, sum, broadcasting and copies, in the order of memory
include("linearalgebra.jl") # products by BLAS
include("empty.jl")         # arrays without elements
include("native.jl")        # makes an Array of a view, or a LinaArray
include("arrays.jl")        # look up, create, publish and remove arrays
include("aliases.jl")       # parts of arrays with their own names
include("loans.jl")         # next generations
include("signals.jl")       # timeline counters
include("waiting.jl")       # tasks that wait for a signal:
include("sleeping.jl")      # - in the event loop
include("napping.jl")       # - in the core, a nap at a time
include("parking.jl")       # - parked, while one task waits for all of them
include("streams.jl")       # streams, their readers and producers
include("members.jl")       # members of an arena
include("sending.jl")       # handles that are sent to other processes

function __init__()
    load_library()
    HOME[] = getpid()
    join_default()
    atexit(leave_all)
end

# Compiles the functions that short scripts call, as far as this version of Julia can store compiled code.
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
