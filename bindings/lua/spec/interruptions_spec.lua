--- Lua may run other code in the middle of a call: a finalizer, the metamethod of an option, or a hook. That code may
--- close the object of the call. The call then raises an error, or has done its work.

local helper = require "helper"
local lina = require "lina"
local refuses = helper.refuses

local function new_arena()
    return lina.Arena.create(nil, 64 * 1024)
end

describe("a call whose options are methods", function()
    local arena

    before_each(function()
        arena = new_arena()
        arena:create_array("x", "f64", 4)
    end)

    -- A table of options that closes the arena when it is read.
    local function closing(fields)
        return setmetatable({}, {
            __index = function(_, name)
                arena:close()
                return fields[name]
            end,
        })
    end

    it("says that they closed its arena", function()
        local calls = {
            alias = { "y", "x", closing { shape = 1 } },
            stream = { "y", closing { depth = 2 } },
            create_array = { "y", "f64", 1, closing {} },
            loan = { "y", "f64", 1, closing {} },
            follow = { "y", closing {} },
            wait = { "y", closing { timeout = 0 } },
            wait_value = { "y", 1, closing { timeout = 0 } },
            wait_any = { { "y" }, closing { timeout = 0 } },
        }
        for name, arguments in pairs(calls) do
            arena = new_arena()
            arena:create_array("x", "f64", 4)
            refuses("CLOSED", '"y": the arena was closed', arena[name], arena, (unpack or table.unpack)(arguments))
        end
    end)

    it("says that they ended its loan, or its reader", function()
        for _, how in ipairs { "close", "publish", "discard" } do
            local loan = arena:loan("y", "u8", 1)
            local ending = setmetatable({}, { __index = function()
                if not loan:is_closed() then
                    loan[how](loan)
                end
            end })
            refuses("CLOSED", 'array "y"', loan.publish, loan, ending)
        end
        arena:stream("f", 2)
        local reader = arena:follow("f")
        refuses("CLOSED", "its reader was closed", reader.next, reader, setmetatable({}, { __index = function()
            reader:close()
        end }))
        arena:close()
    end)
end)

describe("a finalizer", function()
    -- Calls `act` in a finalizer, as soon as the collector runs.
    local function at_next_collection(act)
        if newproxy then
            getmetatable(newproxy(true)).__gc = act
        else
            setmetatable({}, { __gc = act })
        end
    end

    -- Calls `call` again and again, until a finalizer has run in one of the calls or between two of them.
    local function with_finalizer(act, call)
        local done = false
        at_next_collection(function()
            done = true
            act()
        end)
        for _ = 1, 100000 do
            local ok, e = pcall(call)
            if not ok then
                assert(getmetatable(e) == lina.LinaError, tostring(e))
            end
            if done then
                return
            end
        end
        error("no finalizer ran")
    end

    local pause, step

    before_each(function()
        pause, step = collectgarbage("setpause", 10), collectgarbage("setstepmul", 1000)
    end)
    after_each(function()
        collectgarbage("setpause", pause)
        collectgarbage("setstepmul", step)
    end)

    it("may close the arena of the call that it runs in", function()
        for _ = 1, 20 do
            for _, name in ipairs { "signals", "members", "list", "info" } do
                local arena = new_arena()
                with_finalizer(function() arena:close() end, function() return arena[name](arena) end)
                arena:close()
            end
            local arena = new_arena()
            with_finalizer(function() arena:close() end, function() select(2, arena:fd("s")):close() end)
            arena:close()
        end
    end)

    it("may close the array of the call that it runs in, and its arena", function()
        local calls = {
            function(x) return x:totable() end,
            function(x) return x:string() end,
            function(x) return tostring(x) end,
            function(x) return x[1] end,
            function(x) return x:copy_from { { 1, 2 }, { 3, 4 } } end,
            function(x) return x:copy_from(x:slice({ 2, 1, -1 })) end,
            function(x) x[2] = { 5, 6 } end,
            function(x) return x:slice(nil, 1):totable() end,
        }
        for _, dtype in ipairs { "f64", "i64" } do
            for _, call in ipairs(calls) do
                local arena = new_arena()
                local x = arena:create_array("x", dtype, { 2, 2 })
                with_finalizer(function()
                    x:close()
                    arena:close()
                end, function() return call(x) end)
                local other = new_arena()
                local y = other:loan("y", dtype, { 2, 2 })
                with_finalizer(function()
                    y:publish()
                    other:close()
                end, function() return call(y) end)
            end
        end
    end)
end)

