--- Hundreds of coroutines wait for signals on one luv loop, which goes on turning meanwhile.
--
--     lua example/luv.lua        after LUA_PATH and LUA_CPATH lead to lina; luv is Debian's lua-luv

local lina = require "lina"
local uv = require "luv"

local WORKERS = 300

--- Lets the coroutine sleep until the signal is set, or its counter at least `target`.
local function await(name, target)
    if lina.poll { target and { name, target } or name } then
        return
    end
    local fd, watch = lina.fd(name, target)
    local poll = assert(uv.new_poll(fd))
    local waiter = coroutine.running()
    poll:start("r", function(problem)
        poll:stop()
        poll:close(function() watch:close() end) -- first the loop lets go of the descriptor
        assert(not problem, problem)
        assert(coroutine.resume(waiter))
    end)
    coroutine.yield()
end

local function spawn(f, ...)
    assert(coroutine.resume(coroutine.create(f), ...))
end

lina.init_arena(1024 * 1024)
local sum = lina.create_array("sum", "i32", 1)
local done, turns = 0, 0

for i = 1, WORKERS do
    spawn(function()
        await("part " .. i)
        sum[1] = sum[1] + i
        done = done + 1
        lina.signal("done")
    end)
end

-- The loop is not blocked: it ticks, and signals one part after the other.
local ticker = assert(uv.new_timer())
ticker:start(1, 1, function()
    for _ = 1, 20 do
        turns = turns + 1
        if turns <= WORKERS then
            lina.signal("part " .. turns)
        end
    end
end)

spawn(function()
    await("done", WORKERS)
    ticker:close()
end)

uv.run()
print(("%d workers, sum %d, the loop went on turning: %s"):format(done, tonumber(sum[1]), tostring(turns >= WORKERS)))
