/* literal.c - helpers that every plug-in needs: literals of a language, and symbols of a library. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "runtime.h"

static int plain(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("/._-+ ", c) != NULL;
}

char *literal(char *to, size_t room, const char *text, enum literal style) {
    const char *format = style == LITERAL_HEX ? "\\x%02x" : "\\%03u";
    size_t n = 0;
    for (const char *c = text; *c != '\0' && n + 5 < room; c++) {
        if (plain((unsigned char)*c))
            to[n++] = *c;
        else
            n += (size_t)sprintf(to + n, format, (unsigned char)*c);
    }
    to[n] = '\0';
    return to;
}

int load_symbols(void *library, const struct symbol *symbols, size_t n, char *why, size_t room) {
    for (size_t i = 0; i < n; i++) {
        void *address = dlsym(library, symbols[i].name);
        if (address == NULL) {
            snprintf(why, room, "the library has no %s", symbols[i].name);
            return -1;
        }
        memcpy(symbols[i].to, &address, sizeof address);
    }
    return 0;
}
