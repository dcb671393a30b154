local helper = require "helper"
local lina = require "lina"
local refuses = helper.refuses

describe("a signal", function()
    local arena

    before_each(function()
        arena = lina.Arena.create(nil, 64 * 1024)
    end)
    after_each(function()
        arena:close()
    end)

    it("counts, is set until it is cleared, and does not wait then", function()
        assert.is_false(arena:try_wait("s"))
        assert.are.equal(0, arena:value("s"))
        for n = 1, 40 do -- beyond the looks that make a handle
            arena:signal("s")
            assert.are.equal(n, arena:value("s"))
            assert.is_true(arena:try_wait("s"))
            arena:wait("s")
            arena:wait_value("s", n)
        end
        arena:clear("s")
        assert.is_false(arena:try_wait("s"))
        assert.are.equal(40, arena:value("s"))
        arena:wait_value("s", 40, 0)
    end)

    it("that is only looked at does not come into being", function()
        for _ = 1, 5 do
            arena:try_wait("a")
            arena:value("b")
            arena:poll { "c", { "d", 1 } }
            assert.is_false(pcall(arena.wait, arena, "e", 0))
            assert.is_false(pcall(arena.wait, arena, "f", -1))
        end
        assert.are.equal(0, arena:info().signals)
        arena:signal("g")
        assert.are.same({ { name = "g", value = 1, set = true } }, arena:signals())
    end)

    it("that does not come ends the wait in time", function()
        local e = refuses("TIMEOUT", 'signal "never": timed out', arena.wait, arena, "never", 0.03)
        assert.are.equal("never", e.name)
        refuses("TIMEOUT", 'signal "never": timed out', arena.wait_value, arena, "never", 2, 0.03)
        refuses("TIMEOUT", "never", arena.wait, arena, "never", -5)
        refuses("TIMEOUT", "never", arena.wait, arena, "never", -math.huge)
        refuses("TIMEOUT", "never", arena.wait, arena, "never", { timeout = 0.001 })
        arena:signal("now")
        arena:wait("now", math.huge)
        arena:wait("now", 1e300)
        arena:wait("now", 0)
        arena:wait("now", {})
    end)

    it("refuses wrong names, time-outs and targets", function()
        for _, f in ipairs { "signal", "clear", "try_wait", "value", "wait", "fd" } do
            refuses("INVALID", "bad argument #1 to '" .. f .. "' (string expected, got nil)", arena[f], arena, nil)
            refuses("INVALID", "zero bytes", arena[f], arena, "a\0b")
            refuses("INVALID", "", arena[f], arena, ("x"):rep(64))
            refuses("INVALID", "", arena[f], arena, "")
        end
        refuses("INVALID", "bad argument #2 to 'wait' (a time-out must not be NaN)", arena.wait, arena, "s", 0 / 0)
        refuses("INVALID", "bad argument #2 to 'wait' (seconds expected as a number, or nil, got string)", arena.wait, arena, "s", "1")
        refuses("INVALID", "no option \"time\"", arena.wait, arena, "s", { time = 1 })
        refuses("INVALID", "bad argument #2 to 'wait_value' (integer expected, got no value)", arena.wait_value, arena, "s")
        refuses("INVALID", "bad argument #2 to 'wait_value' (1.5 has no integer", arena.wait_value, arena, "s", 1.5)
        refuses("INVALID", "bad argument #2 to 'wait_value' (-1 must not be negative)", arena.wait_value, arena, "s", -1)
        refuses("INVALID", "is too large", arena.wait_value, arena, "s", 2 ^ 63)
    end)

    it("is told of across arenas on the same memory", function()
        local other = lina.Arena.attach("fd:" .. arena:fileno())
        other:signal("s")
        assert.is_true(arena:try_wait("s"))
        arena:wait("s", 0)
        other:close()
    end)

    it("of a long name, or of many names, is found each time", function()
        local long = ("long"):rep(15)
        for i = 1, 500 do
            local name = "n" .. i % 200
            arena:signal(name)
            arena:signal(long:sub(1, 40) .. (i % 3))
            assert.are.equal(math.floor((i - i % 200) / 200) + (i % 200 == 0 and 0 or 1), arena:value(name))
            if i % 50 == 0 then
                collectgarbage()
            end
        end
        assert.are.equal(166, arena:value(long:sub(1, 40) .. 0))
    end)
end)

