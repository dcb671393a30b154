local helper = require "helper"
local lina = require "lina"
local refuses = helper.refuses

describe("all elements at once", function()
    local arena

    before_each(function()
        arena = lina.Arena.create(nil, 4 * 1024 * 1024)
    end)
    after_each(function()
        arena:close()
    end)

    local function counting(name, dtype, shape, order)
        local x = arena:create_array(name, dtype, shape, order)
        local n = 0
        return x:map(function()
            n = n + 1
            return n
        end)
    end

    it("are filled, mapped, summed and compared, in any order of memory", function()
        for _, order in ipairs { "C", "F" } do
            local x = counting(order, "f64", { 3, 4 }, order)
            assert.are.same({ { 1, 2, 3, 4 }, { 5, 6, 7, 8 }, { 9, 10, 11, 12 } }, x:totable())
            assert.are.equal(78, x:sum())
            assert.are.equal(1, x:min())
            assert.are.equal(12, x:max())
            local part = x:slice({ 3, 1, -2 }, { 2, 4, 2 })
            assert.are.same({ { 10, 12 }, { 2, 4 } }, part:totable())
            assert.are.equal(28, part:sum())
            assert.are.equal(2, part:min())
            assert.are.equal(part, part:fill(0))
            assert.are.equal(50, x:sum())
        end
    end)

    it("are summed exactly as they are added one by one", function()
        for _, n in ipairs { 1, 7, 8, 9, 1000, 70001 } do
            for _, dtype in ipairs { "f64", "f32", "i32", "u8" } do
                local x = arena:create_array(dtype .. n, dtype, n)
                local k = 0
                x:map(function()
                    k = (k + 7) % 101
                    return k
                end)
                local sum, low, high = 0, math.huge, -math.huge
                for _, v in x:iter() do
                    sum, low, high = sum + v, math.min(low, v), math.max(high, v)
                end
                assert.is_true(x:sum() == sum and x:min() == low and x:max() == high)
                local reversed = x:slice { n, 1, -1 }
                assert.is_true(reversed:sum() == sum and reversed:max() == high)
                arena:remove(dtype .. n)
            end
        end
    end)

    it("are copied from tables, arrays and strings of the same shape", function()
        local x = arena:create_array("x", "i16", { 2, 2 })
        assert.are.equal(x, x:copy_from { { 1, 2 }, { 3, 4 } })
        local y = arena:create_array("y", "f32", { 2, 2 }, "F")
        y:copy_from(x)
        assert.are.same({ { 1, 2 }, { 3, 4 } }, y:totable())
        y:set(1, 1, 0.5)
        refuses("INVALID", "0.5 has no integer representation", x.copy_from, x, y)
        local z = arena:create_array("z", "f32", { 2, 2 }, "F")
        z:copy_from(y)
        assert.are.equal(y:string(), z:string())
        x:copy_from "\1\0\2\0\3\0\4\0"
        assert.are.equal(4, x:get(2, 2))
        refuses("INVALID", "a string of 8 bytes expected, not of 3", x.copy_from, x, "abc")
        refuses("INVALID", "a table of 2 expected, not of 3", x.copy_from, x, { 1, 2, 3 })
        refuses("INVALID", "table expected, got 1", x.copy_from, x, { 1, 2 })
        refuses("INVALID", "bad argument #1 to 'copy_from' (table, lina.Array or string", x.copy_from, x, 5)
        refuses("INVALID", "another shape", x.copy_from, x, arena:create_array("w", "i16", 4))
        refuses("INVALID", "complex", x.copy_from, x, arena:create_array("c", "c64", { 2, 2 }))
    end)

    it("are copied as from a copy where the parts overlap", function()
        local x = counting("x", "i32", { 6 })
        x:copy_from(x:slice { 6, 1, -1 })
        assert.are.same({ 6, 5, 4, 3, 2, 1 }, x:totable())
        x:slice { 2, 6 }:copy_from(x:slice { 1, 5 })
        assert.are.same({ 6, 6, 5, 4, 3, 2 }, x:totable())
        local m = counting("m", "u8", { 3, 3 })
        m:copy_from(arena:array("m"))
        assert.are.same({ { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } }, m:totable())
    end)

    it("may be ended by the function that maps them", function()
        local x = counting("x", "f64", { 4 })
        refuses("CLOSED", "it was closed", x.map, x, function() x:close() return 1 end)
        local y = counting("y", "f64", { 4 })
        local e = select(2, pcall(y.map, y, function(v) if v == 3 then error("stop", 0) end return 0 end))
        assert.are.equal("stop", e)
        assert.are.same({ 0, 0, 3, 4 }, y:totable())
        refuses("INVALID", "nil is not a number", y.map, y, function() end)
        refuses("INVALID", "bad argument #1 to 'map' (function expected, got no value)", y.map, y)
        refuses("INVALID", "bad argument #1 to 'fill' (value expected, got no value)", y.fill, y)
    end)
end)

