using Distributed

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

@testset "workers of Distributed share arrays by name" begin
    where = unique_name()
    Lina.init_arena(1 << 20; where = where, temporary = true)
    ENV_PATH = get(ENV, "JULIA_LOAD_PATH", nothing)
    ENV["JULIA_LOAD_PATH"] = "$(package_folder()):@stdlib"
    workers = addprocs(2; exeflags = `--startup-file=no`)
    ENV_PATH === nothing ? delete!(ENV, "JULIA_LOAD_PATH") : (ENV["JULIA_LOAD_PATH"] = ENV_PATH)
    try
        x = Lina.create_array("x", Float64, (4, 2))
        @everywhere workers using Lina
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
        # What is sent is a copy, as ever.
        @test fetch(@spawnat workers[1] Lina.array("x")) == x
    finally
        rmprocs(workers)
        Lina.shutdown()
    end
end
