/* bulk.h - all elements at once. */
#ifndef LINA_LUA_BULK_H
#define LINA_LUA_BULK_H

#include "binding.h"

/* Puts the value at `index` into all elements. */
void array_fill(lua_State *L, const struct array *self, int index);
/* Element by element; the shapes must agree. */
void array_copy(lua_State *L, const struct array *to, const struct array *from);

#endif
