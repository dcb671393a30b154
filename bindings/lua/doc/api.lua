--- The one source of doc/reference.md and of the types for LuaLS (library/lina.lua): see doc/generate.lua.
--
-- A function is {name, what it does, {"parameter: type", ...}, {"type", ...}}; "parameter?: type" may be
-- left out. What is in `arena` is a function of lina, about the default arena, and a method of Arena.

local api = { types = {}, arena = {}, lina = {}, Arena = {}, Array = {}, Watch = {} }

api.types = {
    { "lina.Dtype", [["u8"|"i64"|"f64"|"bool"|"i8"|"i16"|"i32"|"u16"|"u32"|"u64"|"f16"|"bf16"|"f32"|"c64"|"c128"|integer]] },
    { "lina.Shape", "integer|integer[]" },
    { "lina.Order", [["C"|"F"]] },
    { "lina.Place", "string" },
    { "lina.Seconds", "number|{timeout: number}|nil" },
}

api.arena = {
    { "create_array", "Publishes a new array of zeroes. EXISTS when the name is taken, unless `exist_ok` and the array there agrees.",
        { "name: string", "dtype: lina.Dtype", "shape: lina.Shape", "order?: lina.Order", "options?: {exist_ok: boolean}" }, { "lina.Array" } },
    { "create_records", "Arrays `name.field` for fields `{x = \"f64\", id = \"i32\"}`, each with n elements: all of them, or none.",
        { "name: string", "fields: table<string, lina.Dtype>", "n: lina.Shape", "options?: {exist_ok: boolean}" }, { "table<string, lina.Array>" } },
    { "array", "A view of the current generation. It stays in place until the view is closed or collected. NOT_FOUND.",
        { "name: string" }, { "lina.Array" } },
    { "buffer", "The same as its bytes: a `u8` array of one dimension.", { "name: string" }, { "lina.Array" } },
    { "open_desc", "The descriptor: name, offset, nbytes, dtype, shape, strides, layout, generation and so on.",
        { "name: string" }, { "table" } },
    { "list", "The descriptors of all arrays, by name.", {}, { "table[]" } },
    { "loan", "Memory that nobody else sees, with whatever bytes were there. `f(x)` fills it; when f ends it becomes the next generation in one step, when f fails it is discarded. x ends with f. Returns what f does. Without f: the loan, for `x:publish()` or `x:discard()`.",
        { "name: string", "dtype: lina.Dtype", "shape: lina.Shape", "order?: lina.Order", "f?: fun(x: lina.Array): ..." }, { "any" } },
    { "republish", "A new generation of zeroes, of any dtype and shape.",
        { "name: string", "dtype: lina.Dtype", "shape: lina.Shape", "order?: lina.Order" }, { "lina.Array" } },
    { "remove", "Takes the name away. Views of the array stay valid.", { "name: string" }, {} },
    { "reclaim", "Says that no raw pointer from C is left to old generations of the name.", { "name: string" }, {} },
    { "alias", "Gives part of an array a name of its own: `alias(name, slice)`, or by bytes, `alias(name, base, {offset = 0, shape = {480, 640}, strides = {1920, 3}})`; with a `dtype` the bytes are read as that.",
        { "name: string", "base: string|lina.Array", "part?: {offset: integer, shape: lina.Shape, strides: integer[], dtype: lina.Dtype}" }, {} },
    { "signal", "Adds n, or one, to the signal's counter and wakes all who wait.", { "name: string", "n?: integer" }, {} },
    { "clear", "Unsets the signal. Its counter stays.", { "name: string" }, {} },
    { "try_wait", "Whether the signal is set: signalled after its last clear.", { "name: string" }, { "boolean" } },
    { "value", "The signal's counter, 0 for one that nobody has used.", { "name: string" }, { "integer" } },
    { "wait", "Waits until the signal is set; does not consume it. TIMEOUT after so many seconds; nil is for ever, 0 or less only looks. Ctrl-C ends it.",
        { "name: string", "timeout?: lina.Seconds" }, {} },
    { "wait_value", "Waits until the counter is at least `target`.",
        { "name: string", "target: integer", "timeout?: lina.Seconds" }, {} },
    { "wait_any", "Waits for the first of 1 to 64 signals that is set, or, as `{name, target}`, has reached its target. Returns its name.",
        { "signals: (string|{[1]: string, [2]: integer})[]", "timeout?: lina.Seconds" }, { "string" } },
    { "remove_signal", "Takes the signal away: its place is free, and waits for it end with NOT_FOUND.", { "name: string" }, {} },
    { "poll", "The first of the list that is set, or, as `{name, target}`, has reached its target; else nil. Never waits.",
        { "signals: (string|{[1]: string, [2]: integer})[]" }, { "string?" } },
    { "fd", "A descriptor that becomes readable when the signal is set, or its counter at least `target`: for event loops. It stays open until the watch or the arena is closed.",
        { "name: string", "target?: integer" }, { "integer", "lina.Watch" } },
    { "signals", "All signals: name, value, set.", {}, { "{name: string, value: integer, set: boolean}[]" } },
    { "info", "The arena's numbers: size, used_bytes, arrays, held, loans, signals, members and so on.", {}, { "table" } },
    { "fileno", "The arena's descriptor, which others attach to as `\"fd:N\"`.", {}, { "integer" } },
    { "sync", "Returns when the disk has what is in the memory of a `\"file:\"` arena.", {}, {} },
    { "check", "Checks every invariant of the arena's tables. CORRUPT.", {}, {} },
}

