/* bulk.h - operations on all elements at once. */
#ifndef LINA_LUA_BULK_H
#define LINA_LUA_BULK_H

#include "binding.h"

/* Assigns the value at `index` to all elements. */
void array_fill(lua_State *L, const struct array *self, int index);
/* Copies element by element. The shapes must be equal. */
void array_copy(lua_State *L, const struct array *to, const struct array *from);

#endif
