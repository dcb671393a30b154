--- Calls all functions with random arguments: every call returns or raises, and everything works afterwards.
--
--     lua spec/random_calls.lua [CALLS [SEED]]       prints the seed and what it counted

local lina = require "lina"
local core = require "lina.core"

local calls, seed = tonumber(arg and arg[1]) or 20000, tonumber(arg and arg[2]) or os.time() % 100000

-- Our own generator gives the same numbers for a seed in every Lua.
local state = seed % 2147483647 + 1
local function random(n)
    state = state * 16807 % 2147483647
    return state % n + 1
end

local NAMES = { "a", "b", "c", "d.x", "", ("n"):rep(63), ("n"):rep(64), "z\0z", "\255\254", "ünï" }
local NUMBERS = { 0, 1, 2, 3, 4, -1, -2, 0.5, 1e9, 2 ^ 31, 2 ^ 32, 2 ^ 53, 2 ^ 63, 2 ^ 64, -2 ^ 63, 1e300, -1e300,
    1 / 0, -1 / 0, 0 / 0, 5, 7, 64, 100, 1000, 4096, 65536, 3, 2, 1 }
local TEXTS = { "f64", "u8", "i64", "bool", "c64", "f16", "bf16", "f99", "C", "F", "X", "shm:", "file:", "fd:x", "fd:-1" }

local objects, made = {}, 0
local function keep(...)
    for i = 1, select("#", ...) do
        local value = select(i, ...)
        if type(value) == "userdata" then
            made = made + 1
            objects[random(24)] = value
        end
    end
end

local value

local function list()
    local t = {}
    for i = 1, random(5) - 1 do
        t[i] = value(true)
    end
    return t
end

-- Ends something while a call is under way: in a finalizer, in the metamethod of an option, in a hook.
local function spoil()
    local x = objects[random(24)]
    local what = random(40)
    if what == 1 then pcall(lina.shutdown) end
    if what % 3 == 0 then pcall(function() x:publish() end) end
    pcall(function() x:close() end)
end

