--- What the specs share.

local lina = require "lina"

local helper = {}

helper.is_luajit = rawget(_G, "jit") ~= nil
helper.has_integers = math.type ~= nil
helper.lua = os.getenv("LINA_LUA") or arg[-1]

--- The LinaError that `f` raises.
function helper.fails(f, ...)
    local ok, e = pcall(f, ...)
    assert(not ok, "no error was raised")
    assert(getmetatable(e) == lina.LinaError, "not a LinaError: " .. tostring(e))
    return e
end

--- That error's code and its message.
function helper.refuses(code, text, f, ...)
    local e = helper.fails(f, ...)
    assert(e.code == code, ("code %s, not %s: %s"):format(e.code, code, e.message))
    assert(e.message:find(text, 1, true), ("%q is not in %q"):format(text, e.message))
    return e
end

local names = 0

--- A name for a shared arena that nobody else uses.
function helper.unique(what)
    names = names + 1
    return ("shm:lina-lua-%s-%s-%d"):format(what, tostring({}):match("0x(%x+)"), names)
end

--- Collects until nothing more is found.
function helper.collect()
    for _ = 1, 4 do
        collectgarbage()
    end
end

--- Runs a script in a Lua of its own; what it printed, and whether it ended well.
function helper.run(script, environment)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(script)
    file:close()
    local pipe = assert(io.popen(("%s %s %s 2>&1; echo \"exit code $?\""):format(environment or "", helper.lua, path)))
    local output = pipe:read("*a")
    pipe:close()
    os.remove(path)
    local text, code = output:match("^(.-)\n?exit code (%d+)\n$")
    return text, tonumber(code)
end

--- A script in a process of its own that runs beside this one.
function helper.start(script)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(script)
    file:close()
    -- `exec` lets Lua take the place of the shell, so the shell's process number is Lua's.
    local pipe = assert(io.popen(("sh -c 'echo $$; exec env --default-signal=INT %s %s' 2>&1"):format(helper.lua, path)))
    local process = { pid = pipe:read("*l") }

    function process:kill(signal)
        assert(os.execute(("kill -%s %s"):format(signal, self.pid)))
    end

    --- All that it printed until its end.
    function process.finish()
        local output = pipe:read("*a")
        pipe:close()
        os.remove(path)
        return output
    end

    return process
end

return helper
