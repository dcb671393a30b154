# errors.jl - one exception type for the core's codes and errors.

"""
    LinaError(code, name, message)

The error that Lina throws. `code` is the core's code as a symbol, `name` the array, signal or arena that it is
about (or `""`), and `message` a sentence that names it. The codes are `:INVALID`, `:NOT_FOUND`, `:EXISTS`,
`:NO_MEMORY`, `:FULL`, `:STALE`, `:TIMEOUT`, `:NOT_READY`, `:CLOSED`, `:VERSION`, `:CORRUPT`,
`:PERMISSION`, `:READ_ONLY`, `:BUSY`, `:INTERRUPTED`, `:SYSTEM`, `:ENDED`, `:DIED` and `:BEHIND`. If a loan could
not be published on a stream in time, it is still a loan, and `loan` is its [`Lina.Loan`](@ref).

```julia
Lina.init_arena(4096)
code = try
    Lina.array("nowhere")
catch e
    e isa LinaError || rethrow()
    e.code
end
@assert code === :NOT_FOUND
Lina.shutdown()
```
"""
struct LinaError <: Exception
    code::Symbol
    name::String
    message::String
    loan::Any
    LinaError(code, name, message, loan = nothing) = new(code, name, message, loan)
end

Base.showerror(io::IO, e::LinaError) = print(io, "LinaError: ", e.code, ": ", e.message)

@noinline fail(code::Symbol, name, message) = throw(LinaError(code, String(name), message))

# C names in the core's messages, and what Julia calls the same.
const WORDS = ("LINA_ARENA_JOIN" => "exist_ok = true", "LINA_ARENA_REPLACE" => "replace = true",
               "lina_arena_unlink" => "Lina.unlink", "LINA_ATTACH_OTHER_USER" => "other_user = true",
               "lina_alias" => "Lina.alias",
               "lina_alloc_shared_memory, lina_register_shared_memory or lina_arena_set_default" =>
                   "Lina.init_arena or Lina.attach")

core_message() = foldl(replace, WORDS; init = unsafe_string(ccall((:lina_last_error, LIBRARY), Cstring, ())))

# The calling thread's last failure. There must be no switch of tasks between the failed call and this one.
@noinline function last_error(rc::Cint, name)
    message = core_message()
    code = Symbol(unsafe_string(ccall((:lina_error_name, LIBRARY), Cstring, (Cint,), rc)))
    isempty(name) || occursin(name, message) || (message = "\"$name\": $message")
    code === :NOT_READY && (message *= JOIN_FAILURE[])
    return LinaError(code, String(name), message)
end

fail_last(rc::Cint, name) = throw(last_error(rc, name))

# Checks the result of a call about `name`. Returns the number, or throws if it is negative.
@inline check(rc::Cint, name) = rc < 0 ? fail_last(rc, name) : rc

const OK = Cint(0)
const ERR_NO_MEMORY = Cint(-4)
const ERR_TIMEOUT = Cint(-7)
const ERR_BUSY = Cint(-14)
const ERR_ENDED = Cint(-17)
const ERR_BEHIND = Cint(-19)
const ERR_FULL = Cint(-5)
