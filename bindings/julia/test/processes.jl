using Distributed, Serialization

@testset "a script under LINA_ARENA needs no set-up" begin
    where = unique_name()
    a = Lina.Arena(1 << 20; where = where, temporary = true)
    x = Lina.create_array(a, "x", Float64, (2, 2); order = :C)
    x .= [1 2; 3 4]
    code = """
        using Lina
        y = Lina.array("x")
        Lina.wait("go"; timeout = 60)
        y .*= 10
        Lina.loan(z -> z .= 1:3, "answer", Int, (3,))
        Lina.signal("done")
        """
    process = run(julia(code; LINA_ARENA = where); wait = false)
    Lina.signal(a, "go")
    Lina.wait(a, "done"; timeout = 120)
    @test x == [10 20; 30 40] && Lina.array(a, "answer") == 1:3
    Base.wait(process)
    @test success(process)
    @test Lina.info(a).members == 1
    close(a)
end

@testset "a child attaches to an inherited descriptor" begin
    a = Lina.Arena(1 << 16; inherit = true)
    code = "using Lina; Lina.attach(ARGS[1]); Lina.create_array(\"x\", Int, (1,)) .= 42"
    run(`$(julia(code)) fd:$(Lina.fd(a))`)
    @test Lina.array(a, "x") == [42]
    close(a)
end

@testset "a forked child is a member of its own, and takes nothing from its parent" begin
    code = """
        using Lina
        Lina.init_arena(1 << 20)
        const ROUNDS = 50

        # The child, the `n`th visitor. The parent does its work first, because a forked child cannot compile.
        function visit(n, name, inherited)
            x = Lina.array(name)::Vector{Int}
            x[1] = Lina.info().members
            inherited[2] = 2 # the inherited array can still be used
            for i in 1:ROUNDS
                Lina.wait_value("ping", n * ROUNDS + i; timeout = 60)
                ccall(:usleep, Cint, (Cuint,), 1000) # both are asleep by now
                Lina.signal("pong")
            end
            Lina.create_array(name * "'s", Int, (1,))[1] = x[3]
            try
                Lina.wait("never"; timeout = 0.05)
            catch e
                return e.code === :TIMEOUT ? 0 : 1
            end
            return 2
        end
        function fork_and_visit(arguments...)
            child = ccall(:fork, Cint, ())
            child == 0 || return child
            ccall(:_exit, Cvoid, (Cint,), try visit(arguments...) catch; 3 end)
        end
        precompile(fork_and_visit, (Int, String, Vector{Int}))

        # The parent's part of that.
        function receive(n)
            for i in 1:ROUNDS
                sleep(0.001)
                Lina.signal("ping")
                Lina.wait_value("pong", n * ROUNDS + i; timeout = 60)
            end
        end

        x, y = Lina.create_array("x", Int, 3), Lina.create_array("y", Int, 3)
        host = @async receive(0)
        println(visit(0, "y", y))
        wait(host)

        x[3] = 3
        child = fork_and_visit(1, "x", x)
        while x[1] == 0 end
        println(Lina.info().members)
        Lina.republish("x", Int, 1) # an array on the old generation keeps it
        receive(1)
        status = Ref{Cint}(-1)
        ccall(:waitpid, Cint, (Cint, Ref{Cint}, Cint), child, status, 0)
        println(status[], " ", Lina.info().members)
        GC.gc()
        println(x, " ", Lina.array("x's"), " ", length(Lina.list()))
        """
    @test split(read_output(julia(code)), '\n') == ["0", "2", "0 1", "[2, 2, 3] [3] 4", ""]
end

# Workers of Distributed that find Lina in the same place as this process.
function add_workers(n)
    workers = withenv("JULIA_LOAD_PATH" => "$(package_folder()):@stdlib") do
        addprocs(n; exeflags = `--startup-file=no`)
    end
    Distributed.remotecall_eval(Main, workers, :(using Lina))
    return workers
end

@testset "workers of Distributed share arrays by name" begin
    where = unique_name()
    Lina.init_arena(1 << 20; where = where, temporary = true)
    workers = add_workers(2)
    try
        x = Lina.create_array("x", Float64, (4, 2))
        @everywhere workers Lina.attach($where)
        @sync for (i, worker) in enumerate(workers)
            @spawnat worker begin
                Lina.array("x")[:, i] .= myid()
                Lina.signal("ready")
            end
        end
        Lina.wait_value("ready", 2; timeout = 60)
        @test x == [workers[1] workers[2]] .* ones(4, 2)
        @test fetch(@spawnat workers[1] sum(Lina.array("x"))) == sum(x)
        # An array is sent as a copy, as always.
        @test fetch(@spawnat workers[1] Lina.array("x")) == x
    finally
        rmprocs(workers)
        Lina.shutdown()
    end
end

@testset "an arena or a signal that is sent to a worker is the same one there" begin
    worker, = add_workers(1)
    members(a) = Lina.info(a).members
    try
        mktempdir() do folder
            cd(folder) do
                for make in (Lina.init_arena, Lina.Arena), where in (unique_name(), "file:$make", nothing)
                    a = make(1 << 16; where = where, temporary = true)
                    s = Lina.Signal(a, "go")
                    Lina.create_array(a, "x", Int, (2,)) .= 7
                    remotecall_wait(() -> Lina.signal(s), worker)
                    @test Lina.value(s) == 1
                    remotecall_wait(() -> Lina.array(a, "x")[2] = 8, worker)
                    @test Lina.array(a, "x") == [7, 8]
                    # It may be sent often: it is one member there, and when it comes back, it is the sender's own.
                    foreach(_ -> remotecall_wait(() -> Lina.signal(a, "go"), worker), 1:3)
                    @test Lina.value(s) == 4 && members(a) <= 2
                    @test remotecall_fetch(() -> a, worker) === a
                    @test remotecall_fetch(() -> s, worker).arena === a
                    close(a)
                end
            end
        end
        # It is the receiver's default arena, if that is the same arena.
        where = unique_name()
        a = Lina.Arena(1 << 16; where = where, temporary = true)
        r = Lina.Arena(where; read_only = true)
        remotecall_wait(Lina.attach, worker, where)
        @test remotecall_fetch(() -> a === Lina.default(), worker)
        remotecall_wait(Lina.shutdown, worker)
        close(a)
        @test remotecall_fetch(() -> Lina.info(r).read_only, worker)
        close(r)
    finally
        rmprocs(worker)
    end
end

@testset "sending what cannot be sent is an error that says so" begin
    function sent(handle)
        io = IOBuffer()
        serialize(io, handle)
        return seekstart(io)
    end
    a = Lina.Arena(1 << 16; where = unique_name())
    where = Lina.info(a).where
    @test deserialize(sent(a)) === deepcopy(a) === a
    s = Lina.Signal(a, "s")
    @test deepcopy(s) === s && deserialize(sent([s, s]))[2].name == "s"
    late = sent(s)
    close(a)
    @test code_of(() -> sent(a)) === code_of(() -> sent(s)) === :CLOSED
    Lina.unlink(where)
    e = lina_error(() -> deserialize(late))
    @test e.code === :NOT_FOUND && e.name == where && occursin(where, e.message)
    # Another arena with the same name is not accepted.
    other = Lina.Arena(1 << 16; where = where, temporary = true)
    @test code_of(() -> deserialize(seekstart(late))) === :NOT_FOUND
    @test Lina.info(other).members == 1
    close(other)
    @test code_of(() -> sent(Lina.default())) in (:NOT_READY, :CLOSED)
end
