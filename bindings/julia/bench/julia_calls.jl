# Measures Lina's calls, sums, maps and products beside Julia's own. The two sides take turns, round by round.
# Each row is a line of JSON with the times of all rounds, as bench/table.py reads it.
#
#     julia bindings/julia/bench/julia_calls.jl [--quick] [--row LABEL]...
#
# With --row it measures only the targets that a LABEL begins with.
#
# Where an array lies in memory changes its speed. Two effects of that must be the same for both sides. First, the
# physical pages that a process gets early are slower to read than later ones, by up to a third. So each side has
# COPIES of every array, made in turns. Second, a map is slower by up to a fifth if its source begins a few bytes
# before its target within a page, because the processor takes loads from the one for loads of what it has just
# stored in the other. So Lina's arrays begin at the same place in a page as Julia's own (byte 64, for large ones).

Base.find_package("Lina") === nothing && push!(LOAD_PATH, dirname(@__DIR__))

using Lina, LinearAlgebra, Printf

const ROWS = [ARGS[i+1] for i in 1:length(ARGS)-1 if ARGS[i] == "--row"]
wanted(target) = isempty(ROWS) || any(row -> first(split(row)) == target, ROWS)
const QUICK = "--quick" in ARGS
const COPIES = QUICK ? 2 : 12

# Earlier garbage is collected first, and none during the measurement.
function nanoseconds(f, copy)
    GC.gc(false)
    GC.enable(false)
    took = @elapsed f(copy)
    GC.enable(true)
    return 1e9 * took
end

# `lina` and `limit` do the same work on the copy with the given number. A round has three measurements of each
# side, in turns, and counts the best, because other users of the machine may take half of its memory bandwidth for
# a while.
function compare(id, what, lina, limit; calls = 1, rounds = 2 * COPIES)
    sides, times = (lina, limit), (Float64[], Float64[])
    foreach(f -> f(1), sides) # compile
    for round in 1:rounds
        first, best = round ÷ COPIES % 2 + 1, [Inf, Inf]
        for _ in 1:3, side in (first, 3 - first)
            best[side] = min(best[side], nanoseconds(sides[side], round % COPIES + 1) / calls)
        end
        push!.(times, best)
    end
    rounds = [join((@sprintf("%.2f", ns) for ns in side), ", ") for side in times]
    println("{\"id\": \"$id\", \"what\": \"Julia $what\", \"unit\": \"ns\", ",
            "\"values\": {\"Lina\": [$(rounds[1])], \"limit\": [$(rounds[2])]}}")
end

# ---- calls -------------------------------------------------------------------------------------------

const CALLS = 1_000_000

empty_calls(_) = (n = 0; for _ in 1:CALLS; n += ccall(:jl_ver_major, Cint, ()); end; n)
name_calls(_) = (n = 0; for _ in 1:CALLS; n += Lina.try_wait("bench"); end; n)
handle_calls(s) = (n = 0; for _ in 1:CALLS; n += Lina.try_wait(s); end; n)

function bench_calls()
    Lina.init_arena(1 << 16)
    Lina.signal("bench")
    s = Lina.Signal("bench")
    compare("P11", "try_wait by name / empty ccall", name_calls, empty_calls; calls = CALLS)
    compare("P11", "try_wait by handle / empty ccall", _ -> handle_calls(s), empty_calls; calls = CALLS)
    Lina.shutdown()
end

# ---- elements ----------------------------------------------------------------------------------------

# COPIES of an array on each side, made in turns: ours, theirs, theirs, ours, …
function copies(length)
    # Lina's next array then begins at the same place in a page as Julia's own, and so do all later ones, because they
    # are whole pages long.
    place = UInt(pointer(Vector{Float64}(undef, length))) % 4096
    place == 0 || Lina.create_array("alignment", UInt8, (place,))
    ours, theirs = Vector{Float64}[], Vector{Float64}[]
    for i in 1:COPIES
        make_ours() = push!(ours, Lina.create_array("x$i", Float64, length))
        make_theirs() = push!(theirs, Vector{Float64}(undef, length))
        for make in (isodd(i) ? (make_ours, make_theirs) : (make_theirs, make_ours))
            last(make()) .= (1.0:length) ./ length
        end
    end
    return ours, theirs
end

# The same memory as matrices.
ours_as(dims, order) = [Lina.alias("$order$i", "x$i"; shape = dims, order = order) for i in 1:COPIES]
theirs_as(dims, vectors) = [reshape(v, dims) for v in vectors]

next(i) = i % COPIES + 1

# Maps one copy into the next. The elements stay between 0 and 1.
f(v) = 1 - v

function bench_elements(kind, x, a)
    compare("P12", "sum, $kind", i -> sum(x[i]), i -> sum(a[i]))
    compare("P12", "map!, $kind", i -> map!(f, x[next(i)], x[i]), i -> map!(f, a[next(i)], a[i]))
    compare("P12", "map, $kind", i -> map(f, x[i]), i -> map(f, a[i]))
    compare("P12", "broadcast, $kind", i -> x[next(i)] .= 0.5 .* x[i] .+ 0.25,
            i -> a[next(i)] .= 0.5 .* a[i] .+ 0.25)
end

function bench_all_elements()
    Lina.init_arena(1 << 30)
    dims = QUICK ? (1000, 1024) : (2500, 4096)
    x, a = copies(prod(dims))
    bench_elements("1-d", x, a)
    for order in (:F, :C)
        bench_elements("$order order", ours_as(dims, order), theirs_as(dims, a))
    end
    Lina.shutdown()
end

# ---- products ----------------------------------------------------------------------------------------

function bench_products()
    Lina.init_arena(1 << 26)
    dims = (640, 640)
    x, a = copies(prod(dims))
    a, b = theirs_as(dims, a), zeros(dims)
    for order in (:F, :C)
        x = ours_as(dims, order)
        y = Lina.create_array("y$order", Float64, dims; order = order)
        compare("P12", "mul!, $order order", i -> mul!(y, x[i], x[next(i)]),
                i -> mul!(b, a[i], a[next(i)]))
    end
    Lina.shutdown()
end

BLAS.set_num_threads(1)
wanted("P11") && bench_calls()
if wanted("P12")
    bench_all_elements()
    bench_products()
end
