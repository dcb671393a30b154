-- Lua 5.1 to 5.4 and LuaJIT, all at once.
std = "max"
max_line_length = 150
cache = false
exclude_files = { "**/library" } -- declarations only
files["**/*_spec.lua"] = { std = "max+busted", ignore = { "311" } }
files["**/api.lua"] = { max_line_length = false }
