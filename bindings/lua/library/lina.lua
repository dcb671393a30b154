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

---Makes the default arena, with so many bytes of data: anonymous, `"shm:NAME"` or `"file:PATH"`. Options: `exist_ok`, `reserve`, `inherit`, `replace`, `temporary`, `huge`, `max_arrays`, `max_signals`, `max_members`, `mode`. With `exist_ok` the arena that is there is joined.
---@param bytes integer
---@param where? lina.Place
---@param options? table
function lina.init_arena(bytes, where, options) end

---Joins an arena as the default one. Where LINA_ARENA is set there is no need to.
---@param where lina.Place
---@param options? {read_only?: boolean, other_user?: boolean}
function lina.attach(where, options) end

---Leaves the default arena. Views stay valid. At exit nothing needs it.
function lina.shutdown() end

---The numbers of a named arena, without joining it.
---@param where lina.Place
---@return table
function lina.inspect(where) end

---Takes a named arena's name away. BUSY while somebody has it.
---@param where lina.Place
function lina.unlink(where) end

---The version of liblina_core.
---@return string
function lina.version() end

---Where the liblina_core lies that this process uses.
---@return string
function lina.library() end

---Publishes a new array of zeroes. EXISTS when the name is taken, unless `exist_ok` and the array there agrees.
---@param name string
---@param dtype lina.Dtype
---@param shape lina.Shape
---@param order? lina.Order|{exist_ok?: boolean}
---@param options? {exist_ok?: boolean}
---@return lina.Array
function lina.create_array(name, dtype, shape, order, options) end

---Arrays `name.field` for fields `{x = "f64", id = "i32"}`, each with n elements: all of them, or none.
---@param name string
---@param fields table<string, lina.Dtype>
---@param n lina.Shape
---@param options? {exist_ok?: boolean}
---@return table<string, lina.Array>
function lina.create_records(name, fields, n, options) end

---A view of the current generation. It stays in place until the view is closed or collected. NOT_FOUND.
---@param name string
---@return lina.Array
function lina.array(name) end

---The same as its bytes: a `u8` array of one dimension.
---@param name string
---@return lina.Array
function lina.buffer(name) end

---The descriptor: name, offset, nbytes, dtype, shape, strides, layout, generation and so on.
---@param name string
---@return table
function lina.open_desc(name) end

---The descriptors of all arrays, by name.
---@return table[]
function lina.list() end

---Memory that nobody else sees, with whatever bytes were there. `f(x)` fills it; when f ends it becomes the next generation in one step, when f fails it is discarded. x ends with f. Returns what f does. Without f: the loan, for `x:publish()` or `x:discard()`. In a stream it waits for room, `timeout` seconds at most; then the error's `loan` is still the loan.
---@param name string
---@param dtype lina.Dtype
---@param shape lina.Shape
---@param order? lina.Order|{timeout?: number}|fun(x: lina.Array): ...
---@param f? {timeout?: number}|fun(x: lina.Array): ...
---@param options? {timeout?: number}
---@return any
function lina.loan(name, dtype, shape, order, f, options) end

---A new generation of zeroes, of any dtype and shape.
---@param name string
---@param dtype lina.Dtype
---@param shape lina.Shape
---@param order? lina.Order
---@return lina.Array
function lina.republish(name, dtype, shape, order) end

---Takes the name away. Views of the array stay valid.
---@param name string
function lina.remove(name) end

---Says that no raw pointer from C is left to old generations of the name.
---@param name string
function lina.reclaim(name) end

---Gives part of an array a name of its own: `alias(name, slice)`, or by bytes, `alias(name, base, {offset = 0, shape = {480, 640}, strides = {1920, 3}})`; with a `dtype` the bytes are read as that.
---@param name string
---@param base string|lina.Array
---@param part? {offset?: integer, shape: lina.Shape, strides?: integer[], dtype?: lina.Dtype}
function lina.alias(name, base, part) end

---Adds n, or one, to the signal's counter and wakes all who wait.
---@param name string
---@param n? integer
function lina.signal(name, n) end

---Unsets the signal. Its counter stays.
---@param name string
function lina.clear(name) end

---Whether the signal is set: signalled after its last clear.
---@param name string
---@return boolean
function lina.try_wait(name) end

---The signal's counter, 0 for one that nobody has used.
---@param name string
---@return integer
function lina.value(name) end

---Waits until the signal is set; does not consume it. TIMEOUT after so many seconds; nil is for ever, 0 or less only looks. Ctrl-C ends it. With a `member` it raises DIED when the member of that name is gone.
---@param name string
---@param timeout? lina.Waiting
function lina.wait(name, timeout) end

---Waits until the counter is at least `target`.
---@param name string
---@param target integer
---@param timeout? lina.Waiting
function lina.wait_value(name, target, timeout) end

