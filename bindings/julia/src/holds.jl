# holds.jl - counted views of the core, tied to the memory that Julia sees.
#
# A view is released by the finalizer of the object that Julia keeps alive for as long as anything that
# was derived from the array is: `owner` below. The finalizer calls lina_release directly: it runs
# after a collection, with the world running, and the call waits for no writer, takes its lock only if
# that is free, and is safe at any time and from any thread, also while Julia ends. (The last view of a
# large removed array gives its pages back: docs/lifetimes.md.) A queue for later would keep memory from
# others until this process happens to call Lina again.
#
# Ctrl-C throws at almost any point. From the call that acquires a view to the one that gives it an
# owner, it waits (`disable_sigint`): nobody would release that view.

mutable struct View # lina_view_t
    desc::Descriptor
    data::Ptr{UInt8}
    flags::UInt32
    slot::UInt32
    serial::UInt64
    arena::Ptr{Cvoid}
    epoch::UInt64
    self::Ptr{Cvoid} # its own address: Julia never moves it
    held::Ptr{Cvoid}
    sequence::UInt64
    reserved::NTuple{2,UInt64}
    View() = (view = new(); view.arena = C_NULL; view)
end

const VIEW_READ_ONLY = UInt32(1)

is_read_only(view::View) = view.flags & VIEW_READ_ONLY != 0

function acquire(arena::Arena, name)
    relieve(arena)
    view = View()
    check(reading(() -> ccall((:lina_acquire, LIBRARY), Cint, (Ptr{Cvoid}, Cstring, Ref{View}),
                              arena.handle, name, view), arena), name)
    note_hold(arena, view)
    return view
end

function release(view::View)
    ccall((:lina_release, LIBRARY), Cvoid, (Ref{View},), view)
    return nothing
end

# ---- memory that holds a view ------------------------------------------------------------------------

# `n` elements from `data` on, without a copy. The view is released when neither this vector nor any
# array that shares its memory (by reshape, view, reinterpret, …) is alive.
function holding(view::View, data::Ptr{T}, n::Int) where {T}
    vector = unsafe_wrap(Array, data, n; own = false)
    finalizer(_ -> release(view), owner(vector))
    return shared(vector, (n,))
end

@static if isdefined(Base, :Memory)
    # From 1.11 on an Array is a reference to a Memory, and arrays that share it keep that alive, not
    # each other. (Julia's own Mmap does the same.)
    owner(vector::Vector) = vector.ref.mem
    shared(vector::Vector, dims::Dims) = reshape(vector, dims)
else
    # Before, each array that shares memory refers to the first one, and that one, once it shares, can
    # not be resized, which would move it out of the arena without a word.
    owner(vector::Vector) = vector
    shared(vector::Vector, dims::Dims{1}) = (shared(vector, (dims..., 1)); vector)
    shared(vector::Vector{T}, dims::Dims{N}) where {T,N} =
        ccall(:jl_reshape_array, Array{T,N}, (Any, Any, Any), Array{T,N}, vector, dims)
end

# ---- room for others ---------------------------------------------------------------------------------

note_hold(arena::Arena, view::View) =
    note!(arena.pressure, view.slot, view.serial, view.desc.capacity_bytes)

# Collects where garbage may keep much of the arena in place.
function relieve(arena::Arena)
    arena.pressure.generations == 0 && return nothing
    size = reading(() -> ccall((:lina_arena_size, LIBRARY), Csize_t, (Ptr{Cvoid},), arena.handle), arena)
    is_high(arena.pressure, size) && GC.gc(relieved!(arena.pressure))
    return nothing
end

# Calls `make` for a code of the core; where there is no room, again after garbage has given way.
function with_room(make)
    rc = make()
    for full in (false, true)
        rc == ERR_NO_MEMORY || rc == ERR_FULL || return rc
        GC.gc(full)
        rc = make()
    end
    return rc
end
