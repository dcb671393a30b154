# The layout that C, Python and Julia must have in common: tests/golden/layout.txt, a name and a number in each line.
const GOLDEN = Dict(let (name, value) = split(line)
    String(name) => parse(Int, value)
end for line in eachline(joinpath(@__DIR__, "..", "..", "..", "tests", "golden", "layout.txt")))

# What the file says about the fields of a structure, in their order.
golden_fields(name) =
    sort([line[length(name)+2:end] => offset for (line, offset) in GOLDEN if startswith(line, "$name.")];
         by = last)

@testset "structures lie as the golden file says" begin
    for (T, name) in (Lina.Descriptor => "lina_desc_t", Lina.View => "lina_view_t",
                      Lina.SignalHandle => "lina_signal_t", Lina.SignalInfo => "lina_signal_info_t",
                      Lina.ArenaInfo => "lina_arena_info_t",
                      Lina.ArenaOptions => "lina_arena_options_t",
                      Lina.ReaderOptions => "lina_reader_options_t", Lina.MemberInfo => "lina_member_info_t")
        @test sizeof(T) == GOLDEN[name]
        @test [String(field) => Int(fieldoffset(T, i)) for (i, field) in enumerate(fieldnames(T))
               if field !== :unused] ==
              golden_fields(name)
    end
end

@testset "a reader lies as the golden file says" begin
    place(field) = Int(fieldoffset(Lina.ReaderHandle, findfirst(==(field), fieldnames(Lina.ReaderHandle))))
    @test sizeof(Lina.ReaderHandle) == GOLDEN["lina_reader_t"]
    @test [place(f) for f in (:cursor, :name, :reserved)] ==
          [GOLDEN["lina_reader_t.$f"] for f in (:cursor, :name, :reserved)]
end

@testset "dtypes have the numbers and names of the core" begin
    for (name, code, T) in Lina.DTYPES
        out = Ref{UInt32}()
        @test ccall((:lina_dtype_from_name, Lina.LIBRARY), Cint, (Cstring, Ref{UInt32}), name, out) == 0
        @test out[] == code == GOLDEN["LINA_DTYPE_" * uppercase(name)]
        @test ccall((:lina_dtype_size, Lina.LIBRARY), Csize_t, (UInt32,), code) == sizeof(T)
    end
end

@testset "codes have the names of the core" begin
    name(code) = unsafe_string(ccall((:lina_error_name, Lina.LIBRARY), Cstring, (Cint,), code))
    @test name(Lina.ERR_NO_MEMORY) == "NO_MEMORY" && name(Lina.ERR_FULL) == "FULL"
end

@testset "the process has one liblina_core, and C programs find it" begin
    @test ccall((:lina_abi_version, "liblina_core"), UInt32, ()) == Lina.ABI_VERSION
    with_arena() do
        base = ccall((:lina_shared_base, "liblina_core"), Ptr{UInt8}, ())
        @test base == ccall((:lina_shared_base, Lina.LIBRARY), Ptr{UInt8}, ()) != C_NULL
    end
    @test Lina.version() isa VersionNumber
    @test isfile(Lina.library())
end

# All functions and types for which Lina has methods.
function extended()
    found = Base.IdSet{Any}()
    for m in (Base, Base.Broadcast, LinearAlgebra, Lina), name in names(m; all = true)
        isdefined(m, name) && !Base.isdeprecated(m, name) || continue
        f = getfield(m, name)
        f isa Union{Function,Type} && any(is_ours, methods(f)) && push!(found, f)
    end
    return found
end
is_ours(method) = method.module === Lina

@testset "no method is ambiguous with another" begin
    functions = extended()
    @test mul! in functions && Base.getindex in functions && Lina.wait in functions
    ambiguous = [(a, b) for f in functions for a in methods(f) if is_ours(a)
                 for b in methods(f) if a !== b && Base.isambiguous(a, b)]
    @test isempty(ambiguous)
end
