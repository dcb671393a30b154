--- The one source of doc/reference.md and of the types for LuaLS (library/lina.lua): see doc/generate.lua.
--
-- A function is {name, what it does, {"parameter: type", ...}, {"type", ...}}; "parameter?: type" may be
-- left out. What is in `arena` is a function of lina, about the default arena, and a method of Arena.

local api = { types = {}, arena = {}, lina = {}, Arena = {}, Array = {}, Watch = {}, Reader = {}, Producer = {} }

api.types = {
    { "lina.Dtype", [["u8"|"i64"|"f64"|"bool"|"i8"|"i16"|"i32"|"u16"|"u32"|"u64"|"f16"|"bf16"|"f32"|"c64"|"c128"|integer]] },
    { "lina.Shape", "integer|integer[]" },
    { "lina.Order", [["C"|"F"]] },
    { "lina.Place", "string" },
    { "lina.Seconds", "number|{timeout?: number}|nil" },
    { "lina.Waiting", "number|{timeout?: number, member?: string}|nil" },
    { "lina.Awaited", "string|{[1]: string, [2]: integer}|lina.Reader" },
    { "lina.Following", [[{start?: "next"|"latest"|"oldest"|integer, lossy?: boolean, timeout?: number, max_held?: integer, revive?: boolean}]] },
}

api.arena = {
    { "create_array", "Publishes a new array of zeroes. EXISTS when the name is taken, unless `exist_ok` and the array there agrees.",
        { "name: string", "dtype: lina.Dtype", "shape: lina.Shape", "order?: lina.Order|{exist_ok?: boolean}", "options?: {exist_ok?: boolean}" }, { "lina.Array" } },
    { "create_records", "Arrays `name.field` for fields `{x = \"f64\", id = \"i32\"}`, each with n elements: all of them, or none.",
        { "name: string", "fields: table<string, lina.Dtype>", "n: lina.Shape", "options?: {exist_ok?: boolean}" }, { "table<string, lina.Array>" } },
    { "array", "A view of the current generation. It stays in place until the view is closed or collected. NOT_FOUND.",
        { "name: string" }, { "lina.Array" } },
    { "buffer", "The same as its bytes: a `u8` array of one dimension.", { "name: string" }, { "lina.Array" } },
    { "open_desc", "The descriptor: name, offset, nbytes, dtype, shape, strides, layout, generation and so on.",
        { "name: string" }, { "table" } },
    { "list", "The descriptors of all arrays, by name.", {}, { "table[]" } },
    { "loan", "Memory that nobody else sees, with whatever bytes were there. `f(x)` fills it; when f ends it becomes the next generation in one step, when f fails it is discarded. x ends with f. Returns what f does. Without f: the loan, for `x:publish()` or `x:discard()`. In a stream it waits for room, `timeout` seconds at most; then the error's `loan` is still the loan.",
        { "name: string", "dtype: lina.Dtype", "shape: lina.Shape", "order?: lina.Order|{timeout?: number}|fun(x: lina.Array): ...", "f?: {timeout?: number}|fun(x: lina.Array): ...", "options?: {timeout?: number}" }, { "any" } },
    { "republish", "A new generation of zeroes, of any dtype and shape.",
        { "name: string", "dtype: lina.Dtype", "shape: lina.Shape", "order?: lina.Order" }, { "lina.Array" } },
    { "remove", "Takes the name away. Views of the array stay valid.", { "name: string" }, {} },
    { "reclaim", "Says that no raw pointer from C is left to old generations of the name.", { "name: string" }, {} },
    { "alias", "Gives part of an array a name of its own: `alias(name, slice)`, or by bytes, `alias(name, base, {offset = 0, shape = {480, 640}, strides = {1920, 3}})`; with a `dtype` the bytes are read as that.",
        { "name: string", "base: string|lina.Array", "part?: {offset?: integer, shape: lina.Shape, strides?: integer[], dtype?: lina.Dtype}" }, {} },
    { "signal", "Adds n, or one, to the signal's counter and wakes all who wait.", { "name: string", "n?: integer" }, {} },
    { "clear", "Unsets the signal. Its counter stays.", { "name: string" }, {} },
    { "try_wait", "Whether the signal is set: signalled after its last clear.", { "name: string" }, { "boolean" } },
    { "value", "The signal's counter, 0 for one that nobody has used.", { "name: string" }, { "integer" } },
    { "wait", "Waits until the signal is set; does not consume it. TIMEOUT after so many seconds; nil is for ever, 0 or less only looks. Ctrl-C ends it. With a `member` it raises DIED when the member of that name is gone.",
        { "name: string", "timeout?: lina.Waiting" }, {} },
    { "wait_value", "Waits until the counter is at least `target`.",
        { "name: string", "target: integer", "timeout?: lina.Waiting" }, {} },
    { "wait_any", "Waits for the first of 1 to 64: a signal that is set, or, as `{name, target}`, has reached its target; a reader that has something to take, or whose stream is over. Returns the signal's name, or the reader.",
        { "list: lina.Awaited[]", "timeout?: lina.Waiting" }, { "string|lina.Reader" } },
    { "remove_signal", "Takes the signal away: its place is free, and waits for it end with NOT_FOUND.", { "name: string" }, {} },
    { "poll", "As `wait_any`, but never waits: nil where none is reached.",
        { "list: lina.Awaited[]" }, { "string|lina.Reader|nil" } },
    { "fd", "A descriptor that becomes readable when the signal is set, or its counter at least `target`: for event loops. It stays open until the watch or the arena is closed.",
        { "name: string", "target?: integer" }, { "integer", "lina.Watch" } },
    { "stream", "Makes the name a stream, which keeps its last `depth` generations for readers, or checks that it is one of that depth. Without a depth it has to be one.",
        { "name: string", "depth?: integer|{depth?: integer}" }, {} },
    { "stream_info", "What the stream is like: name, depth, kept, sequence, readers, producers, unread, and state: \"new\", \"produced\", \"ended\" or \"died\".",
        { "name: string" }, { "table" } },
    { "produce", "Says that this member produces into the stream: while f runs, and returns what f does, or until the producer is closed. When the last is gone, readers' loops end; after a death without that they raise DIED.",
        { "name: string", "f?: fun(): ..." }, { "any" } },
    { "end_stream", "Ends what `lina.produce` began.", { "name: string" }, {} },
    { "follow", "Reads a stream: `for x in lina.follow(name) do`, each generation once, in order. The reader is open when this returns, and each x ends when the loop moves on, unless `x:keep()` was called. Options: `start` (\"next\", \"latest\", \"oldest\" or a sequence), `lossy`, `timeout` for each, `max_held`, `revive`. With a function: f(x) for each, until it returns something, which is returned.",
        { "name: string", "options?: lina.Following|fun(x: lina.Array): any", "f?: fun(x: lina.Array): any" }, { "any" } },
    { "room_fd", "A descriptor that becomes readable once the stream may take another generation: for event loops.",
        { "name: string" }, { "integer", "lina.Watch" } },
    { "set_member_name", "Gives this member of the arena a name, or with nil none. EXISTS while another has it.", { "name: string?" }, {} },
    { "members", "The living members: name, member (its number), pid, incarnation, since (seconds since 1970), self.", {}, { "table[]" } },
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
        { "where: lina.Place", "options?: {read_only?: boolean, other_user?: boolean}" }, {} },
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
        { "where: lina.Place", "options?: {read_only?: boolean, other_user?: boolean}" }, { "lina.Arena" }, static = true },
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
    { "sequence", "That, without a wrap: its number among all generations that the name ever had.", {}, { "integer" } },
    { "is_current", "Whether that is still the newest.", {}, { "boolean" } },
    { "is_read_only", "Whether it is attached read-only.", {}, { "boolean" } },
    { "is_loan", "Whether it is an unpublished loan.", {}, { "boolean" } },
    { "is_closed", "Whether it was closed, or its loan has ended.", {}, { "boolean" } },
    { "keep", "Lets it stay when the reader that gave it moves on.", {}, { "lina.Array" } },
    { "publish", "Makes the loan the next generation, and ends this view. In a stream it waits for room; 0 does not, and raises BEHIND. After that, and TIMEOUT, it is still a loan.", { "timeout?: lina.Seconds" }, {} },
    { "discard", "Gives the loan back, and ends this view.", {}, {} },
    { "close", "Gives the view back now, not when the collector finds it. Slices keep their own.", {}, {} },
}