api.lina = {
    { "init_arena", "Makes the default arena, with so many bytes of data: anonymous, `\"shm:NAME\"` or `\"file:PATH\"`. Options: `exist_ok`, `reserve`, `inherit`, `replace`, `temporary`, `huge`, `max_arrays`, `max_signals`, `max_members`, `mode`. With `exist_ok` the arena that is there is joined.",
        { "bytes: integer", "where?: lina.Place", "options?: table" }, {} },
    { "attach", "Joins an arena as the default one. Where LINA_ARENA is set there is no need to.",
        { "where: lina.Place", "options?: {read_only: boolean, other_user: boolean}" }, {} },
    { "shutdown", "Leaves the default arena. Views stay valid. At exit nothing needs it.", {}, {} },
    { "inspect", "The numbers of a named arena, without joining it.", { "where: lina.Place" }, { "table" } },
    { "unlink", "Takes a named arena's name away. BUSY while somebody has it.", { "where: lina.Place" }, {} },
    { "version", "The version of liblina_core.", {}, { "string" } },
    { "library", "Where the liblina_core lies that this process uses.", {}, { "string" } },
}

api.Arena = {
    { "create", "A new arena beside the default one; `where` nil makes an anonymous one. Options as for `lina.init_arena`.",
        { "where: lina.Place?", "bytes: integer", "options?: table" }, { "lina.Arena" }, static = true },
    { "attach", "Joins an arena beside the default one.",
        { "where: lina.Place", "options?: {read_only: boolean, other_user: boolean}" }, { "lina.Arena" }, static = true },
    { "close", "Leaves the arena. Views stay valid.", {}, {} },
    { "is_closed", "Whether it was closed.", {}, { "boolean" } },
}

api.Array = {
    { "get", "Element (i, j, ...), counted from 1; two numbers for a complex one.", { "...: integer" }, { "number|integer|boolean" } },
    { "set", "Sets element (i, j, ...) to the last argument.", { "...: any" }, {} },
    { "iter", "`for i, v in a:iter()`: the elements, or the rows where there are more dimensions.", {}, { "function", "lina.Array", "integer" } },
    { "unpack", "Elements i to j of one dimension, as table.unpack.", { "i?: integer", "j?: integer" }, { "any" } },
    { "slice", "A view of a part. For each dimension an index, which takes it away, or `{from, to, step}`, to included, or nil for all of it.",
        { "...: integer|integer[]|nil" }, { "lina.Array" } },
    { "fill", "Sets all elements.", { "value: any", "im?: number" }, { "lina.Array" } },
    { "map", "Sets each element v to f(v), in place, in the order of the indexes.", { "f: function" }, { "lina.Array" } },
    { "copy_from", "Copies from nested tables, from an array of the same shape, or from a string of all its bytes.",
        { "source: table|lina.Array|string" }, { "lina.Array" } },
    { "totable", "A copy, as nested tables.", {}, { "table" } },
    { "string", "A copy of its bytes.", {}, { "string" } },
    { "sum", "The sum: exact for integers, the number of true ones for bool, two numbers for complex.", {}, { "number|integer" } },
    { "min", "The least element; NaN where one is.", {}, { "number|integer" } },
    { "max", "The greatest element; NaN where one is.", {}, { "number|integer" } },
    { "pointer", "The address of the first element: a lightuserdata, in LuaJIT typed cdata. It keeps nothing in place.", {}, { "lightuserdata|ffi.cdata*" } },
    { "name", "Its name.", {}, { "string" } },
    { "dtype", "Its dtype; a number for one without a name.", {}, { "lina.Dtype" } },
    { "shape", "Its extents.", {}, { "integer[]" } },
    { "strides", "Bytes from one element to the next, for each dimension.", {}, { "integer[]" } },
    { "ndim", "How many dimensions.", {}, { "integer" } },
    { "size", "How many elements.", {}, { "integer" } },
    { "nbytes", "How many bytes they have.", {}, { "integer" } },
    { "layout", "\"C\", \"F\" or \"strided\".", {}, { "string" } },
    { "generation", "Which generation of the name it is.", {}, { "integer" } },
    { "is_current", "Whether that is still the newest.", {}, { "boolean" } },
    { "is_read_only", "Whether it is attached read-only.", {}, { "boolean" } },
    { "is_loan", "Whether it is an unpublished loan.", {}, { "boolean" } },
    { "is_closed", "Whether it was closed, or its loan has ended.", {}, { "boolean" } },
    { "publish", "Makes the loan the next generation, and ends this view.", {}, {} },
    { "discard", "Gives the loan back, and ends this view.", {}, {} },
    { "close", "Gives the view back now, not when the collector finds it. Slices keep their own.", {}, {} },
}

api.Watch = {
    { "getfd", "The descriptor, as copas asks for it.", {}, { "integer" } },
    { "pollfd", "The descriptor, as cqueues asks for it.", {}, { "integer" } },
    { "events", "\"r\", as cqueues asks for it.", {}, { "string" } },
    { "reset", "Makes it unreadable until the signal is set again, or has reached the target.", { "target?: integer" }, {} },
    { "close", "Closes the descriptor. Stop polling it first.", {}, {} },
}

return api
