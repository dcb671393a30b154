# Julia's part of the stress: overflows of the stack in the root task and in others, exceptions, garbage.
using Lina

overflow(x) = 1 + overflow(x + 1)

function caught(f)
    try
        f()
    catch error
        return error
    end
    return nothing
end

function play()
    @assert caught(() -> overflow(0)) isa StackOverflowError
    @assert fetch(@async caught(() -> overflow(0))) isa StackOverflowError
    for i in 1:1000
        @assert caught(() -> error(string(i))) isa ErrorException
    end
    sum(length(rand(1000)) for _ in 1:1000)
    GC.gc()
    Lina.array("x")[2] += 1
    Lina.signal("rounds.julia")
end

while !Lina.try_wait("stop")
    play()
end