api.Watch = {
    { "getfd", "The descriptor, as copas asks for it.", {}, { "integer" } },
    { "pollfd", "The descriptor, as cqueues asks for it.", {}, { "integer" } },
    { "events", "\"r\", as cqueues asks for it.", {}, { "string" } },
    { "reset", "Makes it unreadable until the signal is set again, or has reached the target; until there is something to take, or room.", { "target?: integer" }, {} },
    { "close", "Closes the descriptor. Stop polling it first.", {}, {} },
}

api.Reader = {
    { "next", "The next generation; nil when the stream has ended. Raises TIMEOUT, or DIED when its last producer died.", { "timeout?: lina.Seconds" }, { "lina.Array?" } },
    { "poll", "The next one that is there already, or nil; and whether the stream has ended. Never waits.", {}, { "lina.Array?", "boolean" } },
    { "fd", "A descriptor that becomes readable once there is something to take, or the stream is over: for event loops.", {}, { "integer", "lina.Watch" } },
    { "lost", "How many generations were passed over.", {}, { "integer" } },
    { "sequence", "The sequence of the one taken last.", {}, { "integer" } },
    { "name", "The stream's name.", {}, { "string" } },
    { "close", "Ends the reader, so that producers do not wait for it. Its arrays stay.", {}, {} },
    { "is_closed", "Whether it was closed.", {}, { "boolean" } },
}

api.Producer = {
    { "close", "Ends it: readers learn, behind the last generation, that the stream is over.", {}, {} },
}

return api
