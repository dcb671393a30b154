# Runs with Pkg.test, and also by itself, without a registry:
#
#     julia bindings/julia/test/runtests.jl [FILE...]

Base.find_package("Lina") === nothing && push!(LOAD_PATH, dirname(@__DIR__))

using Lina
using LinearAlgebra, Test

include("helpers.jl")

const FILES = ["abi", "library", "arrays", "linaarray", "shared", "linearalgebra", "lifetimes", "loans",
               "aliases", "errors", "signals", "waiting", "parking", "arenas", "processes",
               "streams", "members", "package", "docs"]

@testset "Lina.jl" begin
    for file in (isempty(ARGS) ? FILES : ARGS)
        @testset "$file" begin
            include("$file.jl")
        end
    end
end
