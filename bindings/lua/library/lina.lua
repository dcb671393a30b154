---@meta lina
-- Made from doc/api.lua by doc/generate.lua: edit that.

---@alias lina.Dtype "u8"|"i64"|"f64"|"bool"|"i8"|"i16"|"i32"|"u16"|"u32"|"u64"|"f16"|"bf16"|"f32"|"c64"|"c128"|integer
---@alias lina.Shape integer|integer[]
---@alias lina.Order "C"|"F"
---@alias lina.Place string
---@alias lina.Seconds number|{timeout?: number}|nil
---@alias lina.Waiting number|{timeout?: number, member?: string}|nil
---@alias lina.Awaited string|{[1]: string, [2]: integer}|lina.Reader
---@alias lina.Following {start?: "next"|"latest"|"oldest"|integer, lossy?: boolean, timeout?: number, max_held?: integer, revive?: boolean}

---@class lina.LinaError
---@field code string the reason: "NOT_FOUND", "TIMEOUT" and so on
---@field name string of the array, signal or arena
---@field message string
---@field where string the line that called, or ""
---@field loan lina.Array? the loan that could not be published, which it still is

---@class lina.Array
---@field [integer] any
---@operator len: integer
local Array = {}

---@class lina.Arena
local Arena = {}

---@class lina.Reader
---@overload fun(): lina.Array?
local Reader = {}

---@class lina.Producer
local Producer = {}

---@class lina.Watch
local Watch = {}

---@class lina
---@field LinaError table the metatable of errors
---@field Arena lina.Arena
local lina = {}

---Makes the default arena with `bytes` bytes for data: anonymous, `"shm:NAME"` or `"file:PATH"`. Options: `exist_ok`, `reserve`, `inherit`, `replace`, `temporary`, `huge`, `max_arrays`, `max_signals`, `max_members`, `mode`. With `exist_ok`, an arena that exists is joined.
---@param bytes integer
---@param where? lina.Place
---@param options? table
function lina.init_arena(bytes, where, options) end

---Joins an arena, which becomes the default one. A script under LINA_ARENA need not call it.
---@param where lina.Place
---@param options? {read_only?: boolean, other_user?: boolean}
function lina.attach(where, options) end

---Leaves the default arena. Arrays that are open stay valid. A program that ends need not call it.
function lina.shutdown() end

---Returns the numbers of a named arena, without joining it.
---@param where lina.Place
---@return table
function lina.inspect(where) end

---Removes the name of a named arena. Raises BUSY while a process has it open.
---@param where lina.Place
function lina.unlink(where) end

---Returns the version of liblina_core.
---@return string
function lina.version() end

---Returns the path of the liblina_core that this process uses.
---@return string
function lina.library() end

---Makes an array of zeroes. Raises EXISTS if the name is taken. With `exist_ok`, it opens an array that exists, if its dtype, shape and order agree.
---@param name string
---@param dtype lina.Dtype
---@param shape lina.Shape
---@param order? lina.Order|{exist_ok?: boolean}
---@param options? {exist_ok?: boolean}
---@return lina.Array
function lina.create_array(name, dtype, shape, order, options) end

---Makes an array `name.field` for each field, as `{x = "f64", id = "i32"}`, with n elements each. If one cannot be made, none is.
---@param name string
---@param fields table<string, lina.Dtype>
---@param n lina.Shape
---@param options? {exist_ok?: boolean}
---@return table<string, lina.Array>
function lina.create_records(name, fields, n, options) end

---Opens the current generation, which stays in place until the array is closed or collected. Raises NOT_FOUND if there is none.
---@param name string
---@return lina.Array
function lina.array(name) end

---Opens the bytes of the current generation: a `u8` array of one dimension.
---@param name string
---@return lina.Array
function lina.buffer(name) end

---Returns the descriptor: name, offset, nbytes, dtype, shape, strides, layout, generation and so on.
---@param name string
---@return table
function lina.open_desc(name) end

---Returns the descriptors of all arrays, sorted by name.
---@return table[]
function lina.list() end

---Lends memory that nobody else sees; its bytes are arbitrary. `f(x)` fills it. If f succeeds, x becomes the next generation in one step; if f raises an error, x is discarded. In both cases x ends with f. Returns what f returned. Without f, it returns the loan, for `x:publish()` or `x:discard()`. In a stream, publishing waits for room, at most `timeout` seconds. If there is none by then, the field `loan` of the error is the loan, which is not lost.
---@param name string
---@param dtype lina.Dtype
---@param shape lina.Shape
---@param order? lina.Order|{timeout?: number}|fun(x: lina.Array): ...
---@param f? {timeout?: number}|fun(x: lina.Array): ...
---@param options? {timeout?: number}
---@return any
function lina.loan(name, dtype, shape, order, f, options) end

