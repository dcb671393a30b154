local helper = require "helper"
local lina = require "lina"

package.path = "doc/?.lua;" .. package.path
local api = require "api"

local function read(path)
    local file = assert(io.open(path))
    local text = file:read("*a")
    file:close()
    return text
end

describe("the reference", function()
    local function names(...)
        local set = {}
        for _, entries in ipairs { ... } do
            for _, entry in ipairs(entries) do
                set[entry[1]] = true
            end
        end
        return set
    end

    local function functions_of(module)
        local set = {}
        for name, value in pairs(module) do
            if type(value) == "function" and name:sub(1, 1) ~= "_" then
                set[name] = true
            end
        end
        return set
    end

    it("has every function, and no other", function()
        local core = require "lina.core"
        assert.are.same(names(api.lina, api.arena), functions_of(lina))
        assert.are.same(functions_of(core.array), names(api.Array))
        assert.are.same(functions_of(core.reader), names(api.Reader))
        local methods, constructors = {}, {}
        for _, entry in ipairs(api.Arena) do
            (entry.static and constructors or methods)[entry[1]] = true
        end
        assert.are.same(constructors, functions_of(lina.Arena))
        for name in pairs(names(api.arena)) do
            methods[name] = true
        end
        assert.are.same(methods, functions_of(core.arena))
    end)

    it("and the types are what their source says", function()
        local output, code = helper.run("arg = { '--check' } dofile 'doc/generate.lua'")
        assert.are.equal("", output)
        assert.are.equal(0, code)
    end)
end)

describe("README.md", function()
    local text = "\n" .. read("README.md")
    local count = 0

    -- Others may test at the same time.
    local function under_own_name(snippet, where)
        return (snippet:gsub("shm:weather", where))
    end

    for mark, snippet in text:gmatch("\n([^\n]*)\n```lua\n(.-)\n```\n") do
        if not mark:find("file:", 1, true) then
            count = count + 1
            it(("snippet %d runs: %s"):format(count, snippet:match("lina%.[^\n]*")), function()
                if snippet:find("lina.ffi", 1, true) and not helper.is_luajit then
                    return
                end
                local output, code = helper.run(under_own_name(snippet, helper.unique("readme")))
                assert.are.equal("", output)
                assert.are.equal(0, code)
            end)
        end
    end

    it("has snippets", function()
        assert.is_true(count >= 6)
    end)

    it("has two programs that work together", function()
        local where = helper.unique("weather")
        local program = {}
        for name, snippet in text:gmatch("\n<!%-%- file: (%w+).lua %-%->\n```lua\n(.-)\n```\n") do
            program[name] = under_own_name(snippet, where)
        end
        local writer = helper.start(program.writer)
        -- The worker tries to join until the writer has made the arena.
        local worker = program.worker:gsub("lina.attach(%b())", "repeat until pcall(lina.attach, %1)")
        local output, code = helper.run(worker)
        assert.are.equal("", output)
        assert.are.equal(0, code)
        assert.matches('^lina.Array "result" f64 {2, 3} %[2.*, 4.*, 6.*, 8.*, 10.*, 12.*%]\n$', writer.finish())
    end)

    it("has a camera and a viewer", function()
        local where = helper.unique("frames")
        local program = {}
        for name, snippet in text:gmatch("\n<!%-%- file: (%w+).lua %-%->\n```lua\n(.-)\n```\n") do
            program[name] = snippet:gsub("shm:frames", where)
        end
        local camera = helper.start(program.camera)
        -- The viewer tries to join until the camera has made the arena, and then the stream.
        local viewer = program.viewer:gsub("lina.attach(%b())", "repeat until pcall(lina.attach, %1)\nrepeat until pcall(lina.stream, 'frame')")
        local output, code = helper.run(viewer)
        assert.matches("^5050%.?0?\t100%.?0?\t0", output)
        assert.are.equal(0, code)
        assert.are.equal("", camera.finish())
    end)
end)

describe("the example for luv", function()
    it("lets hundreds of coroutines wait on one loop", function()
        local output, code = helper.run(read("example/luv.lua"))
        assert.are.equal("300 workers, sum 45150, the loop went on turning: true", output)
        assert.are.equal(0, code)
    end)

    it("has coroutines that read and fill a stream", function()
        local output, code = helper.run(read("example/streams.lua"))
        assert.are.equal("the sum is 5050", output)
        assert.are.equal(0, code)
    end)
end)
