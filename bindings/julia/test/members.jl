camera(where) = julia("""
    using Lina
    Lina.attach("$where")
    Lina.set_member_name("camera")
    Lina.signal("here")
    Lina.wait("never")
    """)

@testset "a wait can depend on a member by its name" begin
    where = unique_name()
    arena = Lina.Arena(1 << 20; where = where, temporary = true)
    Lina.set_member_name(arena, "viewer")
    process = run(camera(where); wait = false)
    Lina.wait(arena, "here"; timeout = 240)
    named = Dict(m.name => m for m in Lina.members(arena))
    @test named["camera"].pid == getpid(process) && named["viewer"].self && !named["camera"].self
    e = lina_error(() -> Lina.set_member_name(arena, "camera"))
    @test e.code === :EXISTS && occursin("camera", e.message)
    @test code_of(() -> Lina.wait(arena, "frame"; timeout = 0.1, member = "camera")) === :TIMEOUT
    task = @async lina_error(() -> Lina.wait(arena, "frame"; timeout = 240, member = "camera"))
    yield()
    kill(process, Base.SIGKILL)
    e = fetch(task)
    @test e.code === :DIED && occursin("camera", e.message) && e.name == "frame"
    wait(process)
    again = run(camera(where); wait = false) # another member with the same name
    Lina.wait_value(arena, "here", 2; timeout = 240)
    kill(again, Base.SIGKILL)
    wait(again)
    @test code_of(() -> Lina.wait_value(arena, "frame", 2; timeout = 240, member = :camera)) === :DIED
    @test code_of(() -> Lina.wait_any(arena, ["frame", "other"]; timeout = 240, member = "camera")) === :DIED
    Lina.signal(arena, "frame")
    @test Lina.wait(arena, "frame"; timeout = 240, member = "camera") === nothing # the signal counts
    @test Lina.wait_any(arena, ["other", "frame"]; member = "camera") == "frame"
    Lina.set_member_name(arena, nothing)
    @test [m.name for m in Lina.members(arena)] == [""]
    close(arena)
end
