local helper = require "helper"
local lina = require "lina"
local refuses = helper.refuses

describe("a loan", function()
    local arena

    before_each(function()
        arena = lina.Arena.create(nil, 1024 * 1024)
    end)
    after_each(function()
        arena:close()
    end)

    it("is published whole when its function ends", function()
        local old = arena:create_array("x", "f64", 2)
        local result, more = arena:loan("x", "f64", { 2, 3 }, function(x)
            x:fill(7)
            assert.is_true(x:is_loan())
            assert.are.same({ 2 }, arena:array("x"):shape())
            return "done", nil
        end)
        assert.are.equal("done", result)
        assert.is_nil(more)
        local new = arena:array("x")
        assert.are.same({ 2, 3 }, new:shape())
        assert.are.equal(42, new:sum())
        assert.are.equal(2, new:generation())
        assert.is_false(old:is_current())
        assert.are.same({ 0, 0 }, old:totable())
    end)

    it("is discarded when its function fails, with that very error", function()
        arena:create_array("x", "f64", 2)
        local problem = { "a table" }
        local ok, e = pcall(arena.loan, arena, "x", "f64", 9, function() error(problem) end)
        assert.is_false(ok)
        assert.are.equal(problem, e)
        assert.are.same({ 2 }, arena:open_desc("x").shape)
        pcall(arena.loan, arena, "y", "f64", 9, function() error("no") end)
        refuses("NOT_FOUND", "y", arena.array, arena, "y")
        assert.are.equal(0, arena:info().held)
    end)

    it("ends for all that was made from it", function()
        local kept, part
        arena:loan("x", "u8", { 2, 2 }, function(x)
            x:fill(1)
            kept, part = x, x[1]
        end)
        for _, gone in ipairs { kept, part } do
            refuses("CLOSED", "the loan was published or discarded", function() return gone[1] end)
            refuses("CLOSED", "the loan was published or discarded", function() gone[1] = 5 end)
            refuses("CLOSED", "the loan was published or discarded", gone.publish, gone)
            assert.matches("closed", tostring(gone))
        end
        assert.are.equal(4, arena:array("x"):sum())
    end)

    it("without a function is published or discarded by hand", function()
        local x = arena:loan("x", "u8", 3, "F")
        x:fill(3)
        refuses("NOT_FOUND", "x", arena.array, arena, "x")
        x:publish()
        assert.are.equal(9, arena:array("x"):sum())
        local y = arena:loan("y", "u8", 3)
        y:discard()
        refuses("NOT_FOUND", "y", arena.array, arena, "y")
        local now = arena:array("x")
        refuses("INVALID", 'array "x": it is not an unpublished loan', now.publish, now)
        refuses("INVALID", 'array "x": it is not an unpublished loan', now.discard, now)
        arena:loan("x", "u8", 1, function(z) z:discard() end)
        assert.are.same({ 3 }, arena:open_desc("x").shape)
    end)

    it("that is dropped gives its memory back", function()
        for _ = 1, 300 do
            arena:loan("x", "u8", 100 * 1024)
        end
        for _ = 1, 300 do
            arena:loan("x", "u8", 100 * 1024):close()
        end
        helper.collect()
        assert.are.equal(0, arena:info().used_bytes)
    end)

    it("may be filled by a coroutine that yields in between", function()
        local step = coroutine.wrap(function()
            local x = arena:loan("x", "i32", 2)
            x[1] = coroutine.yield()
            x[2] = coroutine.yield()
            x:publish()
        end)
        step() step(5) step(6)
        assert.are.same({ 5, 6 }, arena:array("x"):totable())
        if _VERSION ~= "Lua 5.1" or helper.is_luajit then
            local inside = coroutine.wrap(function()
                arena:loan("x", "i32", 1, function(x) x[1] = coroutine.yield() end)
            end)
            inside() inside(8)
            assert.are.same({ 8 }, arena:array("x"):totable())
        end
    end)

    it("names the argument that is wrong", function()
        refuses("INVALID", "bad argument #1 to 'loan' (string expected, got no value)", arena.loan, arena)
        refuses("INVALID", "bad argument #2 to 'loan' (\"f\" is no dtype", arena.loan, arena, "x", "f", 3)
        refuses("INVALID", "bad argument #4 to 'loan' (function expected, got number)", arena.loan, arena, "x", "u8", 3, 5)
        refuses("INVALID", "bad argument #5 to 'loan' (there is no option", arena.loan, arena, "x", "u8", 3, print, { y = 1 })
        refuses("NOT_READY", '"x": there is no default arena yet', lina.loan, "x", "u8", 3)
        refuses("NO_MEMORY", "x", arena.loan, arena, "x", "u8", 2 ^ 30)
        local e = refuses("INVALID", "bad argument #2", function() return arena:loan("x", "f", 3), 1 end)
        assert.matches("spec/loans_spec.lua:%d+: bad argument #2", tostring(e))
    end)

    it("takes a republished name on", function()
        local x = arena:republish("x", "u8", 3)
        assert.are.equal(1, x:generation())
        assert.are.equal(2, arena:republish("x", "f32", { 2, 2 }, "F"):generation())
        refuses("INVALID", "bad argument #2 to 'republish'", arena.republish, arena, "x", 7, 1)
    end)
end)
