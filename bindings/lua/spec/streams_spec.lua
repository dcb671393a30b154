local helper = require "helper"
local lina = require "lina"
local refuses = helper.refuses

describe("a stream", function()
    local arena

    before_each(function()
        arena = lina.Arena.create(nil, 1024 * 1024)
        arena:stream("f", 4)
    end)
    after_each(function()
        arena:close()
        helper.collect()
    end)

    local function publish(n)
        arena:loan("f", "i32", 1, function(x) x[1] = n end, { timeout = 0 })
    end

    it("gives each generation once, in order, and the loop ends with it", function()
        local reader = arena:follow("f")
        arena:produce("f", function()
            for n = 1, 3 do publish(n) end
        end)
        local seen, sequences, first = {}, {}, nil
        for x in reader do
            first = first or x
            seen[#seen + 1] = x[1]
            sequences[#sequences + 1] = x:sequence()
        end
        assert.are.same({ 1, 2, 3 }, seen)
        assert.are.same({ 1, 2, 3 }, sequences)
        refuses("CLOSED", "its reader moved on; x:keep() keeps it", first.get, first, 1)
        assert.is_nil(reader:next())
        assert.are.equal(3, reader:sequence())
        assert.are.equal("ended", arena:stream_info("f").state)
        assert.are.equal(3, arena:array("f")[1])
    end)

    it("begins where its reader is told to", function()
        for n = 1, 6 do publish(n) end
        local function first_of(start)
            local reader = arena:follow("f", { start = start, timeout = 0 })
            local ok, x = pcall(reader.next, reader)
            local value = ok and x[1]
            reader:close()
            return value, reader:lost()
        end
        assert.is_false((first_of "next"))
        assert.are.equal(6, (first_of "latest"))
        assert.are.equal(3, (first_of "oldest"))
        assert.are.equal(5, (first_of(5)))
        local value, lost = first_of(1)
        assert.are.equal(3, value)
        assert.are.equal(2, lost)
    end)

    it("keeps the views that its reader was told to keep, and slices", function()
        local reader = arena:follow("f", { timeout = 0 })
        for n = 1, 4 do publish(n) end
        local kept, slice = reader:next():keep(), reader:next():slice { 1, 1 }
        local passed = reader()
        assert.are.equal(4, reader:next()[1])
        assert.are.equal(1, kept[1])
        assert.are.equal(2, slice[1])
        assert.is_true(passed:is_closed())
        kept:close()
    end)

    it("makes publishers wait for a reader that is behind, whose error has the loan", function()
        local reader = arena:follow("f")
        for n = 1, 4 do publish(n) end
        local e = refuses("BEHIND", "f", publish, 5)
        assert.is_true(e.loan:is_loan())
        e = refuses("TIMEOUT", "f", e.loan.publish, e.loan, 0.03)
        assert.is_true(e.loan:is_loan())
        assert.are.equal(1, reader:next()[1])
        e.loan:publish()
        e = refuses("TIMEOUT", "f", arena.loan, arena, "f", "i32", 1, function(x) x[1] = 6 end, { timeout = 0.01 })
        e.loan:discard()
        assert.are.equal(0, arena:info().loans)
        reader:close()
        for n = 1, 9 do publish(n) end
    end)

    it("goes on when the reader in its way is garbage", function()
        arena:follow("f")
        for n = 1, 4 do publish(n) end
        collectgarbage("stop")
        arena:loan("f", "i32", 1, function(x) x[1] = 5 end, { timeout = 30 })
        collectgarbage("restart")
        assert.are.equal(0, arena:stream_info("f").readers)
    end)

    it("passes lossy readers over, and tells how many they lost", function()
        local reader = arena:follow("f", { lossy = true, timeout = 0 })
        for n = 1, 10 do publish(n) end
        assert.are.equal(7, reader:next()[1])
        assert.are.equal(6, reader:lost())
        assert.are.equal(0, arena:stream_info("f").readers)
    end)

    it("tells by a time-out that nothing has come, and goes on", function()
        local reader = arena:follow("f", { timeout = 0.01 })
        refuses("TIMEOUT", "f", reader)
        refuses("TIMEOUT", "f", reader.next, reader, 0)
        publish(7)
        assert.are.equal(7, reader()[1])
        local x, ended = reader:poll()
        assert.is_nil(x)
        assert.is_false(ended)
    end)

    it("is over for its readers when it is removed", function()
        local reader = arena:follow("f")
        publish(1)
        arena:remove("f")
        local x, ended = reader:poll()
        assert.is_nil(x)
        assert.is_true(ended)
        refuses("NOT_FOUND", "f", arena.follow, arena, "f")
    end)

    it("raises DIED when its last producer is gone without an end", function()
        local other = lina.Arena.attach("fd:" .. arena:fileno())
        other:produce("f")
        local reader = arena:follow("f", { timeout = 30 })
        publish(1)
        other:close()
        assert.are.equal(1, reader()[1])
        refuses("DIED", "f", reader)
        arena:produce("f", function() publish(2) end)
        assert.are.equal(2, reader()[1])
        assert.is_nil(reader())
    end)

    it("may be read and written by functions, which say when to stop", function()
        local producer = arena:produce("f")
        for n = 1, 3 do publish(n) end
        local found = arena:follow("f", { start = "oldest" }, function(x)
            if x[1] == 2 then return "two" end
        end)
        assert.are.equal("two", found)
        assert.are.equal(0, arena:stream_info("f").readers)
        assert.is_false(pcall(arena.follow, arena, "f", { start = "oldest" }, function() error("mine") end))
        assert.are.equal(0, arena:stream_info("f").readers)
        producer:close()
        producer:close()
        assert.are.equal("ended", arena:stream_info("f").state)
        refuses("INVALID", "f", arena.end_stream, arena, "f")
        assert.are.equal("mine", select(2, pcall(arena.produce, arena, "f", function() error("mine", 0) end)))
        assert.are.equal("ended", arena:stream_info("f").state)
    end)

    it("closes the reader of a loop that is left, in a Lua that tells of it", function()
        if not (helper.has_integers and _VERSION == "Lua 5.4") then
            return
        end
        publish(1)
        for _ in arena:follow("f", { start = "oldest" }) do break end -- luacheck: ignore 512
        assert.are.equal(0, arena:stream_info("f").readers)
    end)

    it("refuses wrong names, depths, starts and options", function()
        refuses("EXISTS", "f", arena.stream, arena, "f", 5)
        refuses("NOT_FOUND", "g", arena.stream, arena, "g")
        refuses("INVALID", "bad argument #2 to 'stream' (-1 must not be negative)", arena.stream, arena, "g", -1)
        refuses("INVALID", "depth: 1.5 has no integer", arena.stream, arena, "g", { depth = 1.5 })
        refuses("INVALID", "there is no option \"dept\"", arena.stream, arena, "g", { dept = 1 })
        refuses("INVALID", "string expected, got number", arena.stream, arena, 5)
        arena:stream("f")
        arena:stream("f", { depth = 4 })
        for _, start in ipairs { "newest", -1, 1.5, true, {} } do
            refuses("INVALID", "option start: ", arena.follow, arena, "f", { start = start })
        end
        refuses("INVALID", "f", arena.follow, arena, "f", { start = 99 })
        refuses("INVALID", "option lossy: boolean expected", arena.follow, arena, "f", { lossy = 1 })
        refuses("INVALID", "NaN", arena.follow, arena, "f", { timeout = 0 / 0 })
        refuses("INVALID", "function expected, got number", arena.follow, arena, "f", {}, 5)
        refuses("INVALID", "function expected, got number", arena.produce, arena, "f", 5)
        refuses("INVALID", "there is no option", arena.loan, arena, "f", "u8", 1, function() end, { time = 1 })
        refuses("INVALID", "seconds expected", arena.loan, arena, "f", "u8", 1, { timeout = "1" })
        refuses("INVALID", "lina.Reader expected, got lina.Array", arena:follow("f").next, arena:create_array("x", "u8", 1))
        assert.are.equal(0, arena:info().loans)
    end)

    it("whose reader or arena was closed says so", function()
        local reader = arena:follow("f")
        reader:close()
        reader:close()
        refuses("CLOSED", 'stream "f": its reader was closed', reader)
        refuses("CLOSED", 'stream "f": its reader was closed', reader.poll, reader)
        refuses("CLOSED", 'stream "f": its reader was closed', reader.fd, reader)
        local other = lina.Arena.create(nil, 65536)
        other:stream("g", 2)
        reader = other:follow("g", { timeout = 30 })
        local producer = other:produce("g")
        other:close()
        refuses("CLOSED", "g", reader)
        producer:close()
        reader:close()
    end)

    it("lets coroutines and event loops read", function()
        local order = {}
        local reader = arena:follow("f")
        local worker = coroutine.wrap(function()
            while true do
                local x, ended = reader:poll()
                if ended then return "done" end
                if x then order[#order + 1] = x[1] else coroutine.yield() end
            end
        end)
        worker()
        publish(1)
        worker()
        publish(2)
        arena:produce("f", function() publish(3) end)
        assert.are.equal("done", worker())
        assert.are.same({ 1, 2, 3 }, order)
    end)

    it("is waited for beside signals, by its reader", function()
        local reader, late = arena:follow("f"), arena:follow("f")
        assert.is_nil(arena:poll { "stop", reader })
        refuses("TIMEOUT", 'signal "stop" or one of 1 others: timed out', arena.wait_any, arena, { "stop", reader }, 0.03)
        refuses("TIMEOUT", 'stream "f": timed out', arena.wait_any, arena, { reader }, 0)
        publish(1)
        assert.are.equal(reader, arena:poll { "stop", reader })
        assert.are.equal(reader, (arena:wait_any { "stop", reader, late }))
        assert.are.equal(1, reader:next()[1])
        assert.is_nil(arena:poll { reader })
        assert.are.equal(late, (arena:wait_any({ reader, late }, 0)))
        arena:signal("stop")
        assert.are.equal("stop", arena:wait_any { reader, "stop", late })
        late:close()
        refuses("CLOSED", 'stream "f": its reader was closed', arena.poll, arena, { late })
        refuses("CLOSED", 'stream "f": its reader was closed', arena.wait_any, arena, { "stop", late })
        local other = lina.Arena.create(nil, 4096)
        refuses("INVALID", "bad argument #1 to 'poll' (entry 1: the reader of stream \"f\" is of another arena)",
            other.poll, other, { reader })
        other:close()
    end)

    it("that is over ends a wait for its reader, which tells how", function()
        local reader = arena:follow("f")
        arena:produce("f"):close()
        assert.are.equal(reader, (arena:wait_any { "never", reader }))
        assert.are.equal(reader, arena:poll { "never", reader })
        assert.is_nil(reader:next())
        local removed = arena:follow("f")
        arena:loan("f", "i32", 1, { timeout = 0 }):publish()
        removed:next()
        arena:remove("f")
        assert.are.equal(removed, (arena:wait_any { "never", removed }))
        assert.is_nil(removed:next())
    end)

    it("whose producer died ends a wait for its reader, unless that waits for the next producer", function()
        local other = lina.Arena.attach("fd:" .. arena:fileno())
        local reader, patient = arena:follow("f"), arena:follow("f", { revive = true })
        other:set_member_name("camera")
        other:produce("f")
        other:close()
        assert.are.equal(reader, (arena:wait_any { "never", patient, reader }))
        assert.are.equal(reader, arena:poll { patient, reader })
        refuses("DIED", "f", reader)
        reader:close()
        refuses("TIMEOUT", "f", arena.wait_any, arena, { patient }, 0.05)
        refuses("TIMEOUT", "never", arena.wait_any, arena, { "never", patient }, 0.05)
        refuses("DIED", "camera", arena.wait_any, arena, { patient }, { member = "camera" })
        refuses("DIED", "camera", arena.wait_any, arena, { "never", patient }, { member = "camera" })
        arena:produce("f", function() publish(7) end)
        assert.are.equal(patient, (arena:wait_any({ "never", patient }, { member = "camera" })))
        assert.are.equal(7, patient:next()[1])
        patient:close()
    end)

    it("has descriptors that tell of something to take, and of room", function()
        local function is_readable(fd)
            local file = assert(io.open("/proc/self/fdinfo/" .. fd))
            local count = file:read("*a"):match("eventfd%-count:%s*(%x+)")
            file:close()
            return tonumber(count, 16) > 0
        end
        local function await_readable(fd)
            for _ = 1, 4000 do
                if is_readable(fd) then return true end
                pcall(arena.wait, arena, "never", 0.005)
            end
            return false
        end
        local reader = arena:follow("f")
        local fd, watch = reader:fd()
        assert.is_false(is_readable(fd))
        publish(1)
        assert.is_true(await_readable(fd))
        reader:next()
        watch:reset()
        assert.is_false(is_readable(fd))
        for n = 2, 5 do publish(n) end
        assert.is_true(await_readable(fd))
        local room, other = arena:room_fd("f")
        assert.is_false(is_readable(room))
        reader:next()
        assert.is_true(await_readable(room))
        watch:close()
        other:close()
    end)
end)

describe("a member", function()
    local arena, other

    before_each(function()
        arena = lina.Arena.create(nil, 64 * 1024)
        other = lina.Arena.attach("fd:" .. arena:fileno())
    end)
    after_each(function()
        other:close()
        arena:close()
    end)

    it("has a name, which others read", function()
        arena:set_member_name("host")
        other:set_member_name("camera")
        refuses("EXISTS", "host", other.set_member_name, other, "host")
        local names = {}
        for _, member in ipairs(arena:members()) do
            names[member.name] = member
        end
        assert.is_true(names.host.self)
        assert.is_false(names.camera.self)
        assert.is_true(names.host.pid > 0)
        assert.is_true(names.host.since > 1e9)
        other:set_member_name(nil)
        other:set_member_name("other")
        refuses("INVALID", "string expected, got no value", arena.set_member_name, arena)
        refuses("INVALID", "string expected, got number", arena.set_member_name, arena, 5)
        refuses("INVALID", "", arena.set_member_name, arena, "")
    end)

    it("that is gone ends waits for it with DIED, but what it signalled wins", function()
        other:set_member_name("camera")
        refuses("TIMEOUT", "s", arena.wait, arena, "s", { timeout = 0.03, member = "camera" })
        other:signal("t")
        other:close()
        arena:wait("t", { member = "camera" })
        refuses("DIED", "camera", arena.wait, arena, "s", { member = "camera" })
        refuses("DIED", "camera", arena.wait_value, arena, "s", 3, { member = "camera", timeout = 30 })
        refuses("DIED", "camera", arena.wait_any, arena, { "s", "u" }, { member = "camera" })
        assert.are.equal("t", arena:wait_any({ "s", "t" }, { member = "camera" }))
        refuses("INVALID", "option member: string expected, got number", arena.wait, arena, "s", { member = 5 })
    end)
end)

describe("between processes, a stream", function()
    local arena, where

    before_each(function()
        where = helper.unique("streams")
        arena = lina.Arena.create(where, 1024 * 1024, { temporary = true })
        arena:stream("f", 4)
    end)
    after_each(function()
        arena:close()
    end)

    local function script(text)
        return ("local lina = require 'lina'\nlina.attach(%q)\n"):format(where) .. text
    end

    it("hands every generation on, at the reader's pace", function()
        local producer = helper.start(script [[
            lina.wait("reader is there", 60)
            lina.produce("f", function()
                for n = 1, 500 do lina.loan("f", "i32", 4, function(x) x:fill(n) end) end
            end)
        ]])
        local reader, n = arena:follow("f", { timeout = 60 }), 0
        arena:signal("reader is there")
        for x in reader do
            n = n + 1
            assert.is_true(x:min() == n and x:max() == n)
        end
        assert.are.equal(500, n)
        assert.are.equal(0, reader:lost())
        assert.are.equal("", producer.finish())
    end)

    it("ends a wait for the first of several from elsewhere", function()
        local child = helper.start(("local lina = require 'lina' lina.attach(%q)"):format(where) .. [[
            lina.wait("reader is there", 60)
            local producer = lina.produce("f")
            lina.loan("f", "i32", 1, function(x) x[1] = 5 end)
            lina.wait("taken", 60)
            producer:close()
        ]])
        local reader = arena:follow("f")
        arena:signal("reader is there")
        assert.are.equal(reader, (arena:wait_any({ "never", reader }, 60)))
        assert.are.equal(5, reader:next()[1])
        arena:signal("taken")
        assert.are.equal(reader, (arena:wait_any({ "never", reader }, 60)))
        assert.is_nil(reader:next())
        assert.are.equal("", child.finish())
    end)

    it("raises DIED for its readers when its producer is killed, and for waits on it", function()
        local producer = helper.start(script [[
            lina.set_member_name("camera")
            local p = lina.produce("f")
            lina.loan("f", "i32", 1, function(x) x[1] = 7 end)
            lina.signal("here")
            lina.wait("never")
        ]])
        arena:wait("here", 60)
        local reader = arena:follow("f", { start = "oldest", timeout = 60 })
        producer:kill("KILL")
        producer.finish()
        assert.are.equal(7, reader()[1])
        refuses("DIED", "f", reader)
        refuses("DIED", "camera", arena.wait, arena, "never", { member = "camera", timeout = 60 })
        arena:check()
    end)

    it("goes on when a reader that is behind is killed", function()
        local reader = helper.start(script [[
            reader = lina.follow("f")
            lina.signal("here")
            lina.wait("never")
        ]])
        arena:wait("here", 60)
        for n = 1, 4 do arena:loan("f", "i32", 1, function(x) x[1] = n end) end
        refuses("BEHIND", "f", arena.loan, arena, "f", "i32", 1, function() end, { timeout = 0 })
        reader:kill("KILL")
        reader.finish()
        arena:loan("f", "i32", 1, function(x) x[1] = 5 end, { timeout = 60 })
        assert.are.equal(5, arena:array("f")[1])
    end)

    for what, wait in pairs { ["a loop"] = "for _ in lina.follow('f') do end",
        ["a loan"] = "lina.stream('g', 1) r = lina.follow('g') for _ = 1, 2 do lina.loan('g', 'u8', 1, function() end) end" } do
        it("Ctrl-C ends " .. what .. " that waits", function()
            local worker = helper.start(script([[
                local ok, e = pcall(function() lina.signal("here") ]] .. wait .. [[ end)
                print(ok, e)
                lina.signal("after")
            ]]))
            arena:wait("here", 60)
            worker:kill("INT")
            assert.matches("false\t.*interrupted!", worker.finish())
        end)
    end
end)
