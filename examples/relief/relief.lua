-- Lua's part of the relief: least, greatest, mean and deviation of the heights and of Julia's slope.
local lina = require "lina"

local function statistics(name)
    local a = lina.array(name)
    local rows, columns = a:shape()[1], a:shape()[2]
    local least, greatest, sum, squares = math.huge, -math.huge, 0, 0
    for i = 1, rows do
        for j = 1, columns do
            local x = tonumber(a:get(i, j))
            least, greatest = math.min(least, x), math.max(greatest, x)
            sum, squares = sum + x, squares + x * x
        end
    end
    local mean = sum / (rows * columns)
    return least, greatest, mean, math.sqrt(squares / (rows * columns) - mean * mean)
end

lina.wait("shade_done")
local result = lina.create_array("statistics", "f64", { 2, 4 })
for row, name in ipairs { "elevation", "slope" } do
    for column, value in ipairs { statistics(name) } do
        result:set(row, column, value)
    end
    print(("Lua     %s: %.2f to %.2f, mean %.3f, deviation %.3f"):format(name, statistics(name)))
end
lina.signal("statistics_done")