---Waits for the first of 1 to 64: a signal that is set, or, as `{name, target}`, has reached its target; a reader that has something to take, or whose stream is over. Returns the signal's name, or the reader.
---@param list lina.Awaited[]
---@param timeout? lina.Waiting
---@return string|lina.Reader
function lina.wait_any(list, timeout) end

---Takes the signal away: its place is free, and waits for it end with NOT_FOUND.
---@param name string
function lina.remove_signal(name) end

---As `wait_any`, but never waits: nil where none is reached.
---@param list lina.Awaited[]
---@return string|lina.Reader|nil
function lina.poll(list) end

---A descriptor that becomes readable when the signal is set, or its counter at least `target`: for event loops. It stays open until the watch or the arena is closed.
---@param name string
---@param target? integer
---@return integer
---@return lina.Watch
function lina.fd(name, target) end

---Makes the name a stream, which keeps its last `depth` generations for readers, or checks that it is one of that depth. Without a depth it has to be one.
---@param name string
---@param depth? integer|{depth?: integer}
function lina.stream(name, depth) end

---What the stream is like: name, depth, kept, sequence, readers, producers, unread, and state: "new", "produced", "ended" or "died".
---@param name string
---@return table
function lina.stream_info(name) end

---Says that this member produces into the stream: while f runs, and returns what f does, or until the producer is closed. When the last is gone, readers' loops end; after a death without that they raise DIED.
---@param name string
---@param f? fun(): ...
---@return any
function lina.produce(name, f) end

---Ends what `lina.produce` began.
---@param name string
function lina.end_stream(name) end

---Reads a stream: `for x in lina.follow(name) do`, each generation once, in order. The reader is open when this returns, and each x ends when the loop moves on, unless `x:keep()` was called. Options: `start` ("next", "latest", "oldest" or a sequence), `lossy`, `timeout` for each, `max_held`, `revive`. With a function: f(x) for each, until it returns something, which is returned.
---@param name string
---@param options? lina.Following|fun(x: lina.Array): any
---@param f? fun(x: lina.Array): any
---@return any
function lina.follow(name, options, f) end

---A descriptor that becomes readable once the stream may take another generation: for event loops.
---@param name string
---@return integer
---@return lina.Watch
function lina.room_fd(name) end

---Gives this member of the arena a name, or with nil none. EXISTS while another has it.
---@param name string?
function lina.set_member_name(name) end

---The living members: name, member (its number), pid, incarnation, since (seconds since 1970), self.
---@return table[]
function lina.members() end

---All signals: name, value, set.
---@return {name: string, value: integer, set: boolean}[]
function lina.signals() end

---The arena's numbers: size, used_bytes, arrays, held, loans, signals, members and so on.
---@return table
function lina.info() end

---The arena's descriptor, which others attach to as `"fd:N"`.
---@return integer
function lina.fileno() end

---Returns when the disk has what is in the memory of a `"file:"` arena.
function lina.sync() end

---Checks every invariant of the arena's tables. CORRUPT.
function lina.check() end

---A new arena beside the default one; `where` nil makes an anonymous one. Options as for `lina.init_arena`.
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

---Leaves the arena. Views stay valid.
function Arena:close() end

---Whether it was closed.
---@return boolean
function Arena:is_closed() end

---Publishes a new array of zeroes. EXISTS when the name is taken, unless `exist_ok` and the array there agrees.
---@param name string
---@param dtype lina.Dtype
---@param shape lina.Shape
---@param order? lina.Order|{exist_ok?: boolean}
---@param options? {exist_ok?: boolean}
---@return lina.Array
function Arena:create_array(name, dtype, shape, order, options) end

---Arrays `name.field` for fields `{x = "f64", id = "i32"}`, each with n elements: all of them, or none.
---@param name string
---@param fields table<string, lina.Dtype>
---@param n lina.Shape
---@param options? {exist_ok?: boolean}
---@return table<string, lina.Array>
function Arena:create_records(name, fields, n, options) end

---A view of the current generation. It stays in place until the view is closed or collected. NOT_FOUND.
---@param name string
---@return lina.Array
function Arena:array(name) end

---The same as its bytes: a `u8` array of one dimension.
---@param name string
---@return lina.Array
function Arena:buffer(name) end

---The descriptor: name, offset, nbytes, dtype, shape, strides, layout, generation and so on.
---@param name string
---@return table
function Arena:open_desc(name) end

---The descriptors of all arrays, by name.
---@return table[]
function Arena:list() end