describe("several signals", function()
    local arena

    before_each(function()
        arena = lina.Arena.create(nil, 64 * 1024)
    end)
    after_each(function()
        arena:close()
    end)

    it("are polled without waiting, the first one wins", function()
        assert.is_nil(arena:poll { "a", "b" })
        assert.is_nil(arena:poll {})
        arena:signal("b")
        assert.are.equal("b", arena:poll { "a", "b" })
        assert.are.equal("b", arena:poll { { "b", 1 }, "b" })
        assert.is_nil(arena:poll { { "b", 2 } })
        refuses("INVALID", "bad argument #1 to 'poll' (table expected, got nil)", arena.poll, arena, nil)
        refuses("INVALID", "entry 2: name, {name, target} or lina.Reader expected, got 5", arena.poll, arena, { "a", 5 })
        refuses("INVALID", "entry 1: {name, target} expected", arena.poll, arena, { { "a" } })
        for _, call in ipairs { "poll", "wait_any" } do
            local text = ("bad argument #1 to '%s' (entry 2: a string without zero bytes expected)"):format(call)
            refuses("INVALID", text, arena[call], arena, { "a", "b\0c" })
        end
        refuses("INVALID", "entry 1: name, {name, target} or lina.Reader expected, got nil", arena.poll, arena, { { nil, 1 } })
    end)

    it("are waited for, the first one wins", function()
        refuses("TIMEOUT", "", arena.wait_any, arena, { "a", "b" }, 0)
        refuses("TIMEOUT", "", arena.wait_any, arena, { "a", "b" }, 0.03)
        arena:signal("b", 3)
        assert.are.equal("b", arena:wait_any { "a", "b" })
        assert.are.equal("b", arena:wait_any({ "a", { "b", 3 } }, 0))
        refuses("TIMEOUT", "", arena.wait_any, arena, { { "b", 4 } }, -1)
        refuses("INVALID", "bad argument #1 to 'wait_any' (1 to 64 signals or readers expected, got 0)", arena.wait_any, arena, {})
        local many = {}
        for i = 1, 65 do
            many[i] = "b"
        end
        refuses("INVALID", "1 to 64 signals or readers expected, got 65", arena.wait_any, arena, many)
        many[65] = nil
        assert.are.equal("b", arena:wait_any(many))
        refuses("INVALID", "bad argument #2 to 'wait_any' (seconds", arena.wait_any, arena, { "a" }, "1")
        refuses("INVALID", "entry 1: name, {name, target} or lina.Reader expected, got nil", arena.wait_any, arena, { nil, "b" })
    end)

    it("that are removed are new ones afterwards, also for a caller that used them before", function()
        for _ = 1, 3 do
            for n = 1, 30 do
                arena:signal("job")
                assert.are.equal(n, arena:value("job"))
            end
            arena:remove_signal("job")
            assert.are.equal(0, arena:value("job"))
            assert.is_false(arena:try_wait("job"))
        end
        for _ = 1, 5 do
            assert.is_false(arena:try_wait("job"))
        end
        assert.are.equal(0, arena:info().signals)
        refuses("NOT_FOUND", "job", arena.remove_signal, arena, "job")
        arena:signal("job", 5)
        assert.are.equal(5, arena:value("job"))
        arena:signal("job", 0)
        assert.are.equal(5, arena:value("job"))
        refuses("INVALID", "bad argument #2 to 'signal' (-1 must not be negative)", arena.signal, arena, "job", -1)
        refuses("INVALID", "", arena.signal, arena, "job", 2 ^ 62 + 2 ^ 62)
    end)

    it("wake coroutines that poll", function()
        local order = {}
        local function worker(name)
            return coroutine.wrap(function()
                while not arena:poll { name } do
                    coroutine.yield()
                end
                order[#order + 1] = name
                return true
            end)
        end
        local workers = { worker "x", worker "y" }
        workers[1]() workers[2]()
        arena:signal("y")
        workers[1]() workers[2]()
        arena:signal("x")
        workers[1]()
        assert.are.same({ "y", "x" }, order)
    end)
end)

describe("a descriptor for event loops", function()
    local arena

    before_each(function()
        arena = lina.Arena.create(nil, 64 * 1024)
    end)
    after_each(function()
        arena:close()
    end)

    -- True if the kernel says that the descriptor is readable.
    local function is_readable(fd)
        local file = assert(io.open("/proc/self/fdinfo/" .. fd))
        local count = file:read("*a"):match("eventfd%-count:%s*(%x+)")
        file:close()
        return tonumber(count, 16) > 0
    end

    local function await_readable(fd)
        for _ = 1, 2000 do
            if is_readable(fd) then
                return true
            end
            pcall(arena.wait, arena, "never", 0.005)
        end
        return false
    end

    it("becomes readable when the signal is set, and again after a reset", function()
        local fd, watch = arena:fd("s")
        assert.are.equal("number", type(fd))
        assert.are.equal(fd, watch:getfd())
        assert.are.equal(fd, watch:pollfd())
        assert.are.equal("r", watch:events())
        assert.is_false(is_readable(fd))
        arena:signal("s")
        assert.is_true(await_readable(fd))
        arena:clear("s")
        watch:reset()
        assert.is_false(is_readable(fd))
        arena:signal("s")
        assert.is_true(await_readable(fd))
        watch:reset(5)
        assert.is_false(is_readable(fd))
        for _ = 1, 3 do
            arena:signal("s")
        end
        assert.is_true(await_readable(fd))
        watch:close()
        watch:close()
        refuses("CLOSED", 'signal "s": its watch was closed', watch.getfd, watch)
        refuses("CLOSED", 'signal "s": its watch was closed', watch.reset, watch)
        assert.is_nil(io.open("/proc/self/fdinfo/" .. fd))
    end)

    it("shows the beginning of a name that is too long", function()
        for _, call in ipairs { "fd", "room_fd" } do
            local e = helper.fails(arena[call], arena, ("x"):rep(100000))
            assert.matches("^name \"x+\"%.%.%. is longer than 63 bytes$", e.message)
            assert.is_true(#e.message < 200)
        end
    end)

    it("of a signal that is set is readable at once", function()
        arena:signal("s")
        assert.is_true(await_readable((arena:fd("s"))))
        assert.is_true(await_readable((arena:fd("s", 1))))
    end)

    it("stays open without its object, until the arena is closed", function()
        local fds = {}
        for i = 1, 50 do
            fds[i] = arena:fd("s" .. i)
        end
        helper.collect()
        arena:signal("s7")
        assert.is_true(await_readable(fds[7]))
        assert.is_false(is_readable(fds[8]))
        local _, watch = arena:fd("s")
        arena:close()
        assert.is_nil(io.open("/proc/self/fdinfo/" .. fds[8]))
        refuses("CLOSED", "watch was closed", watch.getfd, watch)
    end)
end)
