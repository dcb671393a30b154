# Lina's calls, sums, maps and products beside Julia's own: a line of JSON each, as bench/table.py
# reads them. Medians over interleaved rounds, so that whatever else the machine does meets both alike.
#
#     julia bindings/julia/bench/julia_calls.jl

Base.find_package("Lina") === nothing && push!(LOAD_PATH, dirname(@__DIR__))

using Lina, LinearAlgebra, Printf

median(x) = sort(x)[(length(x)+1)÷2]

function compare(id, what, lina, limit; calls = 1, rounds = 15)
    lina(), limit() # compile
    ours, theirs = Float64[], Float64[]
    for _ in 1:rounds
        push!(theirs, (@elapsed limit()) * 1e9 / calls)
        push!(ours, (@elapsed lina()) * 1e9 / calls)
    end
    @printf("{\"id\": \"%s\", \"what\": \"Julia %s\", \"unit\": \"ns\", \"values\": {\"Lina\": %.2f, \"limit\": %.2f}}\n",
            id, what, median(ours), median(theirs))
end

# ---- calls -------------------------------------------------------------------------------------------

const CALLS = 1_000_000

empty_calls() = (n = 0; for _ in 1:CALLS; n += ccall(:jl_ver_major, Cint, ()); end; n)
name_calls() = (n = 0; for _ in 1:CALLS; n += Lina.try_wait("bench"); end; n)
handle_calls(s) = (n = 0; for _ in 1:CALLS; n += Lina.try_wait(s); end; n)

function bench_calls()
    Lina.signal("bench")
    s = Lina.Signal("bench")
    compare("P11", "try_wait by name / empty ccall", name_calls, empty_calls; calls = CALLS)
    compare("P11", "try_wait by handle / empty ccall", () -> handle_calls(s), empty_calls;
            calls = CALLS)
end

# ---- elements ----------------------------------------------------------------------------------------

function bench_elements(kind, x, a)
    y, b = map(identity, x), map(identity, a)
    compare("P12", "sum, $kind", () -> sum(x), () -> sum(a))
    compare("P12", "map!, $kind", () -> map!(v -> 2v + 1, y, x), () -> map!(v -> 2v + 1, b, a))
    compare("P12", "map, $kind", () -> map(v -> 2v + 1, x), () -> map(v -> 2v + 1, a))
    compare("P12", "broadcast, $kind", () -> y .= 2 .* x .+ 1, () -> b .= 2 .* a .+ 1)
end

function bench_products(kind, x, a)
    c, d = zero(a), zero(a)
    compare("P12", "mul!, $kind", () -> mul!(c, x, x), () -> mul!(d, a, a); rounds = 9)
end

Lina.init_arena(1 << 30)
bench_calls()
for (kind, dims, order) in (("1-d", (10_000_000,), :F), ("F order", (2500, 4000), :F), ("C order", (2500, 4000), :C))
    x = Lina.create_array(kind, Float64, dims; order = order)
    x .= reshape(1.0:prod(dims), dims)
    bench_elements(kind, x, Array(x))
end
for (kind, order) in (("F order", :F), ("C order", :C))
    x = Lina.create_array("$kind square", Float64, (600, 600); order = order)
    x .= reshape(1.0:360_000.0, 600, 600) ./ 360_000
    bench_products(kind, x, Array(x))
end
Lina.shutdown()
