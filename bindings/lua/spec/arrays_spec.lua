local helper = require "helper"
local lina = require "lina"
local refuses = helper.refuses

describe("an array", function()
    local arena

    before_each(function()
        arena = lina.Arena.create(nil, 1024 * 1024)
    end)
    after_each(function()
        arena:close()
    end)

    it("starts at 1 and ends at its length", function()
        local x = arena:create_array("x", "f64", { 3 })
        x[1], x[3] = 1.5, -2
        assert.are.equal(1.5, x[1])
        assert.are.equal(0, x[2])
        assert.are.equal(-2, x[3])
        assert.are.equal(3, #x)
        for _, i in ipairs { 0, 4, -1, 1e300, 2 ^ 63 } do
            refuses("INVALID", "outside 1..3", function() return x[i] end)
            refuses("INVALID", "outside 1..3", function() x[i] = 0 end)
        end
        refuses("INVALID", "index 1.5 is no integer", function() return x[1.5] end)
        refuses("INVALID", "a table is no index", function() return x[{}] end)
        refuses("INVALID", "true is no index", function() x[true] = 1 end)
        assert.is_nil(x.no_such_method)
    end)

    it("has the same element (i, j) in both orders", function()
        for _, order in ipairs { "C", "F" } do
            local x = arena:create_array(order, "i32", { 2, 3 }, order)
            for i = 1, 2 do
                for j = 1, 3 do
                    x:set(i, j, 10 * i + j)
                end
            end
            assert.are.same({ { 11, 12, 13 }, { 21, 22, 23 } }, x:totable())
            assert.are.equal(23, x:get(2, 3))
            assert.are.equal(23, x[2][3])
            assert.are.equal(order, x:layout())
        end
        local flat = arena:buffer("F"):string()
        assert.are.equal("\11\0\0\0\21\0\0\0", flat:sub(1, 8))
        assert.are.equal("\11\0\0\0\12\0\0\0", arena:buffer("C"):string():sub(1, 8))
    end)

    it("can have no dimensions, no elements, and eight dimensions", function()
        local one = arena:create_array("one", "f32", {})
        one:set(2.5)
        assert.are.equal(2.5, one:get())
        assert.are.equal(1, one:size())
        refuses("INVALID", "no dimensions", function() return #one end)
        refuses("INVALID", "no dimensions", function() return one[1] end)
        local none = arena:create_array("none", "u8", { 0, 3 })
        assert.are.equal(0, #none)
        assert.are.same({}, none:totable())
        assert.are.equal(0, none:sum())
        refuses("INVALID", "empty array has no minimum", none.min, none)
        local deep = arena:create_array("deep", "u16", { 2, 1, 2, 1, 2, 1, 2, 3 }, "F")
        deep:set(2, 1, 2, 1, 2, 1, 2, 3, 77)
        assert.are.equal(77, deep[2][1][2][1][2][1][2][3])
        assert.are.equal(77, deep:max())
        assert.are.equal(8, deep:ndim())
    end)

    it("may have more than 2^32 bytes", function()
        local large = lina.Arena.create(nil, 5 * 2 ^ 30)
        local n = 2 ^ 32 + 10
        local x = large:create_array("x", "u8", n)
        x[n] = 7
        assert.are.equal(7, x:get(n))
        assert.are.equal(n, x:size())
        assert.are.equal(n, x:shape()[1])
        local tail = x:slice { n - 1, n }
        assert.are.same({ 0, 7 }, tail:totable())
        refuses("INVALID", "is outside 1..4294967306", function() return x[n + 1] end)
        large:close()
    end)

    it("tells what it is", function()
        local x = arena:create_array("x", "f32", { 4, 5 }, "F")
        assert.are.equal("x", x:name())
        assert.are.equal("f32", x:dtype())
        assert.are.same({ 4, 5 }, x:shape())
        assert.are.same({ 4, 16 }, x:strides())
        assert.are.equal(2, x:ndim())
        assert.are.equal(20, x:size())
        assert.are.equal(80, x:nbytes())
        assert.are.equal(1, x:generation())
        assert.is_true(x:is_current())
        assert.is_false(x:is_read_only())
        assert.is_false(x:is_loan())
        assert.is_false(x:is_closed())
        x[1][2] = 1.5
        assert.matches('^lina.Array "x" f32 {4, 5} %[0%.?0?, 1%.5, 0.*, %.%.%.%]$', tostring(x))
    end)

    it("is the memory that others see, at the same address", function()
        local x = arena:create_array("x", "u8", { 4 })
        local same = arena:array("x")
        assert.are.equal(tostring(x:pointer()), tostring(same:pointer()))
        same:copy_from { 1, 2, 3, 4 }
        assert.are.same({ 1, 2, 3, 4 }, x:totable())
        local attached = lina.Arena.attach("fd:" .. arena:fileno())
        attached:array("x")[2] = 200
        assert.are.equal(200, x[2])
        attached:close()
    end)

    it("is closed once, and says so afterwards", function()
        local x = arena:create_array("x", "f64", 3)
        x:close()
        x:close()
        assert.is_true(x:is_closed())
        assert.are.equal('lina.Array "x" (closed)', tostring(x))
        refuses("CLOSED", 'array "x": it was closed', function() return x[1] end)
        refuses("CLOSED", 'array "x": it was closed', function() x[1] = 1 end)
        for _, method in ipairs { "get", "set", "sum", "totable", "iter", "slice", "pointer", "string", "publish" } do
            refuses("CLOSED", 'array "x": it was closed', x[method], x, 1)
        end
        assert.are.same({ 3 }, x:shape())
    end)

    it("is read by rows, and written by rows", function()
        local x = arena:create_array("x", "f64", { 2, 3 })
        x[1] = { 1, 2, 3 }
        x[2] = 7
        assert.are.same({ { 1, 2, 3 }, { 7, 7, 7 } }, x:totable())
        x[2] = x[1]
        assert.are.same({ 1, 2, 3 }, x[2]:totable())
        refuses("INVALID", "a table of 3 expected, not of 2", function() x[1] = { 1, 2 } end)
    end)

    it("is iterated by index and element, or by index and row", function()
        local x = arena:create_array("x", "f64", { 3 })
        x:copy_from { 5, 6, 7 }
        local seen = {}
        for i, v in x:iter() do
            seen[#seen + 1] = { i, v }
        end
        assert.are.same({ { 1, 5 }, { 2, 6 }, { 3, 7 } }, seen)
        local y = arena:create_array("y", "u8", { 2, 2 })
        y:copy_from { { 1, 2 }, { 3, 4 } }
        local sums = {}
        for i, row in y:iter() do
            sums[i] = row:sum()
        end
        assert.are.same({ 3, 7 }, sums)
        assert.are.same({ 6, 7 }, { x:unpack(2) })
        assert.are.same({ 5 }, { x:unpack(1, 1) })
        assert.are.equal(0, select("#", x:unpack(3, 2)))
        refuses("INVALID", "bad argument #2 to 'unpack' (index 4 is outside 1..3)", x.unpack, x, 1, 4)
        refuses("INVALID", "bad argument #1 to 'unpack' (index 0 is outside 1..3)", x.unpack, x, 0)
    end)

    it("counts indexes, and names the one that is wrong", function()
        local x = arena:create_array("x", "f64", { 2, 3 })
        refuses("INVALID", "1 indexes for 2 dimensions", x.get, x, 1)
        refuses("INVALID", "3 indexes for 2 dimensions", x.get, x, 1, 1, 1)
        refuses("INVALID", "bad argument #2 to 'get' (index 4 is outside 1..3)", x.get, x, 1, 4)
        refuses("INVALID", "bad argument #1 to 'get' (integer expected, got string)", x.get, x, "a", 4)
        refuses("INVALID", "bad argument #1 to 'get' (index 0 is outside 1..2)", x.get, x, 0, 4)
        refuses("INVALID", "bad argument #3 to 'set' (\"v\" is not a number)", x.set, x, 1, 1, "v")
        refuses("INVALID", "bad argument #1 to 'set' (value expected, got no value)", x.set, x)
        refuses("INVALID", "bad argument #1 to 'get' (lina.Array expected, got number)", x.get, 5, 1)
        refuses("INVALID", "bad argument #1 to 'get' (lina.Array expected, got no value)", x.get)
        refuses("INVALID", "calling 'get' on bad self", x.get, arena, 1)
    end)

    it("of a dtype without a name is bytes", function()
        local odd = 2 + 128 * 256 + 65536 -- a float of 128 bits
        local x = arena:create_array("x", odd, { 2 })
        assert.are.equal(odd, x:dtype())
        refuses("INVALID", "use lina.buffer", function() return x[1] end)
        assert.are.equal(32, #arena:buffer("x"))
        assert.matches('^lina.Array "x" %d+ {2} %[', tostring(x))
    end)
end)

describe("creating", function()
    local arena

    before_each(function()
        arena = lina.Arena.create(nil, 1024 * 1024)
    end)
    after_each(function()
        arena:close()
    end)

    it("refuses wrong names, dtypes, shapes, orders and options, and tells the argument's number", function()
        local create = arena.create_array
        refuses("INVALID", "bad argument #1 to 'create_array' (string expected, got nil)", create, arena, nil)
        refuses("INVALID", "bad argument #1 to 'create_array' (string expected, got number)", create, arena, 5)
        refuses("INVALID", "zero bytes", create, arena, "a\0b", "f64", 1)
        refuses("INVALID", "name", create, arena, "", "f64", 1)
        refuses("INVALID", "name", create, arena, ("n"):rep(64), "f64", 1)
        refuses("INVALID", "bad argument #2 to 'create_array' (\"f99\" is no dtype", create, arena, "a", "f99", 1)
        refuses("INVALID", "bad argument #2 to 'create_array' (0 is no dtype", create, arena, "a", 0, 1)
        refuses("INVALID", "bad argument #2 to 'create_array' (dtype as a string expected", create, arena, "a", {}, 1)
        refuses("INVALID", "bad argument #3 to 'create_array' (shape: -1 must not be negative", create, arena, "a", "u8", -1)
        refuses("INVALID", "bad argument #3 to 'create_array' (shape: 1.5 has no integer", create, arena, "a", "u8", { 1.5 })
        refuses("INVALID", "bad argument #3 to 'create_array' (shape: integer expected, got string", create, arena, "a", "u8", { "2" })
        refuses("INVALID", "shape: a list expected", create, arena, "a", "u8", { x = 3 })
        refuses("INVALID", "shape: 9 dimensions are more than 8", create, arena, "a", "u8", { 1, 1, 1, 1, 1, 1, 1, 1, 1 })
        refuses("INVALID", "bad argument #3 to 'create_array' (shape: integer or list of integers expected, got no value", create, arena, "a", "u8")
        refuses("INVALID", "bad argument #4 to 'create_array' (order \"C\" or \"F\" expected, got \"X\"", create, arena, "a", "u8", 1, "X")
        refuses("INVALID", "bad argument #4 to 'create_array' (table of options expected, got number", create, arena, "a", "u8", 1, 5)
        refuses("INVALID", "there is no option \"exists\"", create, arena, "a", "u8", 1, { exists = true })
        refuses("INVALID", "option exist_ok: boolean expected, got number", create, arena, "a", "u8", 1, { exist_ok = 1 })
        assert.are.same({}, arena:list())
    end)

    it("refuses a name that is taken, and with exist_ok finds the array", function()
        local x = arena:create_array("x", "f64", { 2, 2 })
        x:set(1, 1, 5)
        local e = refuses("EXISTS", "x", arena.create_array, arena, "x", "f64", { 2, 2 })
        assert.are.equal("x", e.name)
        local again = arena:create_array("x", "f64", { 2, 2 }, { exist_ok = true })
        assert.are.equal(5, again:get(1, 1))
        refuses("EXISTS", "x", arena.create_array, arena, "x", "f64", { 4 }, { exist_ok = true })
        refuses("EXISTS", "x", arena.create_array, arena, "x", "f32", { 2, 2 }, { exist_ok = true })
        refuses("EXISTS", "x", arena.create_array, arena, "x", "f64", { 2, 2 }, "F", { exist_ok = true })
    end)

    it("says when there is no room, and works when there is again", function()
        refuses("NO_MEMORY", "big", arena.create_array, arena, "big", "u8", 2 * 1024 * 1024)
        refuses("INVALID", "big", arena.create_array, arena, "big", "f64", { 2 ^ 33, 2 ^ 33 })
        arena:create_array("big", "u8", 512 * 1024)
        arena:remove("big")
        arena:create_array("big", "u8", 900 * 1024)
        refuses("NOT_FOUND", "other", arena.remove, arena, "other")
    end)

    it("lists descriptors by name, and shows one", function()
        arena:create_array("b", "c64", { 2, 3 }, "F")
        arena:create_array("a", "u8", 5)
        local list = arena:list()
        assert.are.equal(2, #list)
        assert.are.equal("a", list[1].name)
        assert.are.same(list[2], arena:open_desc("b"))
        local b = list[2]
        assert.are.same({ 2, 3 }, b.shape)
        assert.are.same({ 8, 16 }, b.strides)
        assert.are.equal("c64", b.dtype)
        assert.are.equal("F", b.layout)
        assert.are.equal(1, b.generation)
        assert.are.equal(48, b.nbytes)
        refuses("NOT_FOUND", 'no array "none"', arena.open_desc, arena, "none")
    end)

    it("are read as another dtype through an alias", function()
        arena:create_array("records", "u8", { 4, 12 }) -- {f64 x; i32 id} four times, packed
        arena:alias("x", "records", { shape = { 4 }, strides = { 12 }, dtype = "f64" })
        arena:alias("id", "records", { offset = 8, shape = { 4 }, strides = { 12 }, dtype = "i32" })
        local x, id = arena:array "x", arena:array "id"
        for i = 1, 4 do
            x[i] = i + 0.5 -- every second one is unaligned
            id[i] = i
        end
        assert.are.equal(2.5, x[2])
        assert.are.equal(3, id[3])
        assert.are.equal(2, arena:buffer("records")[21])
        arena:alias("last id first", "records", { offset = 44, shape = 4, strides = -12, dtype = "i32" })
        assert.are.equal(4, #arena:array("last id first"))
        refuses("INVALID", "strides: list of integers expected, got string", arena.alias, arena, "a", "records", { shape = 1, strides = "1" })
        refuses("INVALID", "a", arena.alias, arena, "a", "records", { offset = 44, shape = 1, dtype = "f64" })
        refuses("INVALID", "f65", arena.alias, arena, "a", "records", { shape = 1, dtype = "f65" })
    end)

    it("of records wants an arena, and says so", function()
        for _, stranger in ipairs { 5, "F", {}, print, arena:create_array("x", "u8", 1) } do
            refuses("INVALID", "calling 'create_records' on bad self (lina.Arena expected, got " .. type(stranger) .. ")",
                arena.create_records, stranger, "p", { x = "f64" }, 1)
        end
    end)

    it("of records makes an array for each field, or none", function()
        local p = arena:create_records("p", { x = "f64", id = "i32" }, 4)
        p.x[1], p.id[4] = 0.5, 9
        assert.are.equal(9, arena:array("p.id")[4])
        assert.are.same({ 4 }, arena:open_desc("p.x").shape)
        refuses("EXISTS", "p.id", arena.create_records, arena, "p", { a = "f64", id = "i32" }, 4)
        refuses("NOT_FOUND", "p.a", arena.array, arena, "p.a")
        arena:create_records("p", { x = "f64", id = "i32" }, 4, { exist_ok = true })
        refuses("INVALID", "bad argument #2 to 'create_records' (fields by name expected", arena.create_records, arena, "q", { "f64" }, 4)
        refuses("INVALID", "bad argument #2 to 'create_records' (table expected, got number)", arena.create_records, arena, "q", 5, 4)
        refuses("INVALID", "bad argument #1 to 'create_records' (string expected, got nil)", arena.create_records, arena, nil, {}, 4)
        refuses("INVALID", '"f65" is no dtype', arena.create_records, arena, "q", { a = "f65" }, 4)
    end)
end)