describe("a slice", function()
    local arena

    before_each(function()
        arena = lina.Arena.create(nil, 1024 * 1024)
    end)
    after_each(function()
        arena:close()
    end)

    it("is a view of the same bytes", function()
        local x = arena:create_array("x", "i32", { 4, 5 })
        local column = x:slice(nil, 2)
        column:copy_from { 1, 2, 3, 4 }
        assert.are.equal(3, x:get(3, 2))
        assert.are.same({ 4 }, column:shape())
        assert.are.same({ 20 }, column:strides())
        assert.are.equal("strided", column:layout())
        assert.are.equal(4, x:slice(4, 2):get())
        assert.are.same({ 4, 3, 2, 1 }, column:slice({ 4, 1, -1 }):totable())
        assert.are.same({ 4, 2 }, column:slice({ nil, nil, -2 }):totable())
        assert.are.same({ 2, 3 }, column:slice({ 2, 3 }):totable())
        assert.are.same({ 4, 5 }, x:slice():shape())
        assert.are.same({ 0, 5 }, x:slice({ 3, 2 }):shape())
        assert.are.same({ 0, 5 }, x:slice({ 5 }):shape())
        assert.are.equal(0, x:slice({ 5, 4 }):sum())
    end)

    it("outlives the array that it was made from", function()
        local x = arena:create_array("x", "i32", { 4 })
        x:copy_from { 1, 2, 3, 4 }
        local part = x:slice { 2, 3 }
        x:close()
        x = nil
        helper.collect()
        arena:republish("x", "i32", 4)
        assert.are.same({ 2, 3 }, part:totable())
        assert.are.equal(1, arena:info().held)
        part = nil
        helper.collect()
        assert.are.equal(0, arena:info().held)
    end)

    it("stays inside", function()
        local x = arena:create_array("x", "i32", { 4, 5 })
        refuses("INVALID", "bad argument #1 to 'slice' (index: 5 is outside 1..4)", x.slice, x, 5)
        refuses("INVALID", "bad argument #2 to 'slice' (index: 0 is outside 1..5)", x.slice, x, nil, 0)
        refuses("INVALID", "to: 6 is outside 1..5", x.slice, x, 1, { 2, 6 })
        refuses("INVALID", "from: 0 is outside 1..5", x.slice, x, 1, { 0, 3 })
        refuses("INVALID", "from: 9 is outside 1..5", x.slice, x, 1, { 9, 8 })
        refuses("INVALID", "step: must not be 0", x.slice, x, { 1, 2, 0 })
        refuses("INVALID", "to: integer expected, got \"b\"", x.slice, x, { 1, "b" })
        refuses("INVALID", "bad argument #3 to 'slice' (the array has only 2 dimensions)", x.slice, x, 1, 1, 1)
        refuses("INVALID", "bad argument #1 to 'slice' (index, {from, to, step} or nil expected, got string)", x.slice, x, "a")
        refuses("INVALID", "1.5 has no integer representation", x.slice, x, 1.5)
    end)

    it("gets a name by alias", function()
        local frame = arena:create_array("frame", "u8", { 4, 6, 3 })
        arena:alias("red", frame:slice(nil, nil, 1))
        arena:alias("green", "frame", { offset = 1, shape = { 4, 6 }, strides = { 18, 3 } })
        arena:alias("upside down", frame:slice({ 4, 1, -1 }))
        frame:set(2, 5, 1, 200)
        frame:set(2, 5, 2, 100)
        assert.are.equal(200, arena:array("red"):get(2, 5))
        assert.are.equal(100, arena:array("green"):get(2, 5))
        assert.are.equal(100, arena:array("upside down"):get(3, 5, 2))
        refuses("EXISTS", "red", arena.alias, arena, "red", frame)
        refuses("INVALID", "", arena.alias, arena, "far", "frame", { offset = 72, shape = { 1 } })
        refuses("INVALID", "needs a shape", arena.alias, arena, "far", "frame", {})
        refuses("INVALID", "strides: 1 for 2 dimensions", arena.alias, arena, "far", "frame", { shape = { 1, 1 }, strides = { 1 } })
        refuses("INVALID", "no option \"shapes\"", arena.alias, arena, "far", "frame", { shapes = { 1 } })
        refuses("INVALID", "bad argument #2 to 'alias' (name or lina.Array expected, got nil)", arena.alias, arena, "far", nil)
        refuses("INVALID", "bad argument #3 to 'alias' (a slice has its offset", arena.alias, arena, "far", frame, {})
        refuses("NOT_FOUND", "none", arena.alias, arena, "far", "none", { shape = 1 })
        arena:republish("frame", "u8", { 4, 6, 3 })
        refuses("STALE", "its generation 1 was replaced", arena.alias, arena, "far", frame)
        local other = lina.Arena.create(nil, 4096)
        refuses("INVALID", "another arena", other.alias, other, "far", frame)
        other:close()
    end)
end)
