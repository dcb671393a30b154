--- Lina for LuaJIT's compiler: typed views that are as fast as an FFI array, and signals that it reads from memory
--- without a call.
--
--     local fast = require "lina.ffi"
--     local x = fast.array "input"          -- f64, one dimension: x[1] .. x[#x]
--     for i = 1, #x do x[i] = 2 * x[i] end
--
-- A view is cdata that holds its generation, as lina.Array does. It converts values as C does: a value that does not
-- fit wraps around.

local has_ffi, ffi = pcall(require, "ffi")
if not has_ffi or not rawget(_G, "jit") then
    error("lina.ffi needs LuaJIT with its FFI; in other Luas, use lina", 0)
end
local bit = require "bit"
local lina = require "lina"
local core = require "lina.core"
local pointers = require "lina.pointers"

local fast = {}

ffi.cdef [[
typedef struct lina_lua_signal {
    uint64_t *word;
    const uint64_t *cleared;
    void *arena;
    uint64_t slot;
    const uint64_t *current;
    uint64_t incarnation;
    uint64_t reserved[2];
} lina_lua_signal;
int lina_retain(uintptr_t view, void *out);
void lina_release(void *view);
int lina_view_is_current(const void *view);
int lina_signal_open(uintptr_t arena, const char *name, void *out);
int lina_signal_is_set(const void *signal);
uint64_t lina_signal_read(const void *signal);
int lina_signal_raise_by(const void *signal, uint64_t n);
const char *lina_last_error(void);
const char *lina_error_name(int code);
]]
assert(ffi.sizeof "lina_lua_signal" == core.signal_size, "lina.ffi is of another version than lina.core")

local lib = ffi.load(lina.library())

-- An address from _addresses is valid until a finalizer runs, which may close the object. So the code uses it at once, as
-- a number, and allocates nothing before that.
local retain, open_signal = lib.lina_retain, lib.lina_signal_open

local function raise(code, name, message)
    error(setmetatable({ code = code, name = name, message = message, where = "" }, lina.LinaError), 0)
end

local function check(code, name)
    if code < 0 then
        raise(ffi.string(lib.lina_error_name(code)), name, ffi.string(lib.lina_last_error()))
    end
end

-- Checks that an argument is an array or an arena. getmetatable returns the name of its type.
local function check_type(value, number, name, expected)
    if type(value) ~= "userdata" or getmetatable(value) ~= expected then
        raise("INVALID", "", ("bad argument #%d to '%s' (%s expected, got %s)"):format(number, name, expected, type(value)))
    end
    return value
end

-- ---- views -------------------------------------------------------------------------------------------

-- Strides count elements, from element (1, 1, ...) on; `n` is the first extent. If the array has one dimension without
-- gaps, `first` is where element 0 would be, and `count` is its length. Comparing two integers of 32 bits takes no time
-- beside the load.
local LAYOUT = [[
struct {
    uint64_t hold[%d];
    %s *data, *first;
    int32_t count;
    double n, ndim;
    double shape[8], steps[8];
}]]

local methods = {}

-- Raises the error for an index that is not a whole number within 1..extent.
local function bad_index(self, i, extent)
    if type(i) ~= "number" then
        raise("INVALID", "", tostring(i) .. " is no index")
    elseif self.data == nil then
        raise("CLOSED", "", "the view was closed")
    end
    raise("INVALID", "", ("index %s is outside 1..%d"):format(i, extent))
end

local function offset(self, d, i)
    local extent = self.shape[d]
    if type(i) ~= "number" or not (i >= 1 and i <= extent) or i % 1 ~= 0 then
        bad_index(self, i, extent)
    end
    return (i - 1) * self.steps[d]
end

local function place_of_many(self, ...)
    local at = 0
    for d = 1, select("#", ...) do
        at = at + offset(self, d - 1, (select(d, ...)))
    end
    return at
end

local function place(self, n, i, j, k, ...)
    if n ~= self.ndim then
        raise("INVALID", "", ("%d indexes for %d dimensions"):format(n, self.ndim))
    elseif self.data == nil then
        raise("CLOSED", "", "the view was closed")
    elseif n == 2 then
        return offset(self, 0, i) + offset(self, 1, j)
    elseif n == 1 then
        return offset(self, 0, i)
    elseif n == 3 then
        return offset(self, 0, i) + offset(self, 1, j) + offset(self, 2, k)
    end
    return n == 0 and 0 or place_of_many(self, i, j, k, ...)
end

--- Returns element (i, j, ...).
function methods:get(...)
    return self.data[place(self, select("#", ...), ...)]
end

--- Sets element (i, j, ...) to the last argument.
function methods:set(i, j, k, ...)
    if self.ndim == 2 then
        self.data[place(self, 2, i, j)] = k
    elseif self.ndim == 1 then
        self.data[place(self, 1, i)] = j
    elseif self.ndim == 3 then
        self.data[place(self, 3, i, j, k)] = (...)
    else
        local values = { i, j, k, ... }
        local n = tonumber(self.ndim)
        self.data[place(self, n, unpack(values, 1, n))] = values[n + 1]
    end
end

--- Returns true if this is still the newest generation.
function methods:is_current()
    return lib.lina_view_is_current(self.hold) == 1
end

--- Gives the hold back now, and not only when the collector runs.
function methods:close()
    lib.lina_release(self.hold)
    self.data, self.n, self.count = nil, 0, 0
    ffi.fill(self.shape, ffi.sizeof(self.shape))
end

-- ---- x[i] --------------------------------------------------------------------------------------------

local function length(self)
    return tonumber(self.n)
end

local function release(self)
    lib.lina_release(self.hold)
end

-- An unknown name gives nil, as usual in Lua. Any other unknown key is a wrong index.
local function no_member(self, i)
    if type(i) ~= "string" then
        bad_index(self, i, self.n)
    end
end

local dense = { __len = length, __gc = release }

function dense.__index(self, i)
    if type(i) == "number" then
        if i >= 1 and i <= self.count and i % 1 == 0 then
            return self.first[i]
        end
        return bad_index(self, i, self.n)
    end
    return type(i) == "string" and methods[i] or no_member(self, i)
end

function dense.__newindex(self, i, value)
    if type(i) == "number" and i >= 1 and i <= self.count and i % 1 == 0 then
        self.first[i] = value
        return
    end
    bad_index(self, i, self.n)
end

local general = { __len = length, __gc = release }

function general.__index(self, i)
    if type(i) == "number" then
        return self.data[place(self, 1, i)]
    end
    return type(i) == "string" and methods[i] or no_member(self, i)
end

function general.__newindex(self, i, value)
    self.data[place(self, 1, i)] = value
end

local types = { [dense] = {}, [general] = {} }

-- Makes a type for each kind of element. Read-only views have types of their own, whose pointer LuaJIT does not write to.
local function type_of(dtype, is_read_only, metatype)
    local element = (is_read_only and "const " or "") .. pointers.ctype[dtype]
    local known = types[metatype]
    if not known[element] then
        known[element] = ffi.metatype(LAYOUT:format(core.view_size / 8, element), metatype)
    end
    return known[element]
end

-- Strides in elements; bytes would be slower.
local function steps_of(array)
    local size = ffi.sizeof(pointers.ctype[array:dtype()])
    local steps = array:strides()
    for d, stride in ipairs(steps) do
        if stride % size ~= 0 then
            raise("INVALID", array:name(), ("array %q: its strides are no whole elements"):format(array:name()))
        end
        steps[d] = stride / size
    end
    return steps
end

--- Makes a typed view of a lina.Array, or of a slice. The view has a hold of its own.
function fast.view(array)
    check_type(array, 1, "view", "lina.Array")
    local dtype, name = array:dtype(), array:name()
    if not pointers.ctype[dtype] then
        raise("INVALID", name, ("array %q: no C type has the elements of dtype %s"):format(name, dtype))
    end
    local steps, shape = steps_of(array), array:shape()
    local is_dense = #shape == 1 and shape[1] < 2 ^ 31 and (steps[1] == 1 or shape[1] <= 1)
    local self = type_of(dtype, array:is_read_only(), is_dense and dense or general)()
    local hold = self.hold
    local data, view = array:_addresses()
    check(retain(view, hold), name)
    self.data = ffi.cast("void *", ffi.cast("uintptr_t", data))
    self.ndim, self.n = #shape, shape[1] or 0
    for d = 1, #shape do
        self.shape[d - 1], self.steps[d - 1] = shape[d], steps[d]
    end
    if is_dense then
        self.first, self.count = self.data - 1, shape[1]
    end
    return self
end

--- Makes a typed view of the current generation, in the default arena or in another one.
function fast.array(name, arena)
    local array
    if arena ~= nil then
        array = check_type(arena, 2, "array", "lina.Arena"):array(name)
    else
        array = lina.array(name)
    end
    local self = fast.view(array)
    array:close()
    return self
end

-- ---- signals -----------------------------------------------------------------------------------------

local anchors = setmetatable({}, { __mode = "k" }) -- the arena and the name of each signal

local signals = {}

-- The words may be read as long as the arena is open. They are this signal's as long as the signal was not removed.
local function check_there(self)
    if self.now[0] ~= self.epoch then
        raise("CLOSED", anchors[self].name, ("signal %q: its arena was closed"):format(anchors[self].name))
    end
end

local function raise_removed(self)
    raise("NOT_FOUND", anchors[self].name, ("signal %q: it was removed"):format(anchors[self].name))
end

-- On x86-64, every load has acquire order. On other machines, the core is called.
local is_ordered = ffi.arch == "x64"

-- The compiler moves loads out of loops, so a loop that waits for a signal would never end. It moves no load
-- across ffi.fill, because that may write anywhere.
local fill, scratch = ffi.fill, ffi.new "uint64_t[1]"

--- Returns true if the signal is set.
function signals:is_set()
    fill(scratch, 8)
    check_there(self)
    local s = self.s
    if is_ordered then
        local value, cleared = s.word[0], s.cleared[0]
        if s.current[0] == s.incarnation then
            return bit.rshift(value, 1) ~= cleared
        end
        raise_removed(self)
    end
    local set = lib.lina_signal_is_set(s)
    check(set, anchors[self].name)
    return set == 1
end

--- Returns the counter as a number, which is exact up to 2^53.
function signals:value()
    fill(scratch, 8)
    check_there(self)
    local s = self.s
    local value = is_ordered and bit.rshift(s.word[0], 1) or lib.lina_signal_read(s)
    if s.current[0] ~= s.incarnation then
        raise_removed(self)
    end
    return tonumber(value)
end

--- Adds one, and wakes all waiters.
function signals:signal()
    check_there(self)
    check(lib.lina_signal_raise_by(self.s, 1), anchors[self].name)
end

--- Waits as lina.wait does.
function signals:wait(timeout)
    check_there(self)
    return anchors[self].arena:wait(anchors[self].name, timeout)
end

local signal_type = ffi.metatype([[struct {
    lina_lua_signal s;
    const uint64_t *now;
    uint64_t epoch;
}]], { __index = signals })

--- Makes a fast handle of a signal, in the default arena or in another one.
function fast.signal(name, arena)
    local addresses = lina._addresses
    if arena ~= nil then
        addresses = check_type(arena, 2, "signal", "lina.Arena")._addresses
    end
    if type(name) ~= "string" or name:find("\0", 1, true) then
        raise("INVALID", "", "bad argument #1 to 'signal' (string without zero bytes expected)")
    end
    local _, epoch, owner = addresses(arena)
    local self = signal_type()
    local s = self.s
    self.now = ffi.cast("const uint64_t *", ffi.cast("uintptr_t", epoch))
    self.epoch = self.now[0]
    local handle = addresses(arena)
    check(open_signal(handle, name, s), name)
    anchors[self] = { arena = owner, name = name }
    return self
end

return fast
