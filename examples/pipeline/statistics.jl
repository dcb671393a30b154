# The third stage of the pipeline: computes the mean of each picture of edges, its largest value, and how much of it
# is steep. The first number of a result is the number of its frame. So when the stage is started again, it knows
# where to go on.
using Lina

function statistics!(out, edges)
    total, most, steep = 0.0, 0.0, 0
    for value in edges
        total += value
        most = max(most, value)
        steep += value > 20
    end
    out[2:4] = [total / length(edges), most, steep / length(edges)]
end

function last_done()
    try
        return Int(Lina.array("statistics")[1])
    catch failure
        failure isa LinaError && failure.code === :NOT_FOUND || rethrow()
        return 0 # there is no result yet
    end
end

Lina.set_member_name("statistics")
foreach(name -> Lina.stream(name; depth = 8), ("edges", "statistics"))
Lina.produce("statistics") do
    # revive: if the filter has died, wait for the next one.
    pictures = Lina.follow("edges"; start = last_done() + 1, revive = true)
    for edges in pictures
        Lina.loan("statistics", Float64, (4,)) do result
            result[1] = Lina.sequence(pictures)
            statistics!(result, edges)
        end
    end
end