describe("a hook", function()
    -- Calls `f`, and `act` as soon as the module has called a function of Lua of its own.
    local function inside(act, f, ...)
        local done
        debug.sethook(function()
            if not done and debug.getinfo(2, "S").source == "=lina" then
                done = true
                act()
            end
        end, "c")
        local result = { pcall(f, ...) }
        debug.sethook()
        assert.is_true(done, "the module has called no Lua")
        return result[1], result[2]
    end

    it("may end what a wait is for", function()
        local arena, reader, loan
        local waits = {
            function() arena:wait("s", 60) end,
            function() arena:wait_value("s", 3, 60) end,
            function() arena:wait_any({ "s", reader }, 60) end,
            function() arena:wait("s", { timeout = 60, member = "camera" }) end,
            function() reader:next(60) end,
            function() loan:publish(60) end,
        }
        for _, wait in ipairs(waits) do
            arena = new_arena()
            arena:stream("f", 1)
            reader = arena:follow("f")
            arena:loan("f", "u8", 1):publish()
            reader:next()
            arena:loan("f", "u8", 1):publish()
            reader:next()
            if wait == waits[6] then
                arena:loan("f", "u8", 1):publish()
            end
            loan = arena:loan("f", "u8", 1)
            local naps = 0
            debug.sethook(function()
                if debug.getinfo(2, "S").source == "=lina" then
                    naps = naps + 1
                    if naps == 3 then
                        arena:close()
                    end
                end
            end, "c")
            local ok, e = pcall(wait)
            debug.sethook()
            assert.is_false(ok)
            assert.are.equal("CLOSED", e.code, tostring(e))
        end
    end)

    it("may make the default arena anew during a wait", function()
        local output, code = helper.run [[
            local lina = require "lina"
            lina.init_arena(64 * 1024)
            local naps = 0
            debug.sethook(function()
                if debug.getinfo(2, "S").source == "=lina" then
                    naps = naps + 1
                    if naps == 3 then
                        lina.shutdown()
                        lina.init_arena(64 * 1024)
                    end
                end
            end, "c")
            local ok, e = pcall(lina.wait, "s", 60)
            debug.sethook()
            print(ok, e.message)
        ]]
        assert.are.equal('false\tsignal "s": its arena was closed', output)
        assert.are.equal(0, code)
    end)

    if helper.is_luajit then
        it("may end an array while LuaJIT's integers are read", function()
            local one = require("ffi").new("int64_t", 1)
            local calls = {
                function(x) return x[one] end,
                function(x) x[one] = 1 end,
                function(x) x[1] = one end,
                function(x) return x:get(one) end,
                function(x) return x:set(one, 1) end,
                function(x) return x:set(1, one) end,
                function(x) return x:fill(one) end,
                function(x) return x:unpack(one) end,
                function(x) return x:map(function() return one end) end,
            }
            for _, dtype in ipairs { "f64", "i64", "u8", "c128" } do
                for _, call in ipairs(calls) do
                    local arena = new_arena()
                    local x = arena:create_array("x", dtype, 4)
                    local ok, e = inside(function()
                        x:close()
                        arena:close()
                    end, call, x)
                    assert.is_false(ok)
                    assert.are.equal("CLOSED", e.code, tostring(e))
                end
            end
            local arena = new_arena()
            local _, watch = arena:fd("s")
            local ok, e = inside(function() watch:close() end, watch.reset, watch, one)
            assert.is_false(ok)
            assert.are.equal("CLOSED", e.code)
            arena:close()
        end)
    end
end)
