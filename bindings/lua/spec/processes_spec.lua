local helper = require "helper"
local lina = require "lina"

describe("between processes", function()
    local arena, where

    before_each(function()
        where = helper.unique("processes")
        arena = lina.Arena.create(where, 1024 * 1024, { temporary = true })
    end)
    after_each(function()
        arena:close()
    end)

    local function script(text)
        return ("local lina = require 'lina'\nlina.attach(%q)\n"):format(where) .. text
    end

    it("arrays and signals are the same", function()
        arena:create_array("input", "f64", { 2, 3 }):copy_from { { 1, 2, 3 }, { 4, 5, 6 } }
        local worker = helper.start(script [[
            lina.wait("data_ready", 60)
            local x = lina.array("input")
            lina.loan("result", "f64", x:shape(), function(y)
                y:copy_from(x)
                y:map(function(v) return 2 * v end)
            end)
            lina.signal("math_done")
            print("worked")
        ]])
        arena:signal("data_ready")
        arena:wait("math_done", 60)
        assert.are.same({ { 2, 4, 6 }, { 8, 10, 12 } }, arena:array("result"):totable())
        assert.are.equal("worked\n", worker.finish())
    end)

    it("LINA_CORE names the library, and one that does not fit is refused", function()
        local path = os.tmpname()
        assert(os.execute(("cp %q %q"):format(lina.library(), path)))
        local output = helper.run("print(require('lina').library())", "LINA_CORE=" .. path)
        os.remove(path)
        assert.are.equal(path, output)
        output = helper.run("require 'lina'", "LINA_CORE=/no/such.so")
        assert.matches("LINA_CORE names /no/such%.so: ", output)
        output = helper.run("require 'lina'", "LINA_CORE=libm.so.6")
        assert.matches("has no lina_[%w_]+: it is older than this module", output)
    end)

    it("LINA_ARENA is joined without set-up, and an error says why it could not be", function()
        arena:create_array("x", "u8", 3):fill(2)
        local output, code = helper.run("print(require('lina').array('x'):sum())", "LINA_ARENA=" .. where)
        assert.are.equal("6", output)
        assert.are.equal(0, code)
        output = helper.run("print(pcall(require('lina').array, 'x'))", "LINA_ARENA=shm:there-is-none")
        assert.matches("LINA_ARENA: .*there%-is%-none", output)
        output = helper.run("local lina = require('lina') lina.init_arena(4096) print(#lina.list())", "LINA_ARENA=shm:there-is-none")
        assert.are.equal("0", output)
    end)

    for _, wait in ipairs { "lina.wait('never')", "lina.wait_value('never', 9)", "lina.wait('never', 100)", "lina.wait_any { 'never', 'ever' }",
        "coroutine.wrap(function() lina.wait('never') end)()" } do
        it("Ctrl-C ends " .. wait, function()
            local worker = helper.start(script([[
                local ok, e = pcall(function() lina.signal("here") ]] .. wait .. [[ end)
                print(ok, e)
                lina.signal("after")
            ]]))
            arena:wait("here", 60)
            worker:kill("INT")
            local output = worker.finish()
            assert.matches("false\t.*interrupted!", output)
        end)
    end

    it("a killed partner's loans, views and place are given back", function()
        arena:create_array("x", "u8", 100 * 1000)
        for round = 1, 5 do
            local partner = helper.start(script [[
                x = lina.array("x")
                loan = lina.loan("x", "u8", 400 * 1000)
                fd = lina.fd("never")
                lina.signal("here")
                lina.wait("never")
            ]])
            arena:wait_value("here", round, 60)
            partner:kill("KILL")
            partner.finish()
            arena:loan("x", "u8", 600 * 1000, function() end)
            arena:loan("x", "u8", 100 * 1000, function() end)
        end
        arena:check()
        helper.collect()
        assert.are.equal(1, arena:info().members)
        assert.are.equal(0, arena:info().held)
    end)

    it("a partner killed while it publishes leaves the array whole", function()
        arena:create_array("x", "i64", 1000)
        for round = 1, 5 do
            local partner = helper.start(script [[
                lina.signal("here")
                for n = 1, math.huge do
                    lina.loan("x", "i64", 1000, function(x) x:fill(n) end)
                end
            ]])
            arena:wait_value("here", round, 60)
            for _ = 1, 200 do
                local x = arena:array("x")
                assert.is_true(x:min() == x:max())
                x:close()
            end
            partner:kill("KILL")
            partner.finish()
            local x = arena:array("x")
            assert.is_true(x:min() == x:max())
        end
        arena:check()
    end)
end)
