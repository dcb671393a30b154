-- Runs one script in a fresh state as `lua SCRIPT` would. Works in every Lua since 5.1, and in LuaJIT.
local path, arguments, output, errors, reads = ...
local unpack = table.unpack or unpack
local stderr = io.stderr
local pcall, xpcall, resume = pcall, xpcall, coroutine.resume -- the script gets others

-- A file of Lua's own, which writes where the host's descriptor does. It has no buffer, so parts of lines are seen at once.
local function open(descriptor)
    local file = assert(io.open("/dev/null", "w"))
    point(file, descriptor)
    file:setvbuf("no")
    return file
end

local function print_to(file)
    return function(...)
        local texts = { ... }
        for i = 1, select("#", ...) do
            texts[i] = tostring(texts[i])
        end
        file:write(table.concat(texts, "\t") .. "\n")
    end
end

if output ~= 0 then
    io.stdout = open(output)
    io.output(io.stdout)
    print = print_to(io.stdout)
end
if errors ~= 0 then
    io.stderr = open(errors)
    stderr = io.stderr
end
if not reads then
    io.stdin = assert(io.open("/dev/null"))
    io.input(io.stdin)
end

-- Lua does not close files of C's own. The driver's are no other.
local methods = getmetatable(io.stdin).__index
local function unclosed(close, default)
    return function(...)
        local file = select("#", ...) == 0 and default and default() or ...
        if file == io.stdin or file == io.stdout or file == io.stderr then
            return nil, "cannot close standard file"
        end
        return close(...)
    end
end
io.close, methods.close = unclosed(io.close, io.output), unclosed(methods.close)

-- os.exit ends the script, not its host. It raises an error, which the script's own pcall, xpcall and
-- coroutine.resume pass on.
-- A finalizer may call it when the state is closed. So it tells the plug-in the status.
local ending
function os.exit(code)
    ending = { status = code == nil and 0 or code == true and 0 or code == false and 1 or tonumber(code) or 1 }
    set_status(tostring(ending.status % 256))
    error(ending, 0)
end
local function unless_ending(...)
    if ending then
        error(ending, 0)
    end
    return ...
end
_G.pcall = function(...)
    return unless_ending(pcall(...))
end
_G.xpcall = function(...)
    return unless_ending(xpcall(...))
end
coroutine.resume = function(...)
    return unless_ending(resume(...))
end

-- The chunk of the driver is named "[lina]", and that in which a wait of Lina sees an interrupt is named "lina". A
-- traceback ends where the driver called the script.
local function without_driver(trace)
    local first = trace:find("\n[^\n]*xpcall[^\n]*\n\t%[lina%]:[^\n]*\n\t%[lina%]:[^\n]*$")
    trace = first and trace:sub(1, first - 1) .. "\n\t[C]: in ?" or trace
    trace = trace:gsub("\n\t%[lina%]:[^\n]*", ""):gsub("\n\tlina:[^\n]* in main chunk", "")
    return (trace:gsub("\n\t%(%.*tail call[^\n]*(\n\t%[C%]: in %?)$", "%1"))
end

local function with_traceback(e)
    if ending then
        return ending
    end
    local text = e
    if type(e) ~= "string" then
        text = type(e) == "table" and getmetatable(e) and getmetatable(e).__tostring and tostring(e)
            or "(error object is a " .. type(e) .. " value)"
    end
    local trace = debug.traceback(text, 2)
    return without_driver(trace)
end

-- The command lua runs the text of LUA_INIT, or the file that it names as "@FILE", before the script.
local function load_init()
    local name = _VERSION:gsub("Lua (%d)%.(%d)", "LUA_INIT_%1_%2")
    local init = _VERSION ~= "Lua 5.1" and os.getenv(name) or os.getenv("LUA_INIT") or ""
    if init:sub(1, 1) == "@" then
        return loadfile(init:sub(2))
    end
    return (loadstring or load)(init, "=LUA_INIT")
end

arguments[0] = path
_G.arg = arguments -- Lua 5.1 has a local `arg` in a function with `...`
local ok, result = true, nil
for _, load_chunk in ipairs({ load_init, loadfile }) do
    local chunk, problem = load_chunk(path)
    if chunk and ok then
        ok, result = xpcall(function()
            return chunk(unpack(arguments))
        end, with_traceback)
    elseif ok then
        ok, result = false, problem
    end
end
if ending then
    return ending.status % 256
end
if ok then
    return 0
end
pcall(stderr.write, stderr, "lua: ", tostring(result), "\n")
return 1
