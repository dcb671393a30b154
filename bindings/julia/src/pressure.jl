# pressure.jl - decides when to run the garbage collector, so that garbage does not keep an arena full.
#
# The collector does not know how much of an arena its garbage keeps in place. A writer, in this process or in another,
# may need that memory sooner than the collector would run.
#
# Several threads may update these numbers at once. If an update is lost, a collection comes earlier or later.

mutable struct Pressure
    bytes::UInt           # of the generations seen since the last collection
    generations::Int
    reliefs::Int
    seen::Vector{UInt64}  # serials by slot, so that a generation counts once
    Pressure() = new(0, 0, 0, zeros(UInt64, 64))
end

const GENERATIONS = 256 # an arena has room for 1,024 or more, unless `max_arrays` says otherwise
const FULL_EVERY = 8    # of so many collections, one is full; the others are quick and free no old objects

function note!(p::Pressure, slot, serial, nbytes)
    i = slot % length(p.seen) + 1
    @inbounds p.seen[i] == serial && return nothing
    @inbounds p.seen[i] = serial
    p.bytes += nbytes
    p.generations += 1
    return nothing
end

is_high(p::Pressure, arena_size) = p.generations >= GENERATIONS || p.bytes >= arena_size ÷ 4

# Starts to count again. True if the collection should be a full one.
function relieved!(p::Pressure)
    p.bytes = p.generations = 0
    p.reliefs += 1
    return p.reliefs % FULL_EVERY == 0
end
