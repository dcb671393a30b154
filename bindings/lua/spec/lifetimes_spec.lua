local helper = require "helper"
local lina = require "lina"

describe("the collector", function()
    local arena

    before_each(function()
        arena = lina.Arena.create(nil, 1024 * 1024)
    end)
    after_each(function()
        arena:close()
    end)

    it("gives back generations that nobody uses", function()
        local x = arena:create_array("x", "u8", 1000)
        for _ = 1, 10 do
            assert.are.equal(0, arena:array("x")[1])
            arena:republish("x", "u8", 1000)
        end
        assert.is_true(arena:info().held > 0)
        x:close()
        helper.collect()
        assert.are.equal(0, arena:info().held)
    end)

    it("is told how much views hold, so that a writer of large arrays never waits for it", function()
        for n = 1, 2000 do
            local x = arena:loan("frame", "u8", 200 * 1000)
            x[1] = n % 256
            x:publish()
            local view = arena:array("frame")
            assert.are.equal(n % 256, view[1])
        end
        assert.is_true(arena:info().held < 5)
    end)

    it("is not needed after a look at descriptors", function()
        collectgarbage("stop")
        for _ = 1, 20 do
            arena:republish("x", "u8", 300 * 1000):close()
            assert.are.equal(300 * 1000, arena:open_desc("x").nbytes)
            assert.are.equal(1, #arena:list())
        end
        collectgarbage("restart")
        assert.are.equal(0, arena:info().held)
    end)

    it("runs when only garbage is in the way of a new generation", function()
        collectgarbage("stop")
        for _ = 1, 20 do
            arena:republish("x", "u8", 300 * 1000)
        end
        collectgarbage("restart")
        local held = {}
        helper.refuses("NO_MEMORY", "x", function()
            for _ = 1, 20 do
                held[#held + 1] = arena:republish("x", "u8", 300 * 1000)
            end
        end)
        assert.is_true(#held >= 2)
    end)

    it("is not told twice of one generation", function()
        arena:create_array("x", "u8", 500 * 1000)
        for _ = 1, 1000 do
            arena:array("x"):close()
        end
        local before = collectgarbage("count")
        for _ = 1, 100000 do
            arena:array("x"):close()
        end
        helper.collect()
        assert.is_true(collectgarbage("count") < before + 2000)
    end)

    it("leaves arenas, arrays and watches alone that are still in use", function()
        local x = lina.Arena.create(nil, 4096):create_array("x", "f64", 2)
        local fd = (arena:fd("s"))
        helper.collect()
        x[1] = 5
        assert.are.equal(5, x:sum())
        assert.is_truthy(io.open("/proc/self/fdinfo/" .. fd))
    end)

    if _VERSION == "Lua 5.4" then
        it("is not needed for variables that are to be closed", function()
            local f = assert(load([[
                local arena, seen = ...
                do
                    local x <close> = arena:create_array("x", "u8", 10)
                    seen[1] = x
                end
                local loan <close> = arena:loan("y", "u8", 10)
                local inner <close> = seen[2]
            ]]))
            local seen = { nil, lina.Arena.create(nil, 4096) }
            f(arena, seen)
            assert.is_true(seen[1]:is_closed())
            assert.is_true(seen[2]:is_closed())
            helper.refuses("NOT_FOUND", "y", arena.array, arena, "y")
        end)
    end
end)

describe("the types", function()
    it("hide their metatables, and refuse objects of other types", function()
        local arena = lina.Arena.create(nil, 4096)
        local _, watch = arena:fd("s")
        local x = arena:create_array("x", "u8", 1)
        for name, object in pairs { ["lina.Arena"] = arena, ["lina.Watch"] = watch, ["lina.Array"] = x } do
            assert.are.equal(name, getmetatable(object))
        end
        for _, other in ipairs { x, watch, io.stdout, "x", 5, {} } do
            helper.refuses("INVALID", "lina.Arena expected, got ", arena.list, other)
        end
        for _, other in ipairs { arena, watch, io.stdout, "x", 5, {} } do
            helper.refuses("INVALID", "lina.Array expected, got ", x.sum, other)
        end
        helper.refuses("INVALID", "got lina.Arena", x.sum, arena)
        for _, other in ipairs { arena, x, io.stdout, "x", 5, {} } do
            helper.refuses("INVALID", "lina.Watch expected, got ", watch.getfd, other)
        end
        arena:close()
    end)
end)

describe("a state that ends", function()
    it("may have live views, loans, watches and arenas", function()
        local output, code = helper.run [[
            local lina
            local function use_all()
                pcall(function() return x[1] + y[1] + w[1] end)
                pcall(lina.array, "x")
                pcall(arena.create_array, arena, "late", "u8", 1)
                pcall(arena.signal, arena, "late")
                pcall(arena.fd, arena, "late")
                pcall(lina.fd, "late")
                pcall(lina.wait, "late", 0.01)
                pcall(watch.reset, watch)
                pcall(watch.close, watch)
                pcall(lina.init_arena, 4096)
                pcall(lina.signal, "late")
                pcall(lina.fd, "late")
            end
            -- Finalizers run in reverse order, so that of `early` runs when everything else is gone.
            local function at_the_end()
                if newproxy then
                    local object = newproxy(true)
                    getmetatable(object).__gc = use_all
                    return object
                end
                return setmetatable({}, { __gc = use_all })
            end
            early = at_the_end()
            lina = require "lina"
            lina.init_arena(1024 * 1024)
            x = lina.create_array("x", "f64", 100)
            y = x:slice { 1, 5 }
            z = lina.loan("z", "f64", 100)
            fd, watch = lina.fd("s")
            arena = lina.Arena.create(nil, 4096)
            w = arena:create_array("w", "u8", 4)
            fd2 = arena:fd("s")
            late = at_the_end()
            print("ends")
        ]]
        assert.are.equal("ends", output)
        assert.are.equal(0, code)
    end)

    it("may be ended by os.exit, with and without closing it", function()
        for _, exit in ipairs { "os.exit(7)", "os.exit(7, true)" } do
            local output, code = helper.run([[
                local lina = require "lina"
                lina.init_arena(4096)
                x = lina.create_array("x", "f64", 10)
                fd = lina.fd("s")
            ]] .. exit)
            assert.are.equal("", output)
            assert.are.equal(7, code)
        end
    end)

    it("may end while another language's call would be under way", function()
        local output, code = helper.run [[
            local lina = require "lina"
            lina.init_arena(4096)
            local waiting = coroutine.create(function() lina.loan("x", "u8", 3) coroutine.yield() end)
            coroutine.resume(waiting)
            error("the script's own")
        ]]
        assert.matches("the script's own", output)
        assert.are.equal(1, code)
    end)
end)

describe("random calls", function()
    it("return or raise, and all works after", function()
        local file = assert(io.open("spec/random_calls.lua"))
        local output, code = helper.run(file:read("*a"))
        file:close()
        assert.matches("^seed %d+: 20000 calls made", output)
        assert.are.equal(0, code)
    end)
end)