---Publishes a new generation of zeroes, of any dtype and shape.
---@param name string
---@param dtype lina.Dtype
---@param shape lina.Shape
---@param order? lina.Order
---@return lina.Array
function lina.republish(name, dtype, shape, order) end

---Removes the name. Arrays that are open stay valid.
---@param name string
function lina.remove(name) end

---Promises that nobody has raw pointers of C to old generations of the name any more.
---@param name string
function lina.reclaim(name) end

---Gives a part of an array a name of its own: `alias(name, slice)`, or in bytes, `alias(name, base, {offset = 0, shape = {480, 640}, strides = {1920, 3}})`. With a `dtype`, the bytes are read as that dtype.
---@param name string
---@param base string|lina.Array
---@param part? {offset?: integer, shape: lina.Shape, strides?: integer[], dtype?: lina.Dtype}
function lina.alias(name, base, part) end

---Adds n (default 1) to the signal's counter, and wakes the waiters.
---@param name string
---@param n? integer
function lina.signal(name, n) end

---Unsets the signal. Its counter keeps its value.
---@param name string
function lina.clear(name) end

---Returns true if the signal is set: it was signalled after its last clear.
---@param name string
---@return boolean
function lina.try_wait(name) end

---Returns the signal's counter, or 0 if nobody has used the signal yet.
---@param name string
---@return integer
function lina.value(name) end

---Waits until the signal is set, and leaves it set. Raises TIMEOUT after `timeout` seconds; nil waits for ever, and 0 or less only looks. Ctrl-C ends the wait. With a `member`, it raises DIED when the member of that name is gone.
---@param name string
---@param timeout? lina.Waiting
function lina.wait(name, timeout) end

---Waits until the counter is at least `target`.
---@param name string
---@param target integer
---@param timeout? lina.Waiting
function lina.wait_value(name, target, timeout) end

---Waits for the first of 1 to 64 entries, and returns it. A name waits until its signal is set, `{name, target}` until the counter has reached the target, and a reader until it has something to take or its stream is over. Returns the signal's name, or the reader.
---@param list lina.Awaited[]
---@param timeout? lina.Waiting
---@return string|lina.Reader
function lina.wait_any(list, timeout) end

---Removes the signal. Waits for it end with NOT_FOUND, and its place is free again.
---@param name string
function lina.remove_signal(name) end

---Looks as `wait_any` does, but never waits. Returns nil if no entry is reached.
---@param list lina.Awaited[]
---@return string|lina.Reader|nil
function lina.poll(list) end

---Returns a file descriptor for event loops, and its watch. It becomes readable when the signal is set, or when the counter is at least `target`. It stays open until the watch or the arena is closed.
---@param name string
---@param target? integer
---@return integer
---@return lina.Watch
function lina.fd(name, target) end

---Makes the name a stream, which keeps its last `depth` generations for readers. If it is a stream already, the depth must agree. Without a depth, the name must be a stream already.
---@param name string
---@param depth? integer|{depth?: integer}
function lina.stream(name, depth) end

---Returns facts about the stream: name, depth, kept, sequence, readers, producers, unread, and state: "new", "produced", "ended" or "died".
---@param name string
---@return table
function lina.stream_info(name) end

---Makes this member a producer of the stream while f runs, and returns what f returned. Without f, it lasts until the producer is closed. When the last producer has ended, the readers' loops end. If it died instead, they raise DIED.
---@param name string
---@param f? fun(): ...
---@return any
function lina.produce(name, f) end

---Ends the producer that `lina.produce` began.
---@param name string
function lina.end_stream(name) end

---Reads a stream: `for x in lina.follow(name) do` gives each generation once, in order. The reader opens in this call. Each x ends when the loop moves on, unless `x:keep()` was called. Options: `start` ("next", "latest", "oldest" or a sequence), `lossy`, `timeout` for each generation, `max_held`, `revive`. With a function, it calls f(x) for each generation until f returns a value, and returns that value.
---@param name string
---@param options? lina.Following|fun(x: lina.Array): any
---@param f? fun(x: lina.Array): any
---@return any
function lina.follow(name, options, f) end

---Returns a file descriptor for event loops, and its watch. It becomes readable when the stream has room for another generation.
---@param name string
---@return integer
---@return lina.Watch
function lina.room_fd(name) end

---Gives this member of the arena a name; nil removes it. Raises EXISTS if another living member has the name.
---@param name string?
function lina.set_member_name(name) end