local OPTIONS = { "exist_ok", "offset", "shape", "strides", "timeout", "read_only", "temporary", "max_arrays", "x" }
local spoiling = { __index = function()
    spoil()
    return value(true)
end }
local function options()
    local t = {}
    for _ = 1, random(3) - 1 do
        t[OPTIONS[random(#OPTIONS)]] = value(true)
    end
    return random(4) == 1 and setmetatable({}, spoiling) or t
end

-- Garbage whose finalizer spoils, and a collector that finds it soon.
local function litter()
    if newproxy then
        getmetatable(newproxy(true)).__gc = spoil
    else
        setmetatable({}, { __gc = spoil })
    end
end
collectgarbage("setpause", 10)
collectgarbage("setstepmul", 1000)

-- LuaJIT's integers of 64 bits: to read one, the module calls Lua, where a hook may run.
local ok, ffi = pcall(require, "ffi")
local function wide(n)
    return ok and n % 1 == 0 and n < 2 ^ 62 and n > -2 ^ 62 and ffi.new("int64_t", n) or n
end

local function callback(x, ...)
    local what = random(8)
    if what == 1 then error("thrown") end
    if what == 2 then collectgarbage() end
    if what == 3 and type(x) == "userdata" then pcall(function() x:close() end) end
    if what == 4 and type(x) == "userdata" then pcall(function() x:publish() end) end
    if what == 5 then return value(true) end
    return x, ...
end

function value(is_nested)
    local kind = random(is_nested and 6 or 10)
    if kind == 1 then return wide(NUMBERS[random(#NUMBERS)]) end
    if kind == 2 then return NUMBERS[random(#NUMBERS)] end
    if kind == 3 then return NAMES[random(#NAMES)] end
    if kind == 4 then return TEXTS[random(#TEXTS)] end
    if kind == 5 then return objects[random(24)] end
    if kind == 6 then return random(2) == 1 end
    if kind == 7 then return nil end
    if kind == 8 then return callback end
    return kind == 9 and list() or options()
end

-- These functions wait for ever, or change what other processes see.
local LEFT_OUT = { wait = true, wait_value = true, wait_any = true, unlink = true, _addresses = true,
    follow = true, next = true }

local functions = {}
local function collect(owner)
    local names = {}
    for name, f in pairs(owner) do
        if type(f) == "function" and not LEFT_OUT[name] then
            names[#names + 1] = name
        end
    end
    table.sort(names)
    for _, name in ipairs(names) do
        functions[#functions + 1] = owner[name]
    end
end
collect(lina)
collect(core.arena)
collect(core.array)
collect(core.reader)

local function a_name()
    return NAMES[random(4)]
end

-- Calls that mostly succeed, so that there is something to spoil.
local GOOD = {
    function() return lina.create_array(a_name(), TEXTS[random(7)], { random(4), random(4) }, TEXTS[8 + random(2)]) end,
    function() return lina.create_array(a_name(), TEXTS[random(7)], random(50) - 1) end,
    function() return lina.array(a_name()) end,
    function() return lina.loan(a_name(), TEXTS[random(7)], random(100)) end,
    function() return lina.republish(a_name(), "f64", { random(3), random(3), random(3) }) end,
    function() return lina.remove(a_name()) end,
    function() return lina.signal(a_name()) end,
    function() return select(2, lina.fd(a_name())) end,
    function() return lina.Arena.create(nil, 65536) end,
    function() return lina.wait(a_name(), 0) end,
    function() return lina.stream(a_name(), random(4)) end,
    function() return (lina.follow(a_name(), { timeout = 0, lossy = true, start = "oldest" })) end,
    function() return (lina.follow(a_name(), { timeout = 0, lossy = true }, callback)) end,
    function() local x = objects[random(24)] return x:poll() end,
    function() local x = objects[random(24)] return x(), x:lost() end,
    function() return lina.wait_value(a_name(), random(3), -1) end,
    function() return lina.wait_any({ a_name(), { a_name(), random(9) } }, 0) end,
    function() local x = objects[random(24)] return x:slice({ random(4), random(4) }, random(4)) end,
    function() local x = objects[random(24)] return x[random(4)] end,
    function() local x = objects[random(24)] return x[wide(random(4))] end,
    function() local x = objects[random(24)] x[random(4)] = value() end,
    function() local x = objects[random(24)] x[wide(random(4))] = wide(random(4)) end,
    function() local x = objects[random(24)] return x:fill(wide(random(4))):string(), x:totable() end,
    function() local x = objects[random(24)] x:get(1):copy_from { wide(1), wide(2), wide(3) } end,
    function() local x = objects[random(24)] return tostring(x), #x end,
    function() local x = objects[random(24)] return x:copy_from(objects[random(24)]) end,
    function() local x = objects[random(24)] return x[value()] end,
    function() local x = objects[random(24)] for _, v in x:iter() do keep(v) end end,
    function() local x = objects[random(24)] return x:getfd(), x:reset(value()) end,
}

local failed = {}
local function attempt(f, ...)
    litter()
    if random(20) == 1 then
        debug.sethook(spoil, "c", random(30))
    end
    local result = { pcall(f, ...) }
    debug.sethook()
    if result[1] then
        keep((unpack or table.unpack)(result, 2))
    else
        local e = result[2]
        local code = getmetatable(e) == lina.LinaError and e.code or "Lua's own"
        failed[code] = (failed[code] or 0) + 1
        assert(type(tostring(e)) == "string")
    end
end

pcall(lina.init_arena, 262144)
for _ = 1, calls do
    if random(2) == 1 then
        attempt(GOOD[random(#GOOD)])
    elseif random(2) == 1 then
        attempt(functions[random(#functions)], objects[random(24)], value(), value(), value(), value())
    else
        attempt(functions[random(#functions)], value(), value(), value(), value(), value())
    end
    if random(12) == 1 then
        pcall(lina.init_arena, 262144)
    end
    if random(500) == 1 then
        collectgarbage()
    end
end
pcall(lina.shutdown)
for i = 1, 24 do
    objects[i] = nil
end
for _ = 1, 3 do
    collectgarbage()
end
lina.init_arena(65536)
lina.create_array("x", "f64", 3):fill(2)
assert(lina.array("x"):sum() == 6)
lina.check()
local counts = {}
for code, n in pairs(failed) do
    counts[#counts + 1] = code .. " " .. n
end
table.sort(counts)
print(("seed %d: %d calls made %d objects; errors: %s"):format(seed, calls, made, table.concat(counts, ", ")))
