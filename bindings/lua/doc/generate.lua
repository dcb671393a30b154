--- Writes doc/reference.md and library/lina.lua, the types for LuaLS, from doc/api.lua:
--
--     lua doc/generate.lua           in the folder bindings/lua
--     lua doc/generate.lua --check   only tells whether they are as they would be written

package.path = "doc/?.lua;" .. package.path
local api = require "api"

-- "order?: lina.Order" is order, true, lina.Order.
local function parameter(text)
    local name, optional, kind = text:match("^([%w_%.]+)(%??): (.+)$")
    return name, optional == "?", kind
end

local function signature(entry)
    local required, optional = {}, {}
    for _, text in ipairs(entry[3]) do
        local name, is_optional = parameter(text)
        local list = is_optional and optional or required
        list[#list + 1] = name
    end
    local text = table.concat(required, ", ")
    for _, name in ipairs(optional) do
        text = text .. (text == "" and "[" or " [, ") .. name .. "]"
    end
    return ("%s(%s)"):format(entry[1], text)
end

-- ---- the page ----------------------------------------------------------------------------------------

local function returns(entry)
    return #entry[4] == 0 and "" or " → " .. table.concat(entry[4], ", ")
end

local function section(out, title, text, prefix, entries)
    out[#out + 1] = ("## %s\n\n%s\n"):format(title, text)
    for _, entry in ipairs(entries) do
        out[#out + 1] = ("- **`%s%s`**%s  \n  %s"):format(prefix(entry), signature(entry), returns(entry), entry[2])
    end
    out[#out + 1] = ""
end

local function constant(text)
    return function()
        return text
    end
end

local function page()
    local out = { "# Reference\n\nMade from doc/api.lua by doc/generate.lua: edit that. [README.md](../README.md) introduces.\n" }
    section(out, "The default arena", "Who makes it and joins it.", constant "lina.", api.lina)
    section(out, "Arrays and signals", "Functions of `lina`, about the default arena, and methods of every arena: "
        .. "`lina.wait(name)`, `arena:wait(name)`.", constant "", api.arena)
    section(out, "lina.Arena", "Arenas beside the default one.", function(entry)
        return entry.static and "lina.Arena." or "arena:"
    end, api.Arena)
    section(out, "lina.Array", "Besides the methods: `a[i]` and `a[i] = v` (an element, or a row where there are more "
        .. "dimensions), `#a` (the first extent), `tostring(a)`; in Lua 5.4 `local a <close> = ...`.", constant "a:", api.Array)
    section(out, "lina.Reader", "What `lina.follow` returns. A `for` loop calls it; in Lua 5.4 leaving the loop closes it, "
        .. "in others its end, `reader:close()` or the collector.", constant "reader:", api.Reader)
    section(out, "lina.Producer", "What `lina.produce` returns without a function.", constant "producer:", api.Producer)
    section(out, "lina.Watch", "What `lina.fd`, `lina.room_fd` and `reader:fd` return beside the descriptor.", constant "watch:", api.Watch)
    return table.concat(out, "\n")
end

-- ---- the types ---------------------------------------------------------------------------------------

local function declaration(out, owner, entry)
    local names = {}
    out[#out + 1] = "---" .. entry[2]
    for _, text in ipairs(entry[3]) do
        local name, is_optional, kind = parameter(text)
        names[#names + 1] = name
        out[#out + 1] = ("---@param %s%s %s"):format(name, is_optional and "?" or "", kind)
    end
    for _, kind in ipairs(entry[4]) do
        out[#out + 1] = "---@return " .. kind
    end
    out[#out + 1] = ("function %s%s(%s) end\n"):format(owner, entry[1], table.concat(names, ", "))
end

local function declarations(out, owner, entries)
    for _, entry in ipairs(entries) do
        declaration(out, entry.static and owner:gsub(":$", ".") or owner, entry)
    end
end

local function types()
    local out = { "---@meta lina\n-- Made from doc/api.lua by doc/generate.lua: edit that.\n" }
    for _, alias in ipairs(api.types) do
        out[#out + 1] = ("---@alias %s %s"):format(alias[1], alias[2])
    end
    out[#out + 1] = [[

---@class lina.LinaError
---@field code string the reason: "NOT_FOUND", "TIMEOUT" and so on
---@field name string of the array, signal or arena
---@field message string
---@field where string the line that called, or ""
---@field loan lina.Array? the loan that could not be published, which it still is

---@class lina.Array
---@field [integer] any
---@operator len: integer
local Array = {}

---@class lina.Arena
local Arena = {}

---@class lina.Reader
---@overload fun(): lina.Array?
local Reader = {}

---@class lina.Producer
local Producer = {}

---@class lina.Watch
local Watch = {}

---@class lina
---@field LinaError table the metatable of errors
---@field Arena lina.Arena
local lina = {}
]]
    declarations(out, "lina.", api.lina)
    declarations(out, "lina.", api.arena)
    declarations(out, "Arena:", api.Arena)
    declarations(out, "Arena:", api.arena)
    declarations(out, "Array:", api.Array)
    declarations(out, "Reader:", api.Reader)
    declarations(out, "Producer:", api.Producer)
    declarations(out, "Watch:", api.Watch)
    out[#out + 1] = "return lina\n"
    return table.concat(out, "\n")
end

-- ---- files -------------------------------------------------------------------------------------------

local function read(path)
    local file = io.open(path)
    local text = file and file:read("*a")
    if file then
        file:close()
    end
    return text
end

local stale = false
for path, text in pairs { ["doc/reference.md"] = page(), ["library/lina.lua"] = types() } do
    if read(path) ~= text then
        stale = true
        if arg[1] ~= "--check" then
            local file = assert(io.open(path, "w"))
            file:write(text)
            file:close()
        end
    end
end
if arg[1] == "--check" and stale then
    io.stderr:write("doc/reference.md or library/lina.lua is not what doc/generate.lua makes: run it\n")
    os.exit(1)
end
