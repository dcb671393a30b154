# Where Lina looks for liblina_core.

@testset "a library that is named is the only one that is tried" begin
    env = Dict("LINA_CORE" => "/by/environment")
    preferred = Dict{String,Any}("library" => "/by/preference")
    paths(places) = first.(places)
    @test paths(Lina.places(env, preferred, "/build")) == ["/by/environment"]
    @test paths(Lina.places(Dict(), preferred, "/build")) == ["/by/preference"]
    @test paths(Lina.places(Dict("LINA_CORE" => ""), preferred, "/build")) == ["/by/preference"]
    @test paths(Lina.places(Dict(), Dict{String,Any}(), "/build")) == ["/build", Lina.LIBRARY]
end

@testset "a library that cannot be loaded is an error that says where Lina looked, and why" begin
    function said(places)
        e = lina_error(() -> Lina.load_first(places))
        @test e.code === :NOT_FOUND
        return e.message
    end
    build, (_, loader) = Lina.places(Dict(), Dict(), "/build/x.so")
    all = said([build, "no-such.so" => loader])
    @test occursin("/build/x.so (the checkout's build folder): cannot open", all)
    @test occursin("no-such.so (the system's loader): cannot open", all) && occursin("LINA_CORE", all)
    mktempdir() do folder
        file = joinpath(folder, "text.so")
        write(file, "no library")
        one = said(Lina.places(Dict(), Dict("library" => file), "/build/x.so"))
        @test occursin("$file (the preference \"library\"): file too short", one)
        @test !occursin("/build", one)
    end
end

@testset "if the named library does not exist, the process does not start with another" begin
    # (From Julia 1.12 on, a top-level try sees only the methods that were defined before it.)
    code = "try @eval using Lina catch e; println(Base.invokelatest(sprint, showerror, e)) end"
    said = read_output(julia(code; LINA_CORE = "/nowhere/liblina_core.so"))
    @test occursin("LinaError: NOT_FOUND", said) && occursin("/nowhere/liblina_core.so", said)
end

@testset "the preferences are those of the project" begin
    mktempdir() do folder
        write(joinpath(folder, "Project.toml"), """
            [deps]
            Lina = "6c1f0f5e-2a53-4d0b-9b0e-8f4c1d7a35b9"
            """)
        write(joinpath(folder, "LocalPreferences.toml"), """
            [Lina]
            library = "/by/preference"
            """)
        pushfirst!(LOAD_PATH, folder)
        try
            @test get(Lina.preferences(), "library", "") == (VERSION >= v"1.6" ? "/by/preference" : "")
        finally
            popfirst!(LOAD_PATH)
        end
    end
end
