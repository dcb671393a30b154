--- A coroutine reads a stream on a luv loop, and another fills it, which waits for room without blocking.
--
--     lua example/streams.lua        after LUA_PATH and LUA_CPATH lead to lina; luv is Debian's lua-luv

local lina = require "lina"
local uv = require "luv"

--- Lets the coroutine sleep until the descriptor is readable.
local function await(fd, watch)
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

--- The next of a reader, or nil at the end.
local function next_of(reader)
    while true do
        local x, ended = reader:poll()
        if x or ended then return x end
        await(reader:fd())
    end
end

--- Publishes the loan as soon as there is room.
local function publish(loan)
    while true do
        local ok, e = pcall(loan.publish, loan, 0)
        if ok then return end
        if e.code ~= "BEHIND" then error(e, 0) end
        await(lina.room_fd(loan:name()))
    end
end

local function spawn(f)
    assert(coroutine.resume(coroutine.create(f)))
end

lina.init_arena(1024 * 1024)
lina.stream("numbers", 2)
local reader, sum = lina.follow("numbers"), 0

spawn(function()
    local producer = lina.produce("numbers")
    for n = 1, 100 do
        publish(lina.loan("numbers", "i32", 1):fill(n))
    end
    producer:close()
end)

spawn(function()
    local x = next_of(reader) -- in Lua 5.1 what a `for` calls cannot yield
    while x do
        sum = sum + x[1]
        x = next_of(reader)
    end
    reader:close()
end)

uv.run()
print("the sum is " .. sum)
