-- Lua's part of the stress: overflows of the stack, errors, garbage.
local lina = require "lina"

local function overflow()
    return 1 + overflow()
end

local function play()
    assert(not pcall(overflow))
    for i = 1, 1000 do
        local ok, problem = pcall(error, i)
        assert(not ok and tostring(problem) == tostring(i))
    end
    local texts = {}
    for i = 1, 1000 do
        texts[i] = ("x"):rep(i)
    end
    collectgarbage()
    local x = lina.array("x")
    x[3] = x[3] + 1
    lina.signal("rounds.lua")
end

while not lina.try_wait("stop") do
    play()
end
