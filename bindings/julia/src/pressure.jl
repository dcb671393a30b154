# pressure.jl - when to collect for the sake of others.
#
# The collector does not see how much of an arena its garbage keeps in place, and would collect too
# late for a writer, in this process or in another, that waits for that memory.
#
# Several threads may update these numbers at once: a lost update makes a collection earlier or later.

mutable struct Pressure
    bytes::UInt           # of generations seen since the last relief
    generations::Int
    reliefs::Int
    seen::Vector{UInt64}  # serials, by slot: a generation counts once
    Pressure() = new(0, 0, 0, zeros(UInt64, 64))
end

const GENERATIONS = 256 # of the thousand or more that every arena has room for
const FULL_EVERY = 8    # the quick collections in between leave what has grown old

function note!(p::Pressure, slot, serial, nbytes)
    i = slot % length(p.seen) + 1
    @inbounds p.seen[i] == serial && return nothing
    @inbounds p.seen[i] = serial
    p.bytes += nbytes
    p.generations += 1
    return nothing
end

is_high(p::Pressure, arena_size) = p.generations >= GENERATIONS || p.bytes >= arena_size ÷ 4

# Starts afresh. True when the collection should be a full one.
function relieved!(p::Pressure)
    p.bytes = p.generations = 0
    p.reliefs += 1
    return p.reliefs % FULL_EVERY == 0
end
