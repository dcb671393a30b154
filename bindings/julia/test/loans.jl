@testset "a loan is not seen before it is published" begin
    with_arena() do
        x = Lina.create_array("x", Float64, (2,))
        result = Lina.loan("x", Float64, (2, 3); order = :C) do y
            @test y isa LinaArray && size(y) == (2, 3)
            y .= 5
            @test Lina.array("x") == [0, 0] && Lina.open_desc("x").generation == 1
            "what f returns"
        end
        @test result == "what f returns"
        @test Lina.array("x") == fill(5, 2, 3) && Lina.open_desc("x").generation == 2 && x == [0, 0]
    end
end

@testset "an array that escapes its loan shows what was published" begin
    with_arena() do
        x = Lina.loan(y -> (y .= 1:3), "x", Int, (3,))
        @test x == 1:3 && pointer(x) == pointer(Lina.array("x"))
        x[1] = 9
        @test Lina.array("x")[1] == 9
        Lina.republish("x", Int, (3,))
        collect_garbage()
        @test x == [9, 2, 3]
    end
end

@noinline function failed_loan()
    escaped = Ref{Any}()
    @test_throws ErrorException Lina.loan("x", Int, (3,)) do y
        escaped[] = y
        y .= 7
        error("no")
    end
    @test code_of(() -> Lina.array("x")) === :NOT_FOUND
    @test escaped[] == [7, 7, 7] # the array that was kept is still valid
    @test Lina.info().used_bytes == 64
    return nothing
end

@testset "a loan whose function throws is discarded" begin
    with_arena() do
        failed_loan()
        collect_garbage()
        @test Lina.info().used_bytes == 0
    end
end

@testset "an array without elements can be loaned and published" begin
    with_arena() do
        @test Lina.loan(size, "x", Float64, (0, 3)) == (0, 3)
        @test size(Lina.array("x")) == (0, 3)
    end
end

@noinline function discard_a_loan()
    other = Lina.loan(Lina.default(), :x, Int, 3)
    @test Lina.discard(other) === nothing && Lina.open_desc("x").generation == 2
    other.array .= 1
    @test code_of(() -> Lina.publish(other)) === :INVALID && Lina.info().loans == 1
    return nothing
end

@noinline forget_a_loan() = (Lina.loan("x", Int, (3,)); nothing)

@testset "a loan without a function is published or discarded once" begin
    with_arena() do
        old = Lina.create_array("x", Int, (2,))
        next = Lina.loan("x", Int, (2, 3); order = :C)
        @test next isa Lina.Loan && next.array isa LinaArray && Lina.info().loans == 1
        next.array .= 5
        @test Lina.array("x") == [0, 0]
        published = Lina.publish(next)
        @test published == fill(5, 2, 3) == Lina.array("x") && old == [0, 0]
        for again in (Lina.publish, Lina.discard)
            e = lina_error(() -> again(next))
            @test e.code === :INVALID && occursin("array \"x\": its loan was published", e.message)
        end
        discard_a_loan() # its memory is freed with its array
        forget_a_loan()
        collect_garbage()
        @test Lina.info().loans == 0 && size(Lina.array("x")) == (2, 3)
        for bad in (() -> Lina.loan("x", Float64, (1 << 40,)), () -> Lina.loan("x", String, 1))
            @test code_of(bad) in (:NO_MEMORY, :INVALID)
        end
        @test Lina.info().loans == 0
    end
end

@testset "a deep copy of a loan, or of a reader, is itself" begin
    with_arena() do
        loan = Lina.loan("x", Int, (1,))
        Lina.stream("f"; depth = 2)
        frames = Lina.follow("f")
        @test deepcopy(loan) === loan && deepcopy(frames) === frames
        close(frames)
        @test Lina.publish(deepcopy(loan)) === loan.array
    end
end
