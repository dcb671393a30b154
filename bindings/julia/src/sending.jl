# sending.jl - sends an arena, or a signal by handle, to another process, as a reference. The receiver looks for the
# arena among those that it has. If it has none, it joins the arena by its name, or, if that has no name, through the
# sender's descriptor, while the sender is alive. An array is sent by its values, as usual.

using Serialization: Serialization, AbstractSerializer

struct ArenaReference
    where::String
    read_only::Bool
    file::Tuple{UInt64,UInt64} # identifies the file, whatever its name
    pid::Int
    fd::Int
end

file_of(descriptor) = (file = stat(descriptor); (UInt64(file.device), UInt64(file.inode)))
file_of(arena::Arena) = file_of(RawFD(fd(arena)))

function ArenaReference(arena::Arena)
    i = info(arena)
    return ArenaReference(name_elsewhere(i.where), i.read_only, file_of(arena), getpid(), fd(arena))
end

# The place of the arena for a process with other descriptors and another working folder.
function name_elsewhere(where)
    startswith(where, "fd:") && return ""
    startswith(where, "file:") && return "file:" * abspath(where[6:end])
    return where
end

# ---- the receiver ------------------------------------------------------------------------------------

function find_arena(reference::ArenaReference)
    for find in (find_known, join_by_name, join_by_descriptor)
        arena = find(reference)
        arena === nothing || return arena
    end
    what = isempty(reference.where) ? "an anonymous arena" : "arena \"$(reference.where)\""
    fail(:NOT_FOUND, reference.where, "$what, sent by process $(reference.pid): it is gone, or out of reach")
end

is_meant(arena, reference) = something(attempt(() -> file_of(arena) == reference.file), false)

# The result of `f`, or nothing if it fails because the arena is closed, gone or out of reach.
function attempt(f)
    try
        return f()
    catch e
        e isa Union{LinaError,SystemError} || rethrow()
        return nothing
    end
end

function find_known(reference)
    for arena in (default(), known_arenas()...)
        isopen(arena) && is_meant(arena, reference) && return arena
    end
    return nothing
end

join_by_name(r) = isempty(r.where) ? nothing : join_if_meant(r.where, r)

join_by_descriptor(r) = attempt() do
    open("/proc/$(r.pid)/fd/$(r.fd)", r.read_only ? "r" : "r+") do io
        file_of(io) == r.file ? join_if_meant("fd:$(Base.cconvert(Cint, Base.fd(io)))", r) : nothing
    end
end

function join_if_meant(where, reference)
    arena = attempt(() -> Arena(where; read_only = reference.read_only))
    arena === nothing && return nothing
    is_meant(arena, reference) && return arena
    close(arena)
    return nothing
end

# ---- methods that Julia calls ------------------------------------------------------------------------

function Serialization.serialize(s::AbstractSerializer, arena::Arena)
    Serialization.serialize_type(s, Arena{Signal})
    Serialization.serialize(s, ArenaReference(arena))
end
Serialization.deserialize(s::AbstractSerializer, ::Type{Arena{Signal}}) =
    find_arena(Serialization.deserialize(s)::ArenaReference)

function Serialization.serialize(s::AbstractSerializer, signal::Signal)
    Serialization.serialize_type(s, Signal)
    Serialization.serialize(s, signal.arena)
    Serialization.serialize(s, signal.name)
end
function Serialization.deserialize(s::AbstractSerializer, ::Type{Signal})
    arena = Serialization.deserialize(s)::Arena
    return Signal(arena, Serialization.deserialize(s)::String)
end

# deepcopy returns the handle itself: a copy would not notice that the first one is closed.
Base.deepcopy_internal(handle::Union{Arena,Signal,Follower,Loan}, ::IdDict) = handle
