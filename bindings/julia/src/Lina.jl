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

Under `lina run`, or wherever the environment variable `LINA_ARENA` names an arena, `using Lina` has
joined it already. Functions are not exported: they are called as `Lina.wait`, `Lina.array` and so on.
Each takes an [`Lina.Arena`](@ref) as its first argument where it should not be the default one.
"""
module Lina

using LinearAlgebra: LinearAlgebra, Adjoint, Transpose

export LinaArray, LinaError, lina_open_desc

include("library.jl")     # liblina_core, found once
include("errors.jl")      # LinaError from the core's codes
include("dtypes.jl")      # Julia types <-> dtypes
include("descriptors.jl") # where bytes are and how to read them
include("pressure.jl")    # when to collect for the sake of others
include("arenas.jl")      # the default arena and others
include("holds.jl")       # counted views, tied to Julia's memory
include("elements.jl")    # where a LinaArray finds its elements
include("linaarray.jl")   # arrays that no Array can be
include("arrays.jl")      # create, open, list, alias, remove
include("loans.jl")       # next generations
include("signals.jl")     # timeline counters
include("waiting.jl")     # tasks that sleep until a signal

function __init__()
    load_library()
    join_default()
    atexit(leave_all)
end

end
