# Runs every ```julia block of the docstrings and the README as it is, each in a module of its own.
blocks(text) = [m.captures[1] for m in eachmatch(r"^ *```julia\n(.*?)^ *```$"ms, text)]

# The text of every docstring, with the name that it belongs to.
docstrings() = sort([binding.var => join(doc.text) for (binding, multi) in Base.Docs.meta(Lina)
                     for doc in values(multi.docs)])

function runs(code)
    sandbox = Module()
    Core.eval(sandbox, :(using Lina))
    try
        include_string(sandbox, code)
        return true
    catch e
        showerror(stderr, e)
        println(stderr, "\nin\n", code)
        return false
    finally
        Lina.shutdown()
    end
end

@testset "the example of $name" for (name, text) in docstrings()
    for code in blocks(text)
        @test runs(code)
    end
end

@testset "the README" begin
    examples = blocks(read(joinpath(dirname(@__DIR__), "README.md"), String))
    @test !isempty(examples)
    for code in examples
        @test runs(code)
    end
end

@testset "everything public has a docstring with an example" begin
    shown = Set(name for (name, text) in docstrings() if !isempty(blocks(text)))
    for name in (Lina.PUBLIC..., names(Lina)...)
        @test name in shown
    end
    @test length(Lina.PUBLIC) + length([:Lina, :LinaArray, :LinaError, :lina_open_desc]) ==
          length(union(Lina.PUBLIC, names(Lina)))
end
