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
    { "create_array", "Makes an array of zeroes. Raises EXISTS if the name is taken. With `exist_ok`, it opens an array that exists, if its dtype, shape and order agree.",
        { "name: string", "dtype: lina.Dtype", "shape: lina.Shape", "order?: lina.Order|{exist_ok?: boolean}", "options?: {exist_ok?: boolean}" }, { "lina.Array" } },
    { "create_records", "Makes an array `name.field` for each field, as `{x = \"f64\", id = \"i32\"}`, with n elements each. If one cannot be made, none is.",
        { "name: string", "fields: table<string, lina.Dtype>", "n: lina.Shape", "options?: {exist_ok?: boolean}" }, { "table<string, lina.Array>" } },
    { "array", "Opens the current generation, which stays in place until the array is closed or collected. Raises NOT_FOUND if there is none.",
        { "name: string" }, { "lina.Array" } },
    { "buffer", "Opens the bytes of the current generation: a `u8` array of one dimension.", { "name: string" }, { "lina.Array" } },
    { "open_desc", "Returns the descriptor: name, offset, nbytes, dtype, shape, strides, layout, generation and so on.",
        { "name: string" }, { "table" } },
    { "list", "Returns the descriptors of all arrays, sorted by name.", {}, { "table[]" } },
    { "loan", "Lends memory that nobody else sees; its bytes are arbitrary. `f(x)` fills it. If f succeeds, x becomes the next generation in one step; if f raises an error, x is discarded. In both cases x ends with f. Returns what f returned. Without f, it returns the loan, for `x:publish()` or `x:discard()`. In a stream, publishing waits for room, at most `timeout` seconds. If there is none by then, the field `loan` of the error is the loan, which is not lost.",
        { "name: string", "dtype: lina.Dtype", "shape: lina.Shape", "order?: lina.Order|{timeout?: number}|fun(x: lina.Array): ...", "f?: {timeout?: number}|fun(x: lina.Array): ...", "options?: {timeout?: number}" }, { "any" } },
    { "republish", "Publishes a new generation of zeroes, of any dtype and shape.",
        { "name: string", "dtype: lina.Dtype", "shape: lina.Shape", "order?: lina.Order" }, { "lina.Array" } },
    { "remove", "Removes the name. Arrays that are open stay valid.", { "name: string" }, {} },
    { "reclaim", "Promises that nobody has raw pointers of C to old generations of the name any more.", { "name: string" }, {} },
    { "alias", "Gives a part of an array a name of its own: `alias(name, slice)`, or in bytes, `alias(name, base, {offset = 0, shape = {480, 640}, strides = {1920, 3}})`. With a `dtype`, the bytes are read as that dtype.",
        { "name: string", "base: string|lina.Array", "part?: {offset?: integer, shape: lina.Shape, strides?: integer[], dtype?: lina.Dtype}" }, {} },
    { "signal", "Adds n (default 1) to the signal's counter, and wakes the waiters.", { "name: string", "n?: integer" }, {} },
    { "clear", "Unsets the signal. Its counter keeps its value.", { "name: string" }, {} },
    { "try_wait", "Returns true if the signal is set: it was signalled after its last clear.", { "name: string" }, { "boolean" } },
    { "value", "Returns the signal's counter, or 0 if nobody has used the signal yet.", { "name: string" }, { "integer" } },
    { "wait", "Waits until the signal is set, and leaves it set. Raises TIMEOUT after `timeout` seconds; nil waits for ever, and 0 or less only looks. Ctrl-C ends the wait. With a `member`, it raises DIED when the member of that name is gone.",
        { "name: string", "timeout?: lina.Waiting" }, {} },
    { "wait_value", "Waits until the counter is at least `target`.",
        { "name: string", "target: integer", "timeout?: lina.Waiting" }, {} },
    { "wait_any", "Waits for the first of 1 to 64 entries, and returns it. A name waits until its signal is set, `{name, target}` until the counter has reached the target, and a reader until it has something to take or its stream is over. Returns the signal's name, or the reader.",
        { "list: lina.Awaited[]", "timeout?: lina.Waiting" }, { "string|lina.Reader" } },
    { "remove_signal", "Removes the signal. Waits for it end with NOT_FOUND, and its place is free again.", { "name: string" }, {} },
    { "poll", "Looks as `wait_any` does, but never waits. Returns nil if no entry is reached.",
        { "list: lina.Awaited[]" }, { "string|lina.Reader|nil" } },
    { "fd", "Returns a file descriptor for event loops, and its watch. It becomes readable when the signal is set, or when the counter is at least `target`. It stays open until the watch or the arena is closed.",
        { "name: string", "target?: integer" }, { "integer", "lina.Watch" } },
    { "stream", "Makes the name a stream, which keeps its last `depth` generations for readers. If it is a stream already, the depth must agree. Without a depth, the name must be a stream already.",
        { "name: string", "depth?: integer|{depth?: integer}" }, {} },
    { "stream_info", "Returns facts about the stream: name, depth, kept, sequence, readers, producers, unread, and state: \"new\", \"produced\", \"ended\" or \"died\".",
        { "name: string" }, { "table" } },
    { "produce", "Makes this member a producer of the stream while f runs, and returns what f returned. Without f, it lasts until the producer is closed. When the last producer has ended, the readers' loops end. If it died instead, they raise DIED.",
        { "name: string", "f?: fun(): ..." }, { "any" } },
    { "end_stream", "Ends the producer that `lina.produce` began.", { "name: string" }, {} },
    { "follow", "Reads a stream: `for x in lina.follow(name) do` gives each generation once, in order. The reader opens in this call. Each x ends when the loop moves on, unless `x:keep()` was called. Options: `start` (\"next\", \"latest\", \"oldest\" or a sequence), `lossy`, `timeout` for each generation, `max_held`, `revive`. With a function, it calls f(x) for each generation until f returns a value, and returns that value.",
        { "name: string", "options?: lina.Following|fun(x: lina.Array): any", "f?: fun(x: lina.Array): any" }, { "any" } },
    { "room_fd", "Returns a file descriptor for event loops, and its watch. It becomes readable when the stream has room for another generation.",
        { "name: string" }, { "integer", "lina.Watch" } },
    { "set_member_name", "Gives this member of the arena a name; nil removes it. Raises EXISTS if another living member has the name.", { "name: string?" }, {} },
    { "members", "Returns the living members: name, member (its number), pid, incarnation, since (seconds since 1970), self.", {}, { "table[]" } },
    { "signals", "Returns all signals: name, value, set.", {}, { "{name: string, value: integer, set: boolean}[]" } },
    { "info", "Returns the arena's numbers: size, used_bytes, arrays, held, loans, signals, members and so on.", {}, { "table" } },
    { "fileno", "Returns the arena's file descriptor, to which others attach as `\"fd:N\"`.", {}, { "integer" } },
    { "sync", "Writes a `\"file:\"` arena to the disk, and returns when that is done.", {}, {} },
    { "check", "Checks the arena's tables, and raises CORRUPT if they are not consistent.", {}, {} },
}