---Returns the living members: name, member (its number), pid, incarnation, since (seconds since 1970), self.
---@return table[]
function lina.members() end

---Returns all signals: name, value, set.
---@return {name: string, value: integer, set: boolean}[]
function lina.signals() end

---Returns the arena's numbers: size, used_bytes, arrays, held, loans, signals, members and so on.
---@return table
function lina.info() end

---Returns the arena's file descriptor, to which others attach as `"fd:N"`.
---@return integer
function lina.fileno() end

---Writes a `"file:"` arena to the disk, and returns when that is done.
function lina.sync() end

---Checks the arena's tables, and raises CORRUPT if they are not consistent.
function lina.check() end

---Makes an arena beside the default one. If `where` is nil, it is anonymous. The options are those of `lina.init_arena`.
---@param where lina.Place?
---@param bytes integer
---@param options? table
---@return lina.Arena
function Arena.create(where, bytes, options) end

---Joins an arena beside the default one.
---@param where lina.Place
---@param options? {read_only?: boolean, other_user?: boolean}
---@return lina.Arena
function Arena.attach(where, options) end

---Leaves the arena. Arrays that are open stay valid.
function Arena:close() end

---Returns true if it was closed.
---@return boolean
function Arena:is_closed() end

---Makes an array of zeroes. Raises EXISTS if the name is taken. With `exist_ok`, it opens an array that exists, if its dtype, shape and order agree.
---@param name string
---@param dtype lina.Dtype
---@param shape lina.Shape
---@param order? lina.Order|{exist_ok?: boolean}
---@param options? {exist_ok?: boolean}
---@return lina.Array
function Arena:create_array(name, dtype, shape, order, options) end

---Makes an array `name.field` for each field, as `{x = "f64", id = "i32"}`, with n elements each. If one cannot be made, none is.
---@param name string
---@param fields table<string, lina.Dtype>
---@param n lina.Shape
---@param options? {exist_ok?: boolean}
---@return table<string, lina.Array>
function Arena:create_records(name, fields, n, options) end

---Opens the current generation, which stays in place until the array is closed or collected. Raises NOT_FOUND if there is none.
---@param name string
---@return lina.Array
function Arena:array(name) end

---Opens the bytes of the current generation: a `u8` array of one dimension.
---@param name string
---@return lina.Array
function Arena:buffer(name) end

---Returns the descriptor: name, offset, nbytes, dtype, shape, strides, layout, generation and so on.
---@param name string
---@return table
function Arena:open_desc(name) end

---Returns the descriptors of all arrays, sorted by name.
---@return table[]
function Arena:list() end

---Lends memory that nobody else sees; its bytes are arbitrary. `f(x)` fills it. If f succeeds, x becomes the next generation in one step; if f raises an error, x is discarded. In both cases x ends with f. Returns what f returned. Without f, it returns the loan, for `x:publish()` or `x:discard()`. In a stream, publishing waits for room, at most `timeout` seconds. If there is none by then, the field `loan` of the error is the loan, which is not lost.
---@param name string
---@param dtype lina.Dtype
---@param shape lina.Shape
---@param order? lina.Order|{timeout?: number}|fun(x: lina.Array): ...
---@param f? {timeout?: number}|fun(x: lina.Array): ...
---@param options? {timeout?: number}
---@return any
function Arena:loan(name, dtype, shape, order, f, options) end

---Publishes a new generation of zeroes, of any dtype and shape.
---@param name string
---@param dtype lina.Dtype
---@param shape lina.Shape
---@param order? lina.Order
---@return lina.Array
function Arena:republish(name, dtype, shape, order) end

---Removes the name. Arrays that are open stay valid.
---@param name string
function Arena:remove(name) end

---Promises that nobody has raw pointers of C to old generations of the name any more.
---@param name string
function Arena:reclaim(name) end

---Gives a part of an array a name of its own: `alias(name, slice)`, or in bytes, `alias(name, base, {offset = 0, shape = {480, 640}, strides = {1920, 3}})`. With a `dtype`, the bytes are read as that dtype.
---@param name string
---@param base string|lina.Array
---@param part? {offset?: integer, shape: lina.Shape, strides?: integer[], dtype?: lina.Dtype}
function Arena:alias(name, base, part) end

---Adds n (default 1) to the signal's counter, and wakes the waiters.
---@param name string
---@param n? integer
function Arena:signal(name, n) end

---Unsets the signal. Its counter keeps its value.
---@param name string
function Arena:clear(name) end

