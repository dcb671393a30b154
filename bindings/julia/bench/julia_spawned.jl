# Measures a round trip of two spawned tasks by Lina's signals, beside one by Julia's own channels. The result is a line
# of JSON, as bench/table.py reads it.
#
#     julia -t 4 bindings/julia/bench/julia_spawned.jl [--quick] [--row LABEL]...
#
# (Before version 1.6, Julia starts at most as many threads as there are processors.)

Base.find_package("Lina") === nothing && push!(LOAD_PATH, dirname(@__DIR__))

using Lina, Base.Threads, Printf

const ROWS = [ARGS[i+1] for i in 1:length(ARGS)-1 if ARGS[i] == "--row"]
const TRIPS, ROUNDS = "--quick" in ARGS ? (200, 5) : (2_000, 20)

# Runs both sides at the same time, each TRIPS times in a task of its own, and returns the ns of a trip.
function trips(ask, answer)
    took = @elapsed begin
        other = Threads.@spawn foreach(answer, 1:TRIPS)
        wait(Threads.@spawn foreach(ask, 1:TRIPS))
        wait(other)
    end
    return 1e9 * took / TRIPS
end

function by_signals()
    there, back = Lina.Signal("there"), Lina.Signal("back")
    done = Lina.value(there)
    return trips(i -> (Lina.signal(there); Lina.wait_value(back, done + i)),
                 i -> (Lina.wait_value(there, done + i); Lina.signal(back)))
end

function by_channels()
    there, back = Channel{Int}(1), Channel{Int}(1)
    return trips(i -> (put!(there, i); take!(back)), i -> put!(back, take!(there)))
end

function bench()
    Lina.init_arena(1 << 16)
    by_signals(), by_channels() # compile
    signals, channels = Float64[], Float64[]
    for _ in 1:ROUNDS
        push!(signals, by_signals())
        push!(channels, by_channels())
    end
    rounds = [join((@sprintf("%.0f", ns) for ns in side), ", ") for side in (signals, channels)]
    what = "Julia round trip of spawned tasks, $(nthreads()) threads"
    println("{\"id\": \"P11\", \"what\": \"$what\", \"unit\": \"ns\", ",
            "\"values\": {\"Lina\": [$(rounds[1])], \"Julia's Channel\": [$(rounds[2])]}}")
    Lina.shutdown()
end

(isempty(ROWS) || any(row -> first(split(row)) == "P11", ROWS)) && bench()
