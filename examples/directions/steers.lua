-- Watches the swing of its C++ host, and brakes it after a while, until it stands still.
local lina = require "lina"

local settings, state = lina.array("settings"), lina.array("state")
local GRAVITY, FRICTION, RUNNING, ENERGY = 1, 2, 3, 3

local turn = 0
repeat
    turn = turn + 1
    lina.wait_value("stepped", turn)
    if turn == 10 then
        print(("Lua     energy %.4f: brakes"):format(state[ENERGY]))
        settings[FRICTION] = settings[GRAVITY] / 2
    end
    local still = state[ENERGY] < 1e-3
    settings[RUNNING] = still and 0 or 1
    lina.signal("steered")
until still
