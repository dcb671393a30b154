--- Compares Lina's calls, and its access to elements, with Lua's own. Prints a line of JSON for each, which
-- bench/table.py reads. Each figure is a median over rounds in which both sides take turns.
--
--     lua bindings/lua/bench/lua_calls.lua MODULE [--quick]
--
-- MODULE is the module of empty functions (bench/empty.c) that meson builds with -Dbench=enabled.
--
-- The physical pages that a process gets first may be faster or slower than later ones. So each side has
-- COPIES of every array, made in turns.

local lina = require "lina"

local module = arg[1]
local quick = (" " .. table.concat(arg, " ") .. " "):find(" --quick ", 1, true) ~= nil
local is_luajit = rawget(_G, "jit") ~= nil
local LUA = is_luajit and "LuaJIT" or "Lua"
local COPIES = quick and 1 or 2
local N = quick and 1000000 or 10000000
local CALLS = quick and 300000 or 3000000

local function median(list)
    table.sort(list)
    return list[math.floor((#list + 1) / 2)]
end

local function nanoseconds(f, copy)
    local started = os.clock()
    f(copy)
    return 1e9 * (os.clock() - started)
end

-- Each side does the same work on the copy with the number that it is given. A round is the better of two
-- runs of each side, in turns. `bare`, if there is one, is the least that Lua takes for code like ours.
local function compare(id, what, ours, theirs, calls, bare)
    local sides = { ours, theirs, bare and bare.run }
    local times = {}
    collectgarbage()
    collectgarbage("stop")
    for side = 1, #sides do
        sides[side](1)
        times[side] = {}
    end
    for round = 1, 3 * COPIES do
        local best = {}
        for turn = 1, 2 * #sides do
            local side = (round + turn) % #sides + 1
            best[side] = math.min(best[side] or math.huge, nanoseconds(sides[side], round % COPIES + 1) / calls)
        end
        for side, time in ipairs(best) do
            table.insert(times[side], time)
        end
    end
    collectgarbage("restart")
    local third = bare and (', "%s": %.3f'):format(bare.name, median(times[3])) or ""
    print(('{"id": "%s", "what": "%s %s", "unit": "ns", "values": {"Lina": %.3f, "limit": %.3f%s}}'):format(
        id, LUA, what, median(times[1]), median(times[2]), third))
end

-- Makes a new function for each side, because LuaJIT compiles a loop for the types that it meets.
local function loop(source, ...)
    return assert((loadstring or load)(source))(...)
end

-- ---- calls -------------------------------------------------------------------------------------------

local CALL = [[
    local f, n, name = ...
    return function()
        for _ = 1, n do f(name) end
    end]]

local function bench_calls()
    lina.init_arena(65536)
    lina.signal("bench")
    local empty = assert(package.loadlib(module, "lina_bench_empty"))
    local look = assert(package.loadlib(module, "lina_bench_look"))
    compare("P11", "try_wait / empty C function", loop(CALL, lina.try_wait, CALLS, "bench"),
        loop(CALL, empty, CALLS, "bench"), CALLS,
        { name = "bare function of a name", run = loop(CALL, look, CALLS, "bench") })
    if is_luajit then
        local ffi, fast = require "ffi", require "lina.ffi"
        ffi.cdef "int lina_bench_nothing(const void *argument);"
        local nothing = ffi.load(module).lina_bench_nothing
        compare("P11", "is_set by handle / empty FFI call", loop([[
            local s, n = ...
            return function()
                local set = 0
                for _ = 1, n do if s:is_set() then set = set + 1 end end
                return set
            end]], fast.signal("bench"), CALLS), loop([[
            local nothing, s, n = ...
            return function()
                local set = 0
                for _ = 1, n do if nothing(s) ~= 0 then set = set + 1 end end
                return set
            end]], nothing, ffi.new("int[1]"), CALLS), CALLS)
    end
    lina.shutdown()
end

-- ---- elements ----------------------------------------------------------------------------------------

local SUM = [[
    local arrays, n = ...
    return function(copy)
        local x, sum = arrays[copy], 0
        for i = 1, n do sum = sum + x[i] end
        return sum
    end]]
local MAP = [[
    local arrays, n = ...
    return function(copy)
        local x = arrays[copy]
        for i = 1, n do x[i] = 1 - x[i] end
    end]]

-- Makes COPIES of an array on both sides, in turns. `wrap` and `make` are the sides.
local function copies(wrap, make)
    local ours, theirs = {}, {}
    for copy = 1, COPIES do
        local name = "x" .. copy
        local x = lina.create_array(name, "f64", N)
        ours[copy], theirs[copy] = wrap(name, x), make()
        for i = 1, N do
            local v = i / N
            ours[copy][i], theirs[copy][i] = v, v
        end
    end
    return ours, theirs
end

local function bench_luajit()
    local ffi, fast = require "ffi", require "lina.ffi"
    local ours, theirs = copies(function(name) return fast.array(name) end, function()
        return ffi.new("double[?]", N + 1)
    end)
    compare("P12", "sum, FFI view", loop(SUM, ours, N), loop(SUM, theirs, N), N)
    compare("P12", "map, FFI view", loop(MAP, ours, N), loop(MAP, theirs, N), N)
end

local function bench_lua()
    local ours, theirs = copies(function(_, x)
        return x
    end, function()
        return {}
    end)
    local sum, map = loop(SUM, theirs, N), loop(MAP, theirs, N)
    local bare = {}
    for copy = 1, COPIES do
        bare[copy] = assert(package.loadlib(module, "lina_bench_array"))(N)
    end
    compare("P12", "scalar sum, a[i]", loop(SUM, ours, N), sum, N,
        { name = "bare __index", run = loop(SUM, bare, N) })
    compare("P12", "scalar map, a[i]", loop(MAP, ours, N), map, N,
        { name = "bare __index and __newindex", run = loop(MAP, bare, N) })
    compare("P12", "scalar sum, iter / ipairs", function(copy)
        local s = 0
        for _, v in ours[copy]:iter() do s = s + v end
        return s
    end, function(copy)
        local s = 0
        for _, v in ipairs(theirs[copy]) do s = s + v end
        return s
    end, N)
    compare("P12", "bulk sum", function(copy)
        return ours[copy]:sum()
    end, sum, N)
    compare("P12", "bulk max", function(copy)
        return ours[copy]:max()
    end, function(copy)
        local x, best = theirs[copy], -math.huge
        for i = 1, N do
            if x[i] > best then best = x[i] end
        end
        return best
    end, N)
    compare("P12", "bulk fill", function(copy)
        ours[copy]:fill(0.5)
    end, function(copy)
        local x = theirs[copy]
        for i = 1, N do x[i] = 0.5 end
    end, N)
end

bench_calls()
lina.init_arena(COPIES * N * 8 + 1048576)
if is_luajit then
    bench_luajit()
else
    bench_lua()
end