api.lina = {
    { "init_arena", "Makes the default arena with `bytes` bytes for data: anonymous, `\"shm:NAME\"` or `\"file:PATH\"`. Options: `exist_ok`, `reserve`, `inherit`, `replace`, `temporary`, `huge`, `max_arrays`, `max_signals`, `max_members`, `mode`. With `exist_ok`, an arena that exists is joined.",
        { "bytes: integer", "where?: lina.Place", "options?: table" }, {} },
    { "attach", "Joins an arena, which becomes the default one. A script under LINA_ARENA need not call it.",
        { "where: lina.Place", "options?: {read_only?: boolean, other_user?: boolean}" }, {} },
    { "shutdown", "Leaves the default arena. Arrays that are open stay valid. A program that ends need not call it.", {}, {} },
    { "inspect", "Returns the numbers of a named arena, without joining it.", { "where: lina.Place" }, { "table" } },
    { "unlink", "Removes the name of a named arena. Raises BUSY while a process has it open.", { "where: lina.Place" }, {} },
    { "version", "Returns the version of liblina_core.", {}, { "string" } },
    { "library", "Returns the path of the liblina_core that this process uses.", {}, { "string" } },
}

api.Arena = {
    { "create", "Makes an arena beside the default one. If `where` is nil, it is anonymous. The options are those of `lina.init_arena`.",
        { "where: lina.Place?", "bytes: integer", "options?: table" }, { "lina.Arena" }, static = true },
    { "attach", "Joins an arena beside the default one.",
        { "where: lina.Place", "options?: {read_only?: boolean, other_user?: boolean}" }, { "lina.Arena" }, static = true },
    { "close", "Leaves the arena. Arrays that are open stay valid.", {}, {} },
    { "is_closed", "Returns true if it was closed.", {}, { "boolean" } },
}