---Memory that nobody else sees, with whatever bytes were there. `f(x)` fills it; when f ends it becomes the next generation in one step, when f fails it is discarded. x ends with f. Returns what f does. Without f: the loan, for `x:publish()` or `x:discard()`. In a stream it waits for room, `timeout` seconds at most; then the error's `loan` is still the loan.
---@param name string
---@param dtype lina.Dtype
---@param shape lina.Shape
---@param order? lina.Order|{timeout?: number}|fun(x: lina.Array): ...
---@param f? {timeout?: number}|fun(x: lina.Array): ...
---@param options? {timeout?: number}
---@return any
function Arena:loan(name, dtype, shape, order, f, options) end

---A new generation of zeroes, of any dtype and shape.
---@param name string
---@param dtype lina.Dtype
---@param shape lina.Shape
---@param order? lina.Order
---@return lina.Array
function Arena:republish(name, dtype, shape, order) end

---Takes the name away. Views of the array stay valid.
---@param name string
function Arena:remove(name) end

---Says that no raw pointer from C is left to old generations of the name.
---@param name string
function Arena:reclaim(name) end

---Gives part of an array a name of its own: `alias(name, slice)`, or by bytes, `alias(name, base, {offset = 0, shape = {480, 640}, strides = {1920, 3}})`; with a `dtype` the bytes are read as that.
---@param name string
---@param base string|lina.Array
---@param part? {offset?: integer, shape: lina.Shape, strides?: integer[], dtype?: lina.Dtype}
function Arena:alias(name, base, part) end

---Adds n, or one, to the signal's counter and wakes all who wait.
---@param name string
---@param n? integer
function Arena:signal(name, n) end

---Unsets the signal. Its counter stays.
---@param name string
function Arena:clear(name) end

---Whether the signal is set: signalled after its last clear.
---@param name string
---@return boolean
function Arena:try_wait(name) end

---The signal's counter, 0 for one that nobody has used.
---@param name string
---@return integer
function Arena:value(name) end

---Waits until the signal is set; does not consume it. TIMEOUT after so many seconds; nil is for ever, 0 or less only looks. Ctrl-C ends it. With a `member` it raises DIED when the member of that name is gone.
---@param name string
---@param timeout? lina.Waiting
function Arena:wait(name, timeout) end

---Waits until the counter is at least `target`.
---@param name string
---@param target integer
---@param timeout? lina.Waiting
function Arena:wait_value(name, target, timeout) end

---Waits for the first of 1 to 64: a signal that is set, or, as `{name, target}`, has reached its target; a reader that has something to take, or whose stream is over. Returns the signal's name, or the reader.
---@param list lina.Awaited[]
---@param timeout? lina.Waiting
---@return string|lina.Reader
function Arena:wait_any(list, timeout) end

---Takes the signal away: its place is free, and waits for it end with NOT_FOUND.
---@param name string
function Arena:remove_signal(name) end

---As `wait_any`, but never waits: nil where none is reached.
---@param list lina.Awaited[]
---@return string|lina.Reader|nil
function Arena:poll(list) end

---A descriptor that becomes readable when the signal is set, or its counter at least `target`: for event loops. It stays open until the watch or the arena is closed.
---@param name string
---@param target? integer
---@return integer
---@return lina.Watch
function Arena:fd(name, target) end

---Makes the name a stream, which keeps its last `depth` generations for readers, or checks that it is one of that depth. Without a depth it has to be one.
---@param name string
---@param depth? integer|{depth?: integer}
function Arena:stream(name, depth) end

---What the stream is like: name, depth, kept, sequence, readers, producers, unread, and state: "new", "produced", "ended" or "died".
---@param name string
---@return table
function Arena:stream_info(name) end

---Says that this member produces into the stream: while f runs, and returns what f does, or until the producer is closed. When the last is gone, readers' loops end; after a death without that they raise DIED.
---@param name string
---@param f? fun(): ...
---@return any
function Arena:produce(name, f) end

---Ends what `lina.produce` began.
---@param name string
function Arena:end_stream(name) end

---Reads a stream: `for x in lina.follow(name) do`, each generation once, in order. The reader is open when this returns, and each x ends when the loop moves on, unless `x:keep()` was called. Options: `start` ("next", "latest", "oldest" or a sequence), `lossy`, `timeout` for each, `max_held`, `revive`. With a function: f(x) for each, until it returns something, which is returned.
---@param name string
---@param options? lina.Following|fun(x: lina.Array): any
---@param f? fun(x: lina.Array): any
---@return any
function Arena:follow(name, options, f) end

---A descriptor that becomes readable once the stream may take another generation: for event loops.
---@param name string
---@return integer
---@return lina.Watch
function Arena:room_fd(name) end

---Gives this member of the arena a name, or with nil none. EXISTS while another has it.
---@param name string?
function Arena:set_member_name(name) end

---The living members: name, member (its number), pid, incarnation, since (seconds since 1970), self.
---@return table[]
function Arena:members() end