---Returns true if the signal is set: it was signalled after its last clear.
---@param name string
---@return boolean
function Arena:try_wait(name) end

---Returns the signal's counter, or 0 if nobody has used the signal yet.
---@param name string
---@return integer
function Arena:value(name) end

---Waits until the signal is set, and leaves it set. Raises TIMEOUT after `timeout` seconds; nil waits for ever, and 0 or less only looks. Ctrl-C ends the wait. With a `member`, it raises DIED when the member of that name is gone.
---@param name string
---@param timeout? lina.Waiting
function Arena:wait(name, timeout) end

---Waits until the counter is at least `target`.
---@param name string
---@param target integer
---@param timeout? lina.Waiting
function Arena:wait_value(name, target, timeout) end

---Waits for the first of 1 to 64 entries, and returns it. A name waits until its signal is set, `{name, target}` until the counter has reached the target, and a reader until it has something to take or its stream is over. Returns the signal's name, or the reader.
---@param list lina.Awaited[]
---@param timeout? lina.Waiting
---@return string|lina.Reader
function Arena:wait_any(list, timeout) end

---Removes the signal. Waits for it end with NOT_FOUND, and its place is free again.
---@param name string
function Arena:remove_signal(name) end

---Looks as `wait_any` does, but never waits. Returns nil if no entry is reached.
---@param list lina.Awaited[]
---@return string|lina.Reader|nil
function Arena:poll(list) end

---Returns a file descriptor for event loops, and its watch. It becomes readable when the signal is set, or when the counter is at least `target`. It stays open until the watch or the arena is closed.
---@param name string
---@param target? integer
---@return integer
---@return lina.Watch
function Arena:fd(name, target) end

---Makes the name a stream, which keeps its last `depth` generations for readers. If it is a stream already, the depth must agree. Without a depth, the name must be a stream already.
---@param name string
---@param depth? integer|{depth?: integer}
function Arena:stream(name, depth) end

---Returns facts about the stream: name, depth, kept, sequence, readers, producers, unread, and state: "new", "produced", "ended" or "died".
---@param name string
---@return table
function Arena:stream_info(name) end

---Makes this member a producer of the stream while f runs, and returns what f returned. Without f, it lasts until the producer is closed. When the last producer has ended, the readers' loops end. If it died instead, they raise DIED.
---@param name string
---@param f? fun(): ...
---@return any
function Arena:produce(name, f) end

---Ends the producer that `lina.produce` began.
---@param name string
function Arena:end_stream(name) end

---Reads a stream: `for x in lina.follow(name) do` gives each generation once, in order. The reader opens in this call. Each x ends when the loop moves on, unless `x:keep()` was called. Options: `start` ("next", "latest", "oldest" or a sequence), `lossy`, `timeout` for each generation, `max_held`, `revive`. With a function, it calls f(x) for each generation until f returns a value, and returns that value.
---@param name string
---@param options? lina.Following|fun(x: lina.Array): any
---@param f? fun(x: lina.Array): any
---@return any
function Arena:follow(name, options, f) end

---Returns a file descriptor for event loops, and its watch. It becomes readable when the stream has room for another generation.
---@param name string
---@return integer
---@return lina.Watch
function Arena:room_fd(name) end

---Gives this member of the arena a name; nil removes it. Raises EXISTS if another living member has the name.
---@param name string?
function Arena:set_member_name(name) end

---Returns the living members: name, member (its number), pid, incarnation, since (seconds since 1970), self.
---@return table[]
function Arena:members() end

---Returns all signals: name, value, set.
---@return {name: string, value: integer, set: boolean}[]
function Arena:signals() end

---Returns the arena's numbers: size, used_bytes, arrays, held, loans, signals, members and so on.
---@return table
function Arena:info() end

---Returns the arena's file descriptor, to which others attach as `"fd:N"`.
---@return integer
function Arena:fileno() end

---Writes a `"file:"` arena to the disk, and returns when that is done.
function Arena:sync() end

---Checks the arena's tables, and raises CORRUPT if they are not consistent.
function Arena:check() end

---Returns element (i, j, ...), counted from 1; two numbers if it is complex.
---@param ... integer
---@return number|integer|boolean
function Array:get(...) end

---Sets element (i, j, ...) to the last argument.
---@param ... any
function Array:set(...) end

---For loops: `for i, v in a:iter()` gives the elements, or the rows if there is more than one dimension.
---@return function
---@return lina.Array
---@return integer
function Array:iter() end

---Returns elements i to j of an array with one dimension, as table.unpack does.
---@param i? integer
---@param j? integer
---@return any
function Array:unpack(i, j) end

