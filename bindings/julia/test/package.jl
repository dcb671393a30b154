# Tests Lina as users have it: Pkg has added it to a project. (An empty registry keeps Pkg from fetching one.)

# From Julia 1.11 on, a trailing colon adds Julia's own depot, which has the standard library compiled. In earlier
# versions, it would also add the user's depot.
const BUNDLED = VERSION >= v"1.11" ? ":" : ""

@testset "Pkg adds the package, compiles it without a warning, and runs its tests" begin
    mktempdir() do folder
        registry = mkpath(joinpath(folder, "depot", "registries", "Nothing"))
        write(joinpath(registry, "Registry.toml"), """
            name = "Nothing"
            uuid = "00000000-0000-4000-8000-000000000001"
            repo = ""
            [packages]
            """)
        code = """
            using Pkg
            Pkg.UPDATED_REGISTRY_THIS_SESSION[] = true
            Pkg.activate(ARGS[1])
            Pkg.develop(PackageSpec(path = ARGS[2]))
            Pkg.test("Lina"; test_args = ["aliases"])
            """
        arguments = joinpath(folder, "project"), package_folder()
        log = IOBuffer()
        command = with_env(`$(Base.julia_cmd()) --startup-file=no -e $code $arguments`,
                           "JULIA_DEPOT_PATH" => joinpath(folder, "depot") * BUNDLED,
                           "JULIA_LOAD_PATH" => nothing,
                           "JULIA_PKG_OFFLINE" => "true")
        passed = success(pipeline(command; stdout = log, stderr = log))
        said = String(take!(log))
        passed || println(said)
        @test passed && occursin("Lina tests passed", said)
        words = replace(said, r"--[-a-z]*warn\S*" => "") # Pkg's own options
        @test !occursin(r"warn|error|deprecat"i, words)
    end
end
