local helper = require "helper"
local lina = require "lina"
local refuses = helper.refuses

if not helper.is_luajit then
    describe("lina.ffi", function()
        it("is for LuaJIT", function()
            local ok, message = pcall(require, "lina.ffi")
            assert.is_false(ok)
            assert.matches("lina.ffi needs LuaJIT", message)
        end)
    end)
    return
end

local ffi = require "ffi"
local fast = require "lina.ffi"

describe("a typed view", function()
    local arena

    before_each(function()
        arena = lina.Arena.create(nil, 1024 * 1024)
    end)
    after_each(function()
        arena:close()
    end)

    it("refuses arguments that are not an array, an arena or an index", function()
        arena:create_array("x", "f64", 3)
        for _, other in ipairs { arena, io.stdout, "x", 5, {}, ffi.new "int[1]" } do
            refuses("INVALID", "bad argument #1 to 'view' (lina.Array expected, got ", fast.view, other)
        end
        refuses("INVALID", "bad argument #1 to 'view' (lina.Array expected, got nil)", fast.view)
        for _, other in ipairs { arena:array("x"), io.stdout, "x", 5, {} } do
            refuses("INVALID", "bad argument #2 to 'array' (lina.Arena expected, got ", fast.array, "x", other)
            refuses("INVALID", "bad argument #2 to 'signal' (lina.Arena expected, got ", fast.signal, "x", other)
        end
        local view = fast.array("x", arena)
        arena:create_array("y", "f64", { 2, 2 })
        for _, index in ipairs { 0, 4, 1.5, 0 / 0, ffi.new("int64_t", 2), {} } do
            refuses("INVALID", "", function() return view[index] end)
            refuses("INVALID", "", function() view[index] = 1 end)
        end
        refuses("INVALID", "true is no index", function() return fast.array("y", arena)[true] end)
    end)

    it("is the same memory, compiled or not", function()
        local x = arena:create_array("x", "f64", 1000)
        local view = fast.array("x", arena)
        assert.are.equal(1000, #view)
        for _ = 1, 3 do
            for i = 1, #view do
                view[i] = i
            end
        end
        local sum = 0
        for i = 1, #view do
            sum = sum + view[i]
        end
        assert.are.equal(500500, sum)
        assert.are.equal(sum, x:sum())
        assert.are.equal(ffi.cast("double *", x:pointer()), view.data)
    end)

    it("checks its bounds, compiled or not", function()
        arena:create_array("x", "f64", 100)
        local view = fast.array("x", arena)
        for _, i in ipairs { 0, 101, -1, 1.5, 0 / 0, 1e300, -1e300 } do
            refuses("INVALID", "outside 1..100", function() return view[i] end)
            refuses("INVALID", "outside 1..100", function() view[i] = 1 end)
        end
        local function reach(n)
            local sum = 0
            for i = 1, n do
                sum = sum + view[i]
            end
            return sum
        end
        for _ = 1, 200 do
            reach(100)
        end
        refuses("INVALID", "index 101 is outside 1..100", reach, 101)
        refuses("INVALID", "is no index", function() view["y"] = 1 end)
        refuses("INVALID", "is no index", function() view[{}] = 1 end)
        assert.is_nil(view.no_such)
    end)

    it("has every number of dimensions, in every order, and slices", function()
        for order in ("CF"):gmatch "." do
            local x = arena:create_array(order, "i32", { 3, 4 }, order)
            local view = fast.view(x)
            for i = 1, 3 do
                for j = 1, 4 do
                    view:set(i, j, 10 * i + j)
                end
            end
            assert.are.equal(34, x:get(3, 4))
            assert.are.equal(21, view:get(2, 1))
            local column = fast.view(x:slice(nil, 2))
            assert.are.equal(32, column[3])
            assert.are.equal(3, #column)
            column[1] = 5
            assert.are.equal(5, x:get(1, 2))
            assert.are.equal(14, fast.view(x:slice(1, { 4, 1, -1 }))[1])
            refuses("INVALID", "index 4 is outside 1..3", function() return column[4] end)
            refuses("INVALID", "index 5 is outside 1..4", view.get, view, 1, 5)
            refuses("INVALID", "1 indexes for 2 dimensions", view.get, view, 1)
            refuses("INVALID", "1 indexes for 2 dimensions", function() return view[1] end)
            refuses("INVALID", "nil is no index", view.set, view, 1)
        end
        local cube = fast.view(arena:create_array("cube", "f32", { 2, 3, 4 }))
        cube:set(2, 3, 4, 0.5)
        assert.are.equal(0.5, cube:get(2, 3, 4))
        local deep = fast.view(arena:create_array("deep", "u8", { 1, 2, 1, 2, 1, 2 }))
        deep:set(1, 2, 1, 2, 1, 2, 77)
        assert.are.equal(77, deep:get(1, 2, 1, 2, 1, 2))
        local one = fast.view(arena:create_array("one", "i64", {}))
        one:set(ffi.cast("int64_t", 5))
        assert.is_true(one:get() == 5)
    end)

    it("keeps its generation in place for as long as it lives", function()
        arena:create_array("x", "i32", 4):fill(3)
        local view = fast.array("x", arena)
        helper.collect()
        arena:republish("x", "i32", 4)
        assert.is_false(view:is_current())
        assert.are.equal(3, view[4])
        assert.are.equal(1, arena:info().held)
        view = nil
        helper.collect()
        assert.are.equal(0, arena:info().held)
        view = fast.array("x", arena)
        view:close()
        view:close()
        refuses("CLOSED", "the view was closed", function() return view[1] end)
        refuses("CLOSED", "the view was closed", function() view[1] = 1 end)
        refuses("CLOSED", "the view was closed", view.get, view, 1)
        arena:republish("x", "i32", 4)
        assert.are.equal(0, arena:info().held)
    end)

    it("of a read-only arena is not written to", function()
        arena:create_array("x", "f64", 4)
        arena:create_array("y", "f64", { 2, 2 })
        local reader = lina.Arena.attach("fd:" .. arena:fileno(), { read_only = true })
        local view = fast.array("x", reader)
        assert.are.equal(0, view[1])
        assert.is_false(pcall(function() view[1] = 1 end))
        local general = fast.array("y", reader)
        assert.is_false(pcall(general.set, general, 1, 1, 5))
        reader:close()
    end)

    it("is refused for elements without a C type", function()
        arena:create_array("x", 2 + 128 * 256 + 65536, 2)
        refuses("INVALID", "no C type", fast.array, "x", arena)
        refuses("NOT_FOUND", "none", fast.array, "none", arena)
        arena:create_array("y", "f64", 4)
        arena:alias("odd", "y", { shape = 3, strides = { 9 } })
        refuses("INVALID", "no whole elements", fast.array, "odd", arena)
    end)
end)

describe("a signal's handle", function()
    local arena

    before_each(function()
        arena = lina.Arena.create(nil, 64 * 1024)
    end)
    after_each(function()
        arena:close()
    end)

    it("is read from memory", function()
        local s = fast.signal("s", arena)
        assert.is_false(s:is_set())
        assert.are.equal(0, s:value())
        for n = 1, 200 do
            s:signal()
            assert.is_true(s:is_set())
            assert.are.equal(n, s:value())
        end
        s:wait(0)
        arena:clear("s")
        assert.is_false(s:is_set())
        refuses("TIMEOUT", "s", s.wait, s, 0.01)
    end)

    it("tells when its signal was removed, or its arena closed", function()
        local s = fast.signal("s", arena)
        arena:remove_signal("s")
        for _, f in ipairs { "is_set", "value", "signal" } do
            refuses("NOT_FOUND", "s", s[f], s)
        end
        arena:signal("s")
        refuses("NOT_FOUND", "s", s.is_set, s)
        s = fast.signal("s", arena)
        assert.is_true(s:is_set())
        arena:close()
        for _, f in ipairs { "is_set", "value", "signal", "wait" } do
            refuses("CLOSED", 'signal "s": its arena was closed', s[f], s)
        end
        refuses("CLOSED", "closed", fast.signal, "s", arena)
        refuses("INVALID", "string", fast.signal, nil, lina.Arena.create(nil, 4096))
    end)

    it("keeps its arena", function()
        local s = fast.signal("s", lina.Arena.create(nil, 4096))
        helper.collect()
        s:signal()
        assert.is_true(s:is_set())
    end)

    it("ends a loop that spins on it", function()
        local where = helper.unique("spin")
        local host = lina.Arena.create(where, 4096, { temporary = true })
        local output, code = helper.run(([[
            local lina, fast = require "lina", require "lina.ffi"
            lina.attach %q
            local go = fast.signal "go"
            io.popen(%q)
            while not go:is_set() do end
            while go:value() < 1 do end
            print "seen"
        ]]):format(where, "sleep 0.3; " .. helper.lua .. " -e 'l = require [[lina]] l.attach [["
            .. where .. "]] l.signal [[go]]'"))
        assert.are.equal("seen", output)
        assert.are.equal(0, code)
        host:close()
    end)
end)

describe("a child of fork", function()
    ffi.cdef "int fork(void); int waitpid(int pid, int *status, int options); int getpid(void);"

    it("reads what it inherited, is a member of its own, and ends cleanly", function()
        local arena = lina.Arena.create(nil, 1024 * 1024)
        local x = arena:create_array("x", "i32", 4):fill(5)
        local view, loan = fast.view(x), arena:loan("y", "u8", 10)
        local s = fast.signal("s", arena)
        arena:fd("s")
        local pid = ffi.C.fork()
        if pid == 0 then
            local ok, e = pcall(function()
                assert(x:sum() == 20 and view[4] == 5 and x[1] == 5)
                pcall(function() loan:publish() end)
                assert(not pcall(arena.array, arena, "y"))
                local y = arena:array("x")
                y[1] = 7
                arena:loan("z", "u8", 3, function(z) z:fill(1) end)
                s:signal()
                arena:signal("from child")
                arena:wait("from parent", 60)
                pcall(arena.fd, arena, "t")
            end)
            if not ok then
                io.stderr:write("child: ", tostring(e), "\n")
            end
            os.exit(ok and 0 or 1, true)
        end
        arena:wait("from child", 60)
        arena:signal("from parent")
        local status = ffi.new("int[1]", -1)
        assert.are.equal(pid, ffi.C.waitpid(pid, status, 0))
        assert.are.equal(0, status[0])
        assert.are.equal(7, x[1])
        assert.are.equal(3, arena:array("z"):sum())
        loan:publish()
        assert.are.equal(10, arena:array("y"):size())
        arena:check()
        arena:close()
    end)
end)
