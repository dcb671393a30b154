count_into(arena, range; name = "f", options...) =
    foreach(i -> Lina.loan(x -> x[1] = i, arena, name, Int, (1,); options...), range)

function with_stream(f; depth = 4)
    arena = Lina.Arena(1 << 20)
    Lina.stream(arena, "f"; depth = depth)
    f(arena)
    close(arena)
end

# Another process that produces, until it is done or killed.
producer(where, range) = julia("""
    using Lina
    Lina.attach("$where")
    Lina.produce("f") do
        for i in $range
            Lina.loan(x -> x .= i, "f", Int, (3,))
        end
    end
    """)

@testset "a loop gets each generation once and in order, and tasks go on" begin
    with_stream() do arena
        frames = Lina.follow(arena, "f")
        task = @async Lina.produce(() -> count_into(arena, 1:500), arena, "f")
        turns = Ref(0)
        over = Ref(false)
        other = @async while !over[]
            turns[] += 1
            yield()
        end
        @test [x[1] for x in frames] == 1:500
        over[] = true
        wait(task)
        wait(other)
        @test turns[] > 0 && Lina.sequence(frames) == 500 && Lina.lost(frames) == 0
        @test !isopen(frames) # at the end of its loop
    end
end

@testset "a reader begins where start says" begin
    with_stream() do arena
        count_into(arena, 1:10)
        for (start, kept, gone) in ((:oldest, 7:10, 0), (:latest, [10], 0), (9, 9:10, 0), (3, 7:10, 4), (11, [], 0))
            frames = Lina.follow(arena, "f"; start = start, timeout = 0, lossy = true)
            @test [frame[1] for frame in Iterators.take(frames, length(kept))] == kept
            @test Lina.lost(frames) == gone
            e = lina_error(() -> iterate(frames))
            @test e.code === :TIMEOUT && occursin("\"f\"", e.message)
            close(frames)
            @test code_of(() -> iterate(frames)) === :CLOSED
        end
        for wrong in (:newest, 0, -1, "next", 13)
            @test code_of(() -> Lina.follow(arena, "f"; start = wrong)) === :INVALID
        end
        @test code_of(() -> Lina.follow(arena, "g")) === :NOT_FOUND
        @test code_of(() -> Lina.stream(arena, "f"; depth = 5)) === :EXISTS
        @test code_of(() -> Lina.stream(arena, "f"; depth = -1)) === :INVALID
        @test Lina.stream(arena, "f") === nothing
    end
end

@testset "a producer waits for the slowest reader, and after a time-out the loan is still a loan" begin
    with_stream(depth = 2) do arena
        Lina.set_member_name(arena, "slow one")
        frames = Lina.follow(arena, "f"; timeout = 60)
        count_into(arena, 1:2)
        e = lina_error(() -> count_into(arena, 3; timeout = 0))
        @test e.code === :BEHIND && occursin("slow one", e.message)
        late = lina_error(() -> count_into(arena, 4; timeout = 0.05))
        @test late.code === :TIMEOUT && Lina.info(arena).loans == 2
        @test first(frames)[1] == 1
        Lina.publish(e.loan)
        task = @async (sleep(0.05); first(frames)[1])
        Lina.publish(late.loan; timeout = 60) # waits, and the task goes on
        @test fetch(task) == 2 && Lina.array(arena, "f")[1] == 4 && Lina.info(arena).loans == 0
        close(frames)
        count_into(arena, 5:20; timeout = 0)
    end
end

@testset "the garbage collector gives back the views that a reader took" begin
    with_stream(depth = 2) do arena
        frames = Lina.follow(arena, "f"; timeout = 0)
        for i in 1:100
            count_into(arena, i; timeout = 0)
            @test first(frames)[1] == i
        end
        kept = []
        for i in 1:2
            count_into(arena, i; timeout = 0)
            push!(kept, first(frames))
        end
        count_into(arena, 3; timeout = 0)
        @test code_of(() -> first(frames)) === :BUSY && [x[1] for x in kept] == [1, 2]
        close(frames)
    end
end

@testset "other processes produce, are killed and start again" begin
    where = unique_name()
    arena = Lina.Arena(1 << 20; where = where, temporary = true)
    Lina.stream(arena, "f"; depth = 4)
    Lina.follow(arena, "f"; timeout = 240, revive = true) do frames
        process = run(producer(where, 1:10^9); wait = false)
        @test [x[1] for x in Iterators.take(frames, 50)] == 1:50
        once = Lina.follow(arena, "f"; start = Lina.sequence(frames) + 1, timeout = 240)
        kill(process, Base.SIGKILL)
        wait(process)
        left = Int[]
        died = lina_error(() -> for x in once
            push!(left, x[1])
        end)
        @test died.code === :DIED && left == 51:50+length(left)
        close(once)
        @test [x[1] for x in Iterators.take(frames, length(left))] == left
        again = 51 + length(left)
        process = run(producer(where, again:again+9); wait = false)
        @test [x[1] for x in frames] == again:again+9
        wait(process)
        @test success(process)
    end
    close(arena)
end

@testset "closing and removing end loops that wait" begin
    with_stream() do arena
        frames = Lina.follow(arena, "f")
        task = @async [x[1] for x in frames]
        yield()
        Lina.remove(arena, "f")
        @test isempty(fetch(task))
    end
    arena = Lina.Arena(1 << 16)
    Lina.stream(arena, "f"; depth = 4)
    frames = Lina.follow(arena, "f")
    task = @async code_of(() -> iterate(frames))
    sleep(0.05)
    close(arena)
    @test fetch(task) === :CLOSED
    close(frames)
end

@testset "the garbage collector closes a reader" begin
    with_stream(depth = 1) do arena
        (() -> (Lina.follow(arena, "f"); nothing))()
        count_into(arena, 1)
        collect_garbage()
        count_into(arena, 2:9; timeout = 60)
        @test Lina.array(arena, "f")[1] == 9
    end
end
