# empty.jl - arrays without elements.
#
# They have no bytes, and so no address in the arena. So a list says to which array of the arena an empty Array belongs.

struct Empty
    array::WeakRef
    arena::Ptr{Cvoid} # lina_arena_t *
    desc::Descriptor
end

const EMPTIES = Empty[]
const EMPTIES_LOCK = ReentrantLock()

function empty_array(view::View, ::Type{T}, dims) where {T}
    arena, desc = view.arena, view.desc
    array = empty_memory(view, T, dims)
    lock(EMPTIES_LOCK) do
        ispow2(length(EMPTIES)) && filter!(e -> e.array.value !== nothing, EMPTIES)
        push!(EMPTIES, Empty(WeakRef(array), arena, desc))
    end
    return array
end

# Before 1.11, an Array of Lina cannot be resized (see holds.jl), and so an empty one cannot, either. From 1.11 on, all
# empty arrays of a type have one Memory, which must not hold a view.
function empty_memory(view::View, ::Type{T}, dims) where {T}
    data = convert(Ptr{T}, view.data)
    isdefined(Base, :Memory) || !is_aligned(T, view.data, ()) || return shared(holding(view, data, 0), dims)
    release(view)
    return Array{T}(undef, dims)
end

# The descriptor of the arena's array to which the empty Array belongs, or nothing.
function empty_desc(arena::Arena, array)
    handle = arena.handle == C_NULL ? ccall((:lina_arena_default, LIBRARY), Ptr{Cvoid}, ()) : arena.handle
    return lock(EMPTIES_LOCK) do
        i = findlast(e -> e.array.value === array && e.arena == handle, EMPTIES)
        i === nothing ? nothing : EMPTIES[i].desc
    end
end
