rockspec_format = "3.0"
package = "lina"
version = "0.1.0-1"
source = {
   url = "git+https://github.com/ElverseProjects/lina.git",
   tag = "v0.1.0",
   dir = "lina/bindings/lua",
}
description = {
   summary = "Named arrays in shared memory, the same bytes in Lua, Python, Julia and C",
   detailed = [[
      Lina publishes named arrays in one shared arena. Every language builds its own view over the same
      bytes, in one process or in several, and nothing is copied; named signals say when to look.
   ]],
   homepage = "https://github.com/ElverseProjects/lina",
   license = "MIT",
   labels = { "shared-memory", "ipc", "arrays", "ffi" },
}
supported_platforms = { "linux" }
dependencies = { "lua >= 5.1, < 5.5" }
build = {
   type = "make",
   build_variables = {
      CC = "$(CC)",
      CFLAGS = "$(CFLAGS)",
      LIBFLAG = "$(LIBFLAG)",
      LUA_INCDIR = "$(LUA_INCDIR)",
   },
   install_variables = {
      LUA_INCDIR = "$(LUA_INCDIR)",
      INST_LIBDIR = "$(LIBDIR)",
      INST_LUADIR = "$(LUADIR)",
   },
}