---Returns a part of the array, over the same bytes. It takes an argument for each dimension: an index, which removes the dimension; `{from, to, step}`, with `to` included; or nil for all of it.
---@param ... integer|integer[]|nil
---@return lina.Array
function Array:slice(...) end

---Sets all elements to the value.
---@param value any
---@param im? number
---@return lina.Array
function Array:fill(value, im) end

---Sets each element v to f(v), in place, in the order of the indexes.
---@param f function
---@return lina.Array
function Array:map(f) end

---Copies from nested tables, from an array of the same shape, or from a string of all its bytes.
---@param source table|lina.Array|string
---@return lina.Array
function Array:copy_from(source) end

---Returns a copy as nested tables.
---@return table
function Array:totable() end

---Returns a copy of the bytes.
---@return string
function Array:string() end

---Returns the sum: exact for integers, the number of true elements for bool, two numbers for complex.
---@return number|integer
function Array:sum() end

---Returns the least element, or NaN if an element is NaN.
---@return number|integer
function Array:min() end

---Returns the greatest element, or NaN if an element is NaN.
---@return number|integer
function Array:max() end

---Returns the address of the first element: a lightuserdata, or in LuaJIT a typed pointer. It does not keep the array in place.
---@return lightuserdata|ffi.cdata*
function Array:pointer() end

---Returns the array's name.
---@return string
function Array:name() end

---Returns the dtype; a number if the dtype has no name.
---@return lina.Dtype
function Array:dtype() end

---Returns the extents.
---@return integer[]
function Array:shape() end

---Returns for each dimension the bytes from one element to the next.
---@return integer[]
function Array:strides() end

---Returns the number of dimensions.
---@return integer
function Array:ndim() end

---Returns the number of elements.
---@return integer
function Array:size() end

---Returns the number of bytes of all elements.
---@return integer
function Array:nbytes() end

---Returns "C", "F" or "strided".
---@return string
function Array:layout() end

---Returns the number of this generation.
---@return integer
function Array:generation() end

---Returns the number of this generation among all that the name ever had. Unlike `generation`, it never wraps.
---@return integer
function Array:sequence() end

---Returns true if this generation is still the newest.
---@return boolean
function Array:is_current() end

---Returns true if its arena is attached read-only.
---@return boolean
function Array:is_read_only() end

---Returns true if it is an unpublished loan.
---@return boolean
function Array:is_loan() end

---Returns true if it was closed, or its loan has ended.
---@return boolean
function Array:is_closed() end

---Keeps the array valid when the reader that gave it moves on.
---@return lina.Array
function Array:keep() end

---Makes the loan the next generation, and ends this array. In a stream, it waits for room. With a time-out of 0 it does not wait, and raises BEHIND. After BEHIND and TIMEOUT it is still a loan.
---@param timeout? lina.Seconds
function Array:publish(timeout) end

---Gives the loan back, and ends this array.
function Array:discard() end

---Gives back its hold on the generation now, not when the collector runs. Slices keep theirs.
function Array:close() end

---Returns the next generation, or nil if the stream has ended. Raises TIMEOUT, and DIED if the last producer died.
---@param timeout? lina.Seconds
---@return lina.Array?
function Reader:next(timeout) end

---Returns the next generation if there is one already, or nil, and whether the stream has ended. Never waits.
---@return lina.Array?
---@return boolean
function Reader:poll() end

---Returns a file descriptor for event loops, and its watch. It becomes readable when there is something to take, or the stream is over.
---@return integer
---@return lina.Watch
function Reader:fd() end

---Returns how many generations the reader has missed.
---@return integer
function Reader:lost() end

---Returns the sequence of the generation that was taken last.
---@return integer
function Reader:sequence() end

---Returns the stream's name.
---@return string
function Reader:name() end

---Closes the reader, so that producers no longer wait for it. Arrays that it gave stay valid.
function Reader:close() end

---Returns true if it was closed.
---@return boolean
function Reader:is_closed() end

---Ends the producer. After the last generation, readers learn that the stream is over.
function Producer:close() end

---Returns the file descriptor. copas calls this method.
---@return integer
function Watch:getfd() end

---Returns the file descriptor. cqueues calls this method.
---@return integer
function Watch:pollfd() end

---Returns "r". cqueues calls this method.
---@return string
function Watch:events() end

---Makes the descriptor unreadable until the next event: the signal is set again or reaches the target, the reader has something to take, or the stream has room.
---@param target? integer
function Watch:reset(target) end

---Closes the descriptor. Remove it from the event loop before.
function Watch:close() end

return lina