api.Array = {
    { "get", "Returns element (i, j, ...), counted from 1; two numbers if it is complex.", { "...: integer" }, { "number|integer|boolean" } },
    { "set", "Sets element (i, j, ...) to the last argument.", { "...: any" }, {} },
    { "iter", "For loops: `for i, v in a:iter()` gives the elements, or the rows if there is more than one dimension.", {}, { "function", "lina.Array", "integer" } },
    { "unpack", "Returns elements i to j of an array with one dimension, as table.unpack does.", { "i?: integer", "j?: integer" }, { "any" } },
    { "slice", "Returns a part of the array, over the same bytes. It takes an argument for each dimension: an index, which removes the dimension; `{from, to, step}`, with `to` included; or nil for all of it.",
        { "...: integer|integer[]|nil" }, { "lina.Array" } },
    { "fill", "Sets all elements to the value.", { "value: any", "im?: number" }, { "lina.Array" } },
    { "map", "Sets each element v to f(v), in place, in the order of the indexes.", { "f: function" }, { "lina.Array" } },
    { "copy_from", "Copies from nested tables, from an array of the same shape, or from a string of all its bytes.",
        { "source: table|lina.Array|string" }, { "lina.Array" } },
    { "totable", "Returns a copy as nested tables.", {}, { "table" } },
    { "string", "Returns a copy of the bytes.", {}, { "string" } },
    { "sum", "Returns the sum: exact for integers, the number of true elements for bool, two numbers for complex.", {}, { "number|integer" } },
    { "min", "Returns the least element, or NaN if an element is NaN.", {}, { "number|integer" } },
    { "max", "Returns the greatest element, or NaN if an element is NaN.", {}, { "number|integer" } },
    { "pointer", "Returns the address of the first element: a lightuserdata, or in LuaJIT a typed pointer. It does not keep the array in place.", {}, { "lightuserdata|ffi.cdata*" } },
    { "name", "Returns the array's name.", {}, { "string" } },
    { "dtype", "Returns the dtype; a number if the dtype has no name.", {}, { "lina.Dtype" } },
    { "shape", "Returns the extents.", {}, { "integer[]" } },
    { "strides", "Returns for each dimension the bytes from one element to the next.", {}, { "integer[]" } },
    { "ndim", "Returns the number of dimensions.", {}, { "integer" } },
    { "size", "Returns the number of elements.", {}, { "integer" } },
    { "nbytes", "Returns the number of bytes of all elements.", {}, { "integer" } },
    { "layout", "Returns \"C\", \"F\" or \"strided\".", {}, { "string" } },
    { "generation", "Returns the number of this generation.", {}, { "integer" } },
    { "sequence", "Returns the number of this generation among all that the name ever had. Unlike `generation`, it never wraps.", {}, { "integer" } },
    { "is_current", "Returns true if this generation is still the newest.", {}, { "boolean" } },
    { "is_read_only", "Returns true if its arena is attached read-only.", {}, { "boolean" } },
    { "is_loan", "Returns true if it is an unpublished loan.", {}, { "boolean" } },
    { "is_closed", "Returns true if it was closed, or its loan has ended.", {}, { "boolean" } },
    { "keep", "Keeps the array valid when the reader that gave it moves on.", {}, { "lina.Array" } },
    { "publish", "Makes the loan the next generation, and ends this array. In a stream, it waits for room. With a time-out of 0 it does not wait, and raises BEHIND. After BEHIND and TIMEOUT it is still a loan.", { "timeout?: lina.Seconds" }, {} },
    { "discard", "Gives the loan back, and ends this array.", {}, {} },
    { "close", "Gives back its hold on the generation now, not when the collector runs. Slices keep theirs.", {}, {} },
}

api.Watch = {
    { "getfd", "Returns the file descriptor. copas calls this method.", {}, { "integer" } },
    { "pollfd", "Returns the file descriptor. cqueues calls this method.", {}, { "integer" } },
    { "events", "Returns \"r\". cqueues calls this method.", {}, { "string" } },
    { "reset", "Makes the descriptor unreadable until the next event: the signal is set again or reaches the target, the reader has something to take, or the stream has room.", { "target?: integer" }, {} },
    { "close", "Closes the descriptor. Remove it from the event loop before.", {}, {} },
}

api.Reader = {
    { "next", "Returns the next generation, or nil if the stream has ended. Raises TIMEOUT, and DIED if the last producer died.", { "timeout?: lina.Seconds" }, { "lina.Array?" } },
    { "poll", "Returns the next generation if there is one already, or nil, and whether the stream has ended. Never waits.", {}, { "lina.Array?", "boolean" } },
    { "fd", "Returns a file descriptor for event loops, and its watch. It becomes readable when there is something to take, or the stream is over.", {}, { "integer", "lina.Watch" } },
    { "lost", "Returns how many generations the reader has missed.", {}, { "integer" } },
    { "sequence", "Returns the sequence of the generation that was taken last.", {}, { "integer" } },
    { "name", "Returns the stream's name.", {}, { "string" } },
    { "close", "Closes the reader, so that producers no longer wait for it. Arrays that it gave stay valid.", {}, {} },
    { "is_closed", "Returns true if it was closed.", {}, { "boolean" } },
}

api.Producer = {
    { "close", "Ends the producer. After the last generation, readers learn that the stream is over.", {}, {} },
}

return api
