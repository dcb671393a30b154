--- Lina: named arrays in one shared arena, the same bytes in every language, without a copy.
--
--     local lina = require "lina"
--
--     lina.init_arena(1024 * 1024, "shm:weather")  -- or lina.attach; or nothing if LINA_ARENA is set
--     local x = lina.create_array("input", "f64", {2, 3})
--     x:set(2, 3, 42)
--     lina.signal("data_ready")
--
-- The functions here are the methods of the process's default arena; lina.Arena makes other arenas.
-- Most functions are in C, in lina.core. This file has those that are easier to write in Lua.

local core = require "lina.core"

local lina, Arena = core.lina, core.arena

lina.LinaError = core.LinaError
lina.Arena = core.Arena

-- lina.close and lina.is_closed would have no meaning: a script leaves the default arena, but does not close it.
lina.shutdown, lina.close, lina.is_closed = lina.close, nil, nil

-- Publishes a loan if its function succeeded, and discards it otherwise. Does nothing if the loan has ended.
local function settle(x, ok, ...)
    if not x:is_closed() and x:is_loan() then
        if ok then
            x:publish()
        else
            x:discard()
        end
    end
    if not ok then
        error((...), 0)
    end
    return ...
end

-- `loan` is a local of that name, for the messages about its arguments.
local function with_block(loan)
    return function(...)
        local x, f = loan(...)
        if f == nil then
            return x
        end
        return settle(x, pcall(f, x))
    end
end

lina.loan = with_block(lina.loan)
Arena.loan = with_block(Arena.loan)

-- ---- streams ----------------------------------------------------------------------------------------

-- Calls `finish` after a pcall, and raises the pcall's error again.
local function finish_after(finish, ok, ...)
    finish()
    if not ok then
        error((...), 0)
    end
    return ...
end

-- A producer of a stream. If it is not closed, it lasts until its arena is closed.
local Producer = { __name = "lina.Producer" }
Producer.__index = Producer

--- Ends the producer. After the last generation, readers learn that the stream is over.
function Producer:close()
    local end_stream = self.end_stream
    self.end_stream = nil
    if not end_stream then
        return
    end
    local ok, e = pcall(end_stream, self.owner, self.name)
    -- A stream that was removed, or whose arena was closed, is over already.
    if not ok and e.code ~= "NOT_FOUND" and e.code ~= "CLOSED" then
        error(e, 0)
    end
end

Producer.__close = Producer.close

-- `owner` is the arena, or nil for the default one, as `produce` was called.
local function with_producer(produce, end_stream)
    return function(...)
        local name, f = produce(...)
        local producer = setmetatable({ owner = (...), name = name, end_stream = end_stream }, Producer)
        if f == nil then
            return producer
        end
        return finish_after(function()
            producer:close()
        end, pcall(f))
    end
end

local default_end = lina.end_stream
lina.produce = with_producer(lina.produce, function(_, name)
    default_end(name)
end)
Arena.produce = with_producer(Arena.produce, Arena.end_stream)

-- Calls f with each view of a reader, until f returns a value.
local function each(reader, f)
    for x in reader do
        local result = f(x)
        if result ~= nil then
            return result
        end
    end
end

-- What follows the reader is for the loop: in Lua 5.4 it closes the fourth value when it is left.
local function with_loop(follow)
    return function(...)
        local reader, f = follow(...)
        if f == nil then
            return reader, nil, nil, reader
        end
        return finish_after(function()
            reader:close()
        end, pcall(each, reader, f))
    end
end

lina.follow = with_loop(lina.follow)
Arena.follow = with_loop(Arena.follow)

-- ---- records ----------------------------------------------------------------------------------------

-- Converts {x = "f64", ...} to {{"x", "f64"}, ...}, sorted by name, so that two scripts have the same order.
local function sorted_fields(fields)
    local list = {}
    for field, dtype in pairs(fields) do
        list[#list + 1] = { field, dtype }
    end
    table.sort(list, function(a, b)
        return tostring(a[1]) < tostring(b[1])
    end)
    return list
end

-- Raises INVALID as the module's C code does. `level` is that of `error`: it says which caller passed the argument.
local function raise_invalid(message, level)
    local where = debug and debug.getinfo(level, "Sl")
    error(setmetatable({
        code = "INVALID",
        name = "",
        message = message,
        where = where and where.currentline > 0 and ("%s:%d: "):format(where.short_src, where.currentline) or "",
    }, lina.LinaError), 0)
end

local function raise_argument(number, name, reason, level)
    raise_invalid(("bad argument #%d to '%s' (%s)"):format(number, name, reason), level + 1)
end

local function check_fields(name, fields)
    if type(name) ~= "string" then
        raise_argument(1, "create_records", "string expected, got " .. type(name), 5)
    end
    if type(fields) ~= "table" then
        raise_argument(2, "create_records", "table expected, got " .. type(fields), 5)
    end
    for field in pairs(fields) do
        if type(field) ~= "string" then
            raise_argument(2, "create_records", "fields by name expected, as {x = \"f64\"}", 5)
        end
    end
end

-- Makes all of the arrays, or none. `create` and `remove` are methods of one arena.
local function create_records(create, remove, name, fields, n, options)
    local made, arrays = {}, {}
    check_fields(name, fields)
    for _, entry in ipairs(sorted_fields(fields)) do
        local full = name .. "." .. entry[1]
        local ok, x = pcall(create, full, entry[2], n, options)
        if not ok then
            for _, other in ipairs(made) do
                pcall(remove, other)
            end
            error(x, 0)
        end
        made[#made + 1] = full
        arrays[entry[1]] = x
    end
    return arrays
end

--- Makes an array "name.field" of n elements for each field of {x = "f64", id = "i32"}. Returns a table by field.
function lina.create_records(name, fields, n, options)
    return create_records(lina.create_array, lina.remove, name, fields, n, options)
end

function Arena:create_records(name, fields, n, options)
    if type(self) ~= "userdata" or getmetatable(self) ~= "lina.Arena" then
        raise_invalid(("calling 'create_records' on bad self (lina.Arena expected, got %s)"):format(type(self)), 3)
    end
    return create_records(function(...)
        return self:create_array(...)
    end, function(...)
        return self:remove(...)
    end, name, fields, n, options)
end

-- A lightuserdata of LuaJIT cannot have every address, so there a pointer is cdata of its type.
if rawget(_G, "jit") then
    local ok, pointers = pcall(require, "lina.pointers")
    if ok then
        core.array.pointer = pointers.pointer
    end
end

return lina
