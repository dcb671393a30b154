@testset "structures have the layout of lina.h" begin
    @test sizeof(Lina.Descriptor) == 240
    offsets = [:name => 0, :offset => 64, :nbytes => 72, :capacity_bytes => 80, :dtype => 88,
               :ndim => 92, :shape => 96, :strides => 160, :layout => 224, :generation => 228,
               :flags => 232, :reserved => 236]
    @test collect(fieldnames(Lina.Descriptor)) == first.(offsets)
    @test [fieldoffset(Lina.Descriptor, i) for i in 1:12] == last.(offsets)

    @test sizeof(Lina.View) == 280 && fieldoffset(Lina.View, 2) == 240
    @test sizeof(Lina.SignalHandle) == 32
    @test sizeof(Lina.SignalInfo) == 80
    @test sizeof(Lina.ArenaInfo) == 352
    @test sizeof(Lina.ArenaOptions) == 16
end

@testset "dtypes have the numbers and names of the core" begin
    for (name, code, T) in Lina.DTYPES
        out = Ref{UInt32}()
        @test ccall((:lina_dtype_from_name, Lina.LIBRARY), Cint, (Cstring, Ref{UInt32}), name, out) == 0
        @test out[] == code
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

@testset "no two methods are ambiguous" begin
    ours = filter(pair -> any(m -> m.module === Lina, pair), detect_ambiguities(Lina, Base, LinearAlgebra))
    @test isempty(ours)
end
