/* remedy.c - says how to install what is missing, with the names that the packages have in this distribution.
 *
 * If the table has no name for this distribution, the text says what the thing is. A wrong name would be worse. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

enum family { DEBIAN, RHEL, FEDORA, ARCH, ALPINE, SUSE, FAMILIES };

static const struct {
    const char *install;
    const char *ids[4]; /* what ID or ID_LIKE of os-release says */
} families[FAMILIES] = {
    [DEBIAN] = {"apt install", {"debian", "ubuntu"}},
    [RHEL] = {"dnf install", {"rhel", "centos"}},
    [FEDORA] = {"dnf install", {"fedora"}},
    [ARCH] = {"pacman -S", {"arch"}},
    [ALPINE] = {"apk add", {"alpine"}},
    [SUSE] = {"zypper install", {"suse", "opensuse"}},
};

static const struct {
    const char *thing, *what;
    const char *packages[FAMILIES];
} remedies[] = {
    {"python",
     "Python 3.11 or later, with its header and shared library",
     {[DEBIAN] = "python3 python3-dev",
      [RHEL] = "python3.12 python3.12-devel",
      [FEDORA] = "python3 python3-devel",
      [ARCH] = "python",
      [ALPINE] = "python3 python3-dev"}},
    {"lua",
     "Lua 5.1 or later, or LuaJIT",
     {[DEBIAN] = "lua5.4",
      [RHEL] = "lua",
      [FEDORA] = "lua",
      [ARCH] = "luajit",
      [ALPINE] = "lua5.4",
      [SUSE] = "lua54"}},
    {"lua 5.4",
     "the shared library of Lua 5.4",
     {[DEBIAN] = "liblua5.4-0",
      [RHEL] = "lua-libs",
      [FEDORA] = "lua-libs",
      [ALPINE] = "lua5.4-libs",
      [SUSE] = "liblua5_4-5"}},
    {"lua 5.3",
     "the shared library of Lua 5.3",
     {[DEBIAN] = "liblua5.3-0",
      [ARCH] = "lua53",
      [ALPINE] = "lua5.3-libs",
      [SUSE] = "liblua5_3-5"}},
    {"lua 5.2",
     "the shared library of Lua 5.2",
     {[DEBIAN] = "liblua5.2-0", [ARCH] = "lua52", [ALPINE] = "lua5.2-libs"}},
    {"lua 5.1",
     "the shared library of Lua 5.1",
     {[DEBIAN] = "liblua5.1-0",
      [FEDORA] = "compat-lua-libs",
      [ARCH] = "lua51",
      [ALPINE] = "lua5.1-libs",
      [SUSE] = "liblua5_1-5"}},
    {"lua jit",
     "the shared library of LuaJIT 2.1",
     {[DEBIAN] = "libluajit-5.1-2",
      [FEDORA] = "luajit",
      [ARCH] = "luajit",
      [ALPINE] = "luajit",
      [SUSE] = "libluajit-5_1-2"}},
    {"node",
     "Node 18 or later",
     {[DEBIAN] = "nodejs",
      [RHEL] = "nodejs",
      [FEDORA] = "nodejs",
      [ARCH] = "nodejs",
      [ALPINE] = "nodejs",
      [SUSE] = "nodejs22"}},
    {"libnode",
     "libnode, which is Node as a shared library, with its headers",
     {[DEBIAN] = "libnode-dev", [FEDORA] = "nodejs-devel"}},
    {"java",
     "a JDK of Java 17 or later",
     {[DEBIAN] = "default-jdk-headless",
      [RHEL] = "java-21-openjdk-devel",
      [FEDORA] = "java-latest-openjdk-devel",
      [ARCH] = "jdk-openjdk",
      [ALPINE] = "openjdk21",
      [SUSE] = "java-21-openjdk-devel"}},
};

static enum family family_of(const char *id) {
    for (enum family family = 0; family < FAMILIES; family++)
        for (const char *const *known = families[family].ids; *known != NULL; known++)
            if (strcmp(*known, id) == 0)
                return family;
    return FAMILIES;
}

/* The family of the first known word in a line of os-release, such as ID=debian or ID_LIKE="rhel fedora". */
static enum family family_of_line(char *line) {
    enum family family = FAMILIES;
    char *rest = strchr(line, '=') + 1;
    for (char *word; family == FAMILIES && (word = strsep(&rest, " \"'\n")) != NULL;)
        family = family_of(word);
    return family;
}

/* ID counts before ID_LIKE. ID_LIKE=fedora does not count: Amazon's Linux says so, but has other packages. Tests name
 * another file by the variable LINA_OS_RELEASE. */
static enum family find_family(void) {
    const char *named = getenv("LINA_OS_RELEASE");
    FILE *file = fopen(named != NULL ? named : "/etc/os-release", "re");
    enum family own = FAMILIES, like = FAMILIES;
    char line[512];
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "ID=", 3) == 0)
            own = family_of_line(line);
        else if (strncmp(line, "ID_LIKE=", 8) == 0)
            like = family_of_line(line);
    if (file != NULL)
        fclose(file);
    return own != FAMILIES ? own : like != FEDORA ? like : FAMILIES;
}

const char *host_remedy(const char *thing) {
    static __thread char text[160];
    enum family family = find_family();
    text[0] = '\0';
    for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++) {
        if (strcmp(remedies[i].thing, thing) != 0)
            continue;
        const char *packages = family == FAMILIES ? NULL : remedies[i].packages[family];
        if (packages != NULL)
            snprintf(text, sizeof text, "%s %s", families[family].install, packages);
        else
            snprintf(text, sizeof text, "install %s", remedies[i].what);
    }
    return text;
}
