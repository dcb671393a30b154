local helper = require "helper"
local lina = require "lina"
local refuses = helper.refuses

local SMALL = {
    i8 = { -128, 127 }, i16 = { -32768, 32767 }, i32 = { -2 ^ 31, 2 ^ 31 - 1 },
    u8 = { 0, 255 }, u16 = { 0, 65535 }, u32 = { 0, 2 ^ 32 - 1 },
}

describe("elements", function()
    local arena

    before_each(function()
        arena = lina.Arena.create(nil, 1024 * 1024)
    end)
    after_each(function()
        arena:close()
    end)

    for dtype, range in pairs(SMALL) do
        it("of " .. dtype .. " take what fits, and nothing else", function()
            local x = arena:create_array("x", dtype, 3)
            local low, high = range[1], range[2]
            x[1], x[2], x[3] = low, high, 1
            assert.is_true(x[1] == low and x[2] == high)
            assert.is_true(x:min() == low and x:max() == high and x:sum() == low + high + 1)
            refuses("INVALID", "does not fit into " .. dtype, function() x[1] = low - 1 end)
            refuses("INVALID", "does not fit into " .. dtype, function() x[1] = high + 1 end)
            refuses("INVALID", "1.5 has no integer representation", function() x[1] = 1.5 end)
            refuses("INVALID", "has no integer representation", function() x[1] = 0 / 0 end)
            refuses("INVALID", "\"1\" is not an integer", function() x[1] = "1" end)
            refuses("INVALID", "nil is not an integer", function() x[1] = nil end)
            assert.is_true(x[1] == low)
        end)
    end

    it("of floating point are rounded to nearest", function()
        for dtype, cases in pairs {
            f64 = { { 0.1, 0.1 }, { -2 ^ -1074, -2 ^ -1074 } },
            f32 = { { 0.1, 0.10000000149011612 }, { 1e300, math.huge } },
            f16 = { { 0.1, 0.0999755859375 }, { 65504, 65504 }, { 65520, math.huge }, { 2 ^ -24, 2 ^ -24 }, { 2049, 2048 } },
            bf16 = { { 0.1, 0.10009765625 }, { 3e38, 226 * 2 ^ 120 }, { -257, -256 } },
        } do
            local x = arena:create_array(dtype, dtype, 1)
            for _, case in ipairs(cases) do
                x[1] = case[1]
                assert.are.equal(case[2], x[1])
                assert.are.equal(case[2], x:sum())
            end
            x[1] = 0 / 0
            assert.is_true(x[1] ~= x[1] and x:max() ~= x:max())
            refuses("INVALID", "is not a number", function() x[1] = "1" end)
            refuses("INVALID", "is not a number", function() x[1] = true end)
        end
    end)

    it("of bool are booleans, and every byte but 0 is true", function()
        local x = arena:create_array("x", "bool", 3)
        x[1] = true
        arena:buffer("x")[2] = 7
        assert.are.same({ true, true, false }, x:totable())
        assert.are.equal(2, x:sum())
        refuses("INVALID", "0 is not a boolean", function() x[1] = 0 end)
        refuses("INVALID", "bool has no order", x.max, x)
    end)

    it("of complex are two numbers, or a table of two", function()
        for _, dtype in ipairs { "c64", "c128" } do
            local x = arena:create_array(dtype, dtype, { 2 })
            x:set(1, 1.5, -2)
            x[2] = { 3, 4 }
            assert.are.same({ 1.5, -2 }, { x:get(1) })
            assert.are.same({ 3, 4 }, x[2])
            assert.are.same({ { 1.5, -2 }, { 3, 4 } }, x:totable())
            assert.are.same({ 4.5, 2 }, { x:sum() })
            x:set(1, 8)
            assert.are.same({ 8, 0 }, { x:get(1) })
            x:map(function(re, im) return -im, re end)
            assert.are.same({ -4, 3 }, { x:get(2) })
            for i, re, im in x:iter() do
                if i == 2 then
                    assert.are.same({ -4, 3 }, { re, im })
                end
            end
            refuses("INVALID", "has no order", x.min, x)
            refuses("INVALID", "is not a complex number", function() x[1] = { 1 } end)
            refuses("INVALID", "is not a complex number", function() x[1] = "1" end)
        end
    end)

    it("of 64 bits are exact, or an error where they cannot be", function()
        local bytes = { i64 = "\255\255\255\255\255\255\255\127", u64 = ("\255"):rep(8) }
        for dtype, largest in pairs(bytes) do
            local x = arena:create_array(dtype, dtype, 2)
            x[1] = 2 ^ 53
            assert.is_true(x[1] == 2 ^ 53)
            arena:buffer(dtype):copy_from(largest .. ("\1\0\0\0\0\0\32\0")) -- 2^53 + 1
            if helper.has_integers then
                local text = dtype == "i64" and "9223372036854775807" or "-1"
                assert.are.equal(text, tostring(x[1]))
                assert.are.equal("9007199254740993", tostring(x[2]))
                x[2] = x[1]
            elseif helper.is_luajit then
                local text = dtype == "i64" and "9223372036854775807LL" or "18446744073709551615ULL"
                assert.are.equal(text, tostring(x[1]))
                assert.are.equal(dtype == "i64" and "9007199254740993LL" or "9007199254740993ULL", tostring(x[2]))
                x[2] = x[1]
            else
                refuses("INVALID", "beyond 2^53", function() return x[1] end)
                refuses("INVALID", "9007199254740993 is beyond 2^53", function() return x[2] end)
                refuses("INVALID", "beyond 2^53", function() x[1] = 2 ^ 54 end)
                arena:buffer(dtype):copy_from(largest .. largest)
            end
            assert.are.equal(largest .. largest, arena:buffer(dtype):string())
            assert.matches(dtype == "i64" and "%[9223372036854775807, " or "%[18446744073709551615, ", tostring(x))
            refuses("INVALID", "fit", x.sum, x)
            refuses("INVALID", "", function() x[1] = 2 ^ 64 end)
            refuses("INVALID", "", function() x[1] = 0.5 end)
        end
        refuses("INVALID", "does not fit into u64", function() arena:array("u64")[1] = -1.0 end)
    end)

    it("that are not aligned are read and written all the same", function()
        arena:create_array("bytes", "u8", 64)
        arena:create_array("x", "f64", 4)
        arena:remove("x")
        arena:create_array("x", "f64", 4)
        arena:alias("odd", "x", { offset = 3, shape = { 3 } })
        local odd = arena:array("odd")
        odd:copy_from { 1.25, -2, 1e300 }
        assert.are.same({ 1.25, -2, 1e300 }, odd:totable())
        assert.are.equal(1e300, odd:max())
    end)
end)