---All signals: name, value, set.
---@return {name: string, value: integer, set: boolean}[]
function Arena:signals() end

---The arena's numbers: size, used_bytes, arrays, held, loans, signals, members and so on.
---@return table
function Arena:info() end

---The arena's descriptor, which others attach to as `"fd:N"`.
---@return integer
function Arena:fileno() end

---Returns when the disk has what is in the memory of a `"file:"` arena.
function Arena:sync() end

---Checks every invariant of the arena's tables. CORRUPT.
function Arena:check() end

---Element (i, j, ...), counted from 1; two numbers for a complex one.
---@param ... integer
---@return number|integer|boolean
function Array:get(...) end

---Sets element (i, j, ...) to the last argument.
---@param ... any
function Array:set(...) end

---`for i, v in a:iter()`: the elements, or the rows where there are more dimensions.
---@return function
---@return lina.Array
---@return integer
function Array:iter() end

---Elements i to j of one dimension, as table.unpack.
---@param i? integer
---@param j? integer
---@return any
function Array:unpack(i, j) end

---A view of a part. For each dimension an index, which takes it away, or `{from, to, step}`, to included, or nil for all of it.
---@param ... integer|integer[]|nil
---@return lina.Array
function Array:slice(...) end

---Sets all elements.
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

---A copy, as nested tables.
---@return table
function Array:totable() end

---A copy of its bytes.
---@return string
function Array:string() end

---The sum: exact for integers, the number of true ones for bool, two numbers for complex.
---@return number|integer
function Array:sum() end

---The least element; NaN where one is.
---@return number|integer
function Array:min() end

---The greatest element; NaN where one is.
---@return number|integer
function Array:max() end

---The address of the first element: a lightuserdata, in LuaJIT typed cdata. It keeps nothing in place.
---@return lightuserdata|ffi.cdata*
function Array:pointer() end

---Its name.
---@return string
function Array:name() end

---Its dtype; a number for one without a name.
---@return lina.Dtype
function Array:dtype() end

---Its extents.
---@return integer[]
function Array:shape() end

---Bytes from one element to the next, for each dimension.
---@return integer[]
function Array:strides() end

---How many dimensions.
---@return integer
function Array:ndim() end

---How many elements.
---@return integer
function Array:size() end

---How many bytes they have.
---@return integer
function Array:nbytes() end

---"C", "F" or "strided".
---@return string
function Array:layout() end

---Which generation of the name it is.
---@return integer
function Array:generation() end

---That, without a wrap: its number among all generations that the name ever had.
---@return integer
function Array:sequence() end

---Whether that is still the newest.
---@return boolean
function Array:is_current() end

---Whether it is attached read-only.
---@return boolean
function Array:is_read_only() end

---Whether it is an unpublished loan.
---@return boolean
function Array:is_loan() end

---Whether it was closed, or its loan has ended.
---@return boolean
function Array:is_closed() end

---Lets it stay when the reader that gave it moves on.
---@return lina.Array
function Array:keep() end

---Makes the loan the next generation, and ends this view. In a stream it waits for room; 0 does not, and raises BEHIND. After that, and TIMEOUT, it is still a loan.
---@param timeout? lina.Seconds
function Array:publish(timeout) end

---Gives the loan back, and ends this view.
function Array:discard() end

---Gives the view back now, not when the collector finds it. Slices keep their own.
function Array:close() end

---The next generation; nil when the stream has ended. Raises TIMEOUT, or DIED when its last producer died.
---@param timeout? lina.Seconds
---@return lina.Array?
function Reader:next(timeout) end

---The next one that is there already, or nil; and whether the stream has ended. Never waits.
---@return lina.Array?
---@return boolean
function Reader:poll() end

---A descriptor that becomes readable once there is something to take, or the stream is over: for event loops.
---@return integer
---@return lina.Watch
function Reader:fd() end

---How many generations were passed over.
---@return integer
function Reader:lost() end

---The sequence of the one taken last.
---@return integer
function Reader:sequence() end

---The stream's name.
---@return string
function Reader:name() end

---Ends the reader, so that producers do not wait for it. Its arrays stay.
function Reader:close() end

---Whether it was closed.
---@return boolean
function Reader:is_closed() end

---Ends it: readers learn, behind the last generation, that the stream is over.
function Producer:close() end

---The descriptor, as copas asks for it.
---@return integer
function Watch:getfd() end

---The descriptor, as cqueues asks for it.
---@return integer
function Watch:pollfd() end

---"r", as cqueues asks for it.
---@return string
function Watch:events() end

---Makes it unreadable until the signal is set again, or has reached the target; until there is something to take, or room.
---@param target? integer
function Watch:reset(target) end

---Closes the descriptor. Stop polling it first.
function Watch:close() end

return lina
