# members.jl - members and their names, and waits that depend on a member.

struct MemberInfo # lina_member_info_t
    name::NTuple{MAX_NAME,UInt8}
    member::UInt32
    pid::UInt32
    incarnation::UInt64
    since::UInt64
    self::UInt32
    unused::UInt32
    reserved::NTuple{4,UInt64}
end

"""
    Lina.members([arena])

The living members, each as a named tuple `(name, member, pid, incarnation, since, self)`. `since` is when it joined,
in seconds since 1970.

```julia
Lina.init_arena(1 << 16)
Lina.set_member_name("viewer")
@assert [(m.name, m.pid, m.self) for m in Lina.members()] == [("viewer", getpid(), true)]
Lina.shutdown()
```
"""
function members(arena::Arena = default())
    found = listed(MemberInfo) do out, cap, written
        reading(() -> ccall((:lina_member_list, LIBRARY), Cint,
            (Ptr{Cvoid}, Ptr{MemberInfo}, Csize_t, Ref{Csize_t}, Ptr{Csize_t}), arena.handle, out, cap,
            written, C_NULL), arena)
    end
    return [(name = text(m.name), member = Int(m.member), pid = Int(m.pid), incarnation = Int(m.incarnation),
             since = m.since / 1e9, self = m.self != 0) for m in found]
end

"""
    Lina.set_member_name([arena], name)

Gives this member of the arena a name. With `nothing`, it has none any more. Waits of others can depend on the name:
`Lina.wait(signal; member = name)`. Throws `LinaError` `:EXISTS` if another living member has the name.

```julia
Lina.init_arena(1 << 16)
Lina.set_member_name("camera")
Lina.set_member_name(nothing)
Lina.shutdown()
```
"""
set_member_name(arena::Arena, name::Name) = by_name(arena, name) do handle, text
    ccall((:lina_member_set_name, LIBRARY), Cint, (Ptr{Cvoid}, Cstring), handle, text)
end
function set_member_name(arena::Arena, ::Nothing)
    check(reading(() -> ccall((:lina_member_set_name, LIBRARY), Cint, (Ptr{Cvoid}, Ptr{Cvoid}),
                              arena.handle, C_NULL), arena), "")
    return nothing
end
set_member_name(name::Union{Name,Nothing}) = set_member_name(default(), name)

# ---- waits that depend on a member -------------------------------------------------------------------

const LOOK_AT_MEMBER = 0.05 # seconds

mutable struct Partner
    arena::Arena{Signal}
    name::String
    incarnation::Int # of the first member that was seen with the name, or 0: a later one has another
end
Partner(arena, name::Name) = Partner(arena, c_name(name, "member"), 0)

function is_gone(partner)
    seen = 0
    for m in members(partner.arena)
        m.name == partner.name && (seen = m.incarnation)
    end
    partner.incarnation == 0 && (partner.incarnation = seen)
    partner.incarnation != 0 && return seen != partner.incarnation
    # No member has the name now. Did one have it before?
    rc = reading(() -> ccall((:lina_member_wait, LIBRARY), Cint, (Ptr{Cvoid}, Cstring, Int64),
                             partner.arena.handle, partner.name, 0), partner.arena)
    return rc == OK
end

# Waits in slices, and looks for the member's death in between. If the signal was set before the death, the wait
# succeeds.
function wait_on(partner, aim, timeout)
    deadline = deadline_of(timeout, first(goals(aim)).signal.name)
    while true
        now = time_ns()
        left = deadline > now ? (deadline - now) / 1e9 : 0.0
        is_last = left <= LOOK_AT_MEMBER
        is_over = is_gone(partner)
        try
            return wait_for(aim, is_over ? 0 : min(left, LOOK_AT_MEMBER))
        catch e
            e isa LinaError && e.code === :TIMEOUT || rethrow()
            is_over && fail(:DIED, e.name, "signal \"$(e.name)\": member \"$(partner.name)\" is gone")
            is_last && rethrow()
        end
    end
end
