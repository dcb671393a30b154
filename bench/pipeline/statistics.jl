# The third stage of P16: the mean and the largest value of a frame. See run.py for its commands.
#
# statistics.jl IN: the pipe to read from.

using Lina

const NBYTES = 2048 * 3072
const LAST = 0xff
const DEPTH = 8

function say(what)
    println(what)
    flush(stdout)
end

function mean_and_most(frame)
    total, most = UInt64(0), 0x00
    @inbounds @simd for i in eachindex(frame)
        total += frame[i]
        most = max(most, frame[i])
    end
    return total / length(frame), most
end

# Takes the frames of an iterator until the last one. Returns nanoseconds for a frame, from the first to the last.
function take(frames)
    count, start, seen = 0, time_ns(), 0.0
    for frame in frames
        count == 0 && (start = time_ns())
        count += 1
        seen += first(mean_and_most(frame))
        frame[1] == LAST && break
    end
    seen > 0 || error("empty frames")
    return (time_ns() - start) / max(count - 1, 1)
end

# Looks at kept frames again and again, without the stages before it.
function alone(count)
    start = time_ns()
    for kept in Iterators.partition(1:count, DEPTH)
        frames = Lina.follow("bright"; start = :oldest, lossy = true)
        for (_, frame) in zip(kept, frames)
            mean_and_most(frame)
        end
        close(frames)
    end
    return (time_ns() - start) / count
end

function piped(count)
    source, frame = fdio(parse(Int, ARGS[1])), Vector{UInt8}(undef, NBYTES)
    say("ready")
    return take(read!(source, frame) for _ in 1:count)
end

function stream(lossy)
    frames = Lina.follow("bright"; lossy = lossy)
    say("ready")
    took = take(frames)
    close(frames)
    return took
end

for line in eachline(stdin)
    what, count = split(line)
    took = what == "alone" ? alone(parse(Int, count)) :
           what == "pipe" ? piped(parse(Int, count)) : stream(what == "lossy")
    say(round(Int, took))
end
