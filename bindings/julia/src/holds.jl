# holds.jl - views of the core, which the garbage collector releases.
#
# A finalizer releases the view. It belongs to the object that Julia keeps alive while the array, or anything derived
# from it, is alive: see `owner` below. The finalizer calls lina_release directly. It runs after a collection, when
# all threads run again. lina_release takes the writer lock only if it is free, so it never waits, and is safe at any
# time and in any thread, even while Julia ends. (The last view of a large removed array gives its pages back:
# docs/lifetimes.md.) With a queue for later, others could not use the memory until this process calls Lina again.
#
# Ctrl-C throws at almost any point. Between the call that acquires a view and the one that gives it an owner, it
# must wait (`disable_sigint`). Otherwise nothing would release the view.

mutable struct View # lina_view_t
    desc::Descriptor
    data::Ptr{UInt8}
    flags::UInt32
    slot::UInt32
    serial::UInt64
    arena::Ptr{Cvoid}
    epoch::UInt64
    self::Ptr{Cvoid} # the view's own address, which never changes
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

# A vector of `n` elements at `data`, without a copy. The view is released when this vector, and all arrays that
# share its memory (by reshape, view, reinterpret, …), are garbage.
function holding(view::View, data::Ptr{T}, n::Int) where {T}
    vector = unsafe_wrap(Array, data, n; own = false)
    finalizer(_ -> release(view), owner(vector))
    return shared(vector, (n,))
end

@static if isdefined(Base, :Memory)
    # Since 1.11, an Array refers to a Memory, and arrays that share it keep the Memory alive. (Julia's own Mmap does
    # the same.)
    owner(vector::Vector) = vector.ref.mem
    shared(vector::Vector, dims::Dims) = reshape(vector, dims)
else
    # Before 1.11, each array that shares memory refers to the first one. An array that shares its memory cannot be
    # resized. That is good, because resizing would silently move it out of the arena.
    owner(vector::Vector) = vector
    shared(vector::Vector, dims::Dims{1}) = (shared(vector, (dims..., 1)); vector)
    shared(vector::Vector{T}, dims::Dims{N}) where {T,N} =
        ccall(:jl_reshape_array, Array{T,N}, (Any, Any, Any), Array{T,N}, vector, dims)
end

# ---- room for others ---------------------------------------------------------------------------------

note_hold(arena::Arena, view::View) =
    note!(arena.pressure, view.slot, view.serial, view.desc.capacity_bytes)

# Runs the collector if garbage may keep much of the arena in place.
function relieve(arena::Arena)
    arena.pressure.generations == 0 && return nothing
    size = reading(() -> ccall((:lina_arena_size, LIBRARY), Csize_t, (Ptr{Cvoid},), arena.handle), arena)
    is_high(arena.pressure, size) && GC.gc(relieved!(arena.pressure))
    return nothing
end

# Calls `make`, which returns a code of the core. If there is no room, runs the collector and calls it again.
function with_room(make)
    rc = make()
    for full in (false, true)
        rc == ERR_NO_MEMORY || rc == ERR_FULL || return rc
        GC.gc(full)
        rc = make()
    end
    return rc
end
