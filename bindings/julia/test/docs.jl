# Every ```julia block of the docstrings and the README runs as it stands, each in a module of its own.
blocks(text) = [m.captures[1] for m in eachmatch(r"^ *```julia\n(.*?)^ *```$"ms, text)]

# The text of every docstring that has examples.
function docstrings()
    found = Pair{String,String}[]
    for (binding, multi) in Base.Docs.meta(Lina), doc in values(multi.docs)
        isempty(blocks(join(doc.text))) || push!(found, string(binding) => join(doc.text))
    end
    return sort(found)
end

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

@test length(docstrings()) >= 9

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

@testset "everything public has a docstring" begin
    documented = Set(b.var for b in keys(Base.Docs.meta(Lina)))
    for name in (Lina.PUBLIC..., names(Lina)...)
        @test name in documented
    end
    @test length(Lina.PUBLIC) + length([:Lina, :LinaArray, :LinaError, :lina_open_desc]) ==
          length(union(Lina.PUBLIC, names(Lina)))
end
