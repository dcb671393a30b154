/* find.c - finds the interpreter for a script: its program, its library, and why this one was chosen. */
#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"

#define COPY(to, ...) ((void)snprintf(to, sizeof(to), __VA_ARGS__))

static const struct {
    const char *extension, *language;
} extensions[] = {{".py", "python"}, {".jl", "julia"},   {".lua", "lua"},
                  {".js", "node"},   {".mjs", "node"},   {".cjs", "node"},
                  {".java", "java"}, {".class", "java"}, {".jar", "java"}};

const char *lina_host_language(const char *script) {
    if (script == NULL)
        return NULL;
    const char *base = strrchr(script, '/');
    const char *dot = strrchr(base == NULL ? script : base, '.');
    for (size_t i = 0; dot != NULL && i < sizeof extensions / sizeof *extensions; i++)
        if (strcmp(dot, extensions[i].extension) == 0)
            return extensions[i].language;
    return NULL;
}

/* A folder can be executable, too. */
static int is_program(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

/* Finds a program by its path, or on PATH if the name has no slash. Returns 1 if it exists. */
static int find_program(const char *name, char *to, size_t room) {
    const char *path = getenv("PATH");
    if (strchr(name, '/') != NULL) {
        to[0] = '\0';
        strncat(to, name, room - 1);
        return is_program(to);
    }
    char folders[8192];
    COPY(folders, "%s", path == NULL ? "/usr/local/bin:/usr/bin:/bin" : path);
    for (char *rest = folders, *folder; (folder = strsep(&rest, ":")) != NULL;) {
        snprintf(to, room, "%s/%s", *folder == '\0' ? "." : folder, name);
        if (is_program(to))
            return 1;
    }
    to[0] = '\0';
    return 0;
}

/* Whether something is there, or may be: this user cannot look into its folder. */
static int is_forbidden(const char *program) {
    return access(program, F_OK) == 0 || errno == EACCES;
}

/* Finds the program that a variable names. Returns 1 if the variable is set, 0 if not, or an error. */
static int named_by(const char *variable, lina_runtime_info_t *info) {
    const char *named = getenv(variable);
    if (named == NULL || *named == '\0')
        return 0;
    COPY(info->why, "the environment variable %s names it", variable);
    return find_program(named, info->program, sizeof info->program)
               ? 1
               : host_fail(LINA_ERR_NOT_FOUND, "%s names %.400s, and %s", variable, named,
                           is_forbidden(named) ? "this user may not execute it"
                                               : "there is no such program");
}

/* As named_by, for a variable that names a folder: the program is in its bin/. */
static int folder_named_by(const char *variable, const char *program, lina_runtime_info_t *info) {
    const char *folder = getenv(variable);
    if (folder == NULL || *folder == '\0')
        return 0;
    COPY(info->why, "the environment variable %s names its folder", variable);
    COPY(info->program, "%.480s/bin/%s", folder, program);
    return is_program(info->program)
               ? 1
               : host_fail(LINA_ERR_NOT_FOUND, "%s names %.400s, and %s %.500s", variable, folder,
                           is_forbidden(info->program) ? "this user may not execute"
                                                       : "there is no",
                           info->program);
}

static int on_path(const char *program, lina_runtime_info_t *info) {
    COPY(info->why, "it is the first %s on PATH", program);
    return find_program(program, info->program, sizeof info->program);
}

/* Splits a text into `n` lines. Missing lines are "". */
static void split(char *text, char **lines, int n) {
    for (int i = 0; i < n; i++) {
        char *line = strsep(&text, "\n");
        lines[i] = line == NULL ? "" : line;
    }
}

/* The error of a program that does not answer as an interpreter of its language does. */
static int refuse_program(const lina_runtime_info_t *info) {
    char variable[32] = "LINA_";
    for (size_t i = 0; info->language[i] != '\0' && i + 6 < sizeof variable; i++)
        variable[i + 5] = (char)toupper((unsigned char)info->language[i]);
    return host_fail(LINA_ERR_NOT_FOUND,
                     "%.500s does not run as %s does (%s): let %s name an interpreter",
                     info->program, info->language, info->why, variable);
}

/* Takes the version from an answer. Returns 0 if it is none: some programs ignore the question, or echo it. */
static int take_version(const char *answer, lina_runtime_info_t *info) {
    COPY(info->version, "%.31s", answer);
    return isdigit((unsigned char)answer[0]) && strchr(answer, '.') != NULL;
}

/* ---- Python --------------------------------------------------------------------------------------- */

/* Finds the nearest .venv: in the script's folder, or in one above. Returns 1 if there is one, 0 if not, or an
 * error. */
static int find_venv(const char *script, lina_runtime_info_t *info) {
    char folder[PATH_MAX], place[PATH_MAX + 32];
    if (script == NULL || realpath(script, folder) == NULL)
        return 0;
    for (char *slash; (slash = strrchr(folder, '/')) != NULL;) {
        *slash = '\0';
        snprintf(place, sizeof place, "%s/.venv/bin/python", folder);
        if (is_program(place)) {
            COPY(info->program, "%.511s", place);
            COPY(info->why, "it is the nearest .venv of the script");
            return 1;
        }
        struct stat link;
        if (lstat(place, &link) == 0)
            return host_fail(LINA_ERR_NOT_FOUND, "%.500s does not run: make this .venv again",
                             place);
    }
    return 0;
}

static int ask_python(lina_runtime_info_t *info) {
    static const char question[] =
        "import os,sys,sysconfig as c\n"
        "print('%d.%d.%d'%sys.version_info[:3]);print(sys.executable)\n"
        "d,n=c.get_config_var('LIBDIR'),c.get_config_var('INSTSONAME') or ''\n"
        "n=n if c.get_config_var('Py_ENABLE_SHARED') else ''\n"
        "p=os.path.join(d,n) if n else ''\n"
        "m=os.path.join(d,c.get_config_var('MULTIARCH') or '',n) if n else ''\n"
        "print(p if os.path.isfile(p) else m if os.path.isfile(m) else n)\n"
        "print(int(bool(c.get_config_var('Py_GIL_DISABLED'))))";
    char answer[2048], *lines[4];
    if (host_read_python(info))
        return LINA_OK;
    const char *const command[] = {info->program, "-S", "-E", "-c", question, NULL};
    int answered = host_capture(command, answer, sizeof answer) == 0;
    split(answer, lines, 4);
    if (!answered || !take_version(lines[0], info))
        return refuse_program(info);
    COPY(info->program, "%.511s", lines[1]); /* the real program, if a shim was called */
    COPY(info->library, "%.511s", lines[2]);
    int major = 0, minor = 0;
    sscanf(info->version, "%d.%d", &major, &minor);
    if (major * 100 + minor < 311)
        COPY(info->lacks, "Lina needs Python 3.11 or later, and this is %s", info->version);
    else if (lines[3][0] == '1')
        COPY(info->lacks, "a free-threaded Python has no stable ABI yet: use one with a GIL");
    else if (info->library[0] == '\0')
        COPY(info->lacks,
             "this Python has no shared library: take this system's (%s), or one configured with "
             "--enable-shared",
             host_remedy("python"));
    return LINA_OK;
}

static int find_python(const char *script, lina_runtime_info_t *info) {
    int named = named_by("LINA_PYTHON", info);
    if (named == 0) /* the active virtual environment */
        named = folder_named_by("VIRTUAL_ENV", "python", info);
    if (named == 0)
        named = find_venv(script, info);
    if (named < 0)
        return named;
    if (named || on_path("python3", info))
        return ask_python(info);
    return host_fail(LINA_ERR_NOT_FOUND, "There is no python3 on PATH: %s", host_remedy("python"));
}

/* ---- Julia ---------------------------------------------------------------------------------------- */

static int ask_julia(lina_runtime_info_t *info) {
    static const char question[] = "using Libdl; println(VERSION); println(Sys.BINDIR);"
                                   "println(realpath(Libdl.dlpath(\"libjulia\")));"
                                   "println(unsafe_string(Base.JLOptions().image_file))";
    char answer[2048], *lines[4];
    if (host_read_julia(info))
        return LINA_OK;
    const char *const command[] = {
        info->program, "--startup-file=no", "--compile=min", "-e", question, NULL};
    int answered = host_capture(command, answer, sizeof answer) == 0;
    split(answer, lines, 4);
    if (!answered || !take_version(lines[0], info))
        return refuse_program(info);
    COPY(info->folder, "%.511s", lines[1]);
    COPY(info->library, "%.511s", lines[2]);
    COPY(info->image, "%.511s", lines[3]);
    return LINA_OK;
}

static int find_julia(const char *script, lina_runtime_info_t *info) {
    (void)script;
    int named = named_by("LINA_JULIA", info);
    if (named < 0)
        return named;
    if (named || on_path("julia", info))
        return ask_julia(info);
    return host_fail(
        LINA_ERR_NOT_FOUND,
        "There is no julia on PATH: install it from julialang.org, or name one by LINA_JULIA");
}

/* ---- Lua ------------------------------------------------------------------------------------------ */

static const struct {
    const char *program, *version;
} luas[] = {
    {"lua5.4", "5.4"}, {"luajit", "jit"}, {"lua5.3", "5.3"}, {"lua5.2", "5.2"}, {"lua5.1", "5.1"}};

/* Debian's lua is a link to a program whose name has the version. Returns 0 for any other program. */
static int name_lua(lina_runtime_info_t *info) {
    char path[PATH_MAX];
    if (realpath(info->program, path) == NULL)
        return 0;
    for (size_t i = 0; i < sizeof luas / sizeof *luas; i++)
        if (strcmp(luas[i].program, strrchr(path, '/') + 1) == 0) {
            COPY(info->version, "%s", luas[i].version);
            return 1;
        }
    return 0;
}

static int opens(const char *library) {
    void *handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
    if (handle != NULL)
        dlclose(handle);
    return handle != NULL;
}

/* Looks for the shared library of a Lua. Each distribution has a name of its own for it. */
static int find_lua_library(lina_runtime_info_t *info) {
    static const char *const names[][2] = {
        {"liblua", ".so.0"},  /* Debian */
        {"liblua-", ".so"},   /* Fedora */
        {"liblua.so.", ""},   /* Arch */
        {"liblua-", ".so.0"}, /* Alpine */
        {"liblua", ".so.5"},  /* openSUSE */
    };
    COPY(info->library, "libluajit-5.1.so.2");
    if (strcmp(info->version, "jit") == 0)
        return opens(info->library);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        COPY(info->library, "%s%s%s", names[i][0], info->version, names[i][1]);
        if (opens(info->library))
            return 1;
    }
    return 0;
}

static int ask_lua(lina_runtime_info_t *info) {
    static const char question[] = "print(jit and 'jit' or _VERSION:match('%d.%d'))";
    char answer[64], thing[16], *line[1];
    const char *const command[] = {info->program, "-e", question, NULL};
    if (!name_lua(info)) {
        int answered = host_capture(command, answer, sizeof answer) == 0;
        split(answer, line, 1);
        if (!answered || (!take_version(line[0], info) && strcmp(info->version, "jit") != 0))
            return refuse_program(info);
    }
    for (size_t i = 0; i < sizeof luas / sizeof *luas; i++) {
        if (strcmp(luas[i].version, info->version) != 0)
            continue;
        COPY(thing, "lua %s", luas[i].version);
        if (!find_lua_library(info))
            COPY(info->lacks, "there is no shared library of it: %s", host_remedy(thing));
        return LINA_OK;
    }
    COPY(info->lacks, "Lina has no plug-in for Lua %s", info->version);
    return LINA_OK;
}

static int find_lua(const char *script, lina_runtime_info_t *info) {
    (void)script;
    int named = named_by("LINA_LUA", info);
    if (named < 0)
        return named;
    if (named || on_path("lua", info))
        return ask_lua(info);
    for (size_t i = 0; i < sizeof luas / sizeof *luas; i++)
        if (on_path(luas[i].program, info))
            return ask_lua(info);
    return host_fail(LINA_ERR_NOT_FOUND, "There is no lua or luajit on PATH: %s",
                     host_remedy("lua"));
}

/* ---- Node and Java ---------------------------------------------------------------------------------- */

#ifndef LINA_LIBNODE /* its path and version, where Lina was built with it */
#define LINA_LIBNODE ""
#define LINA_LIBNODE_VERSION ""
#endif

static int ask_node(lina_runtime_info_t *info) {
    char answer[64], *line[1];
    const char *const command[] = {info->program, "--version", NULL};
    int answered = host_capture(command, answer, sizeof answer) == 0;
    split(answer, line, 1);
    return answered && take_version(line[0] + (line[0][0] == 'v'), info) ? LINA_OK
                                                                         : refuse_program(info);
}

/* Lina embeds libnode, whichever Node is on PATH. It does not embed a Node that the user names by LINA_NODE. */
static int find_node(const char *script, lina_runtime_info_t *info) {
    (void)script;
    int named = named_by("LINA_NODE", info);
    if (named < 0)
        return named;
    if (named)
        COPY(info->lacks, "LINA_NODE names a program, and only libnode can be embedded");
    else if (LINA_LIBNODE[0] == '\0')
        COPY(info->lacks, "this Lina was built without libnode (%s, or script/setup in a checkout)",
             host_remedy("libnode"));
    else if (access(LINA_LIBNODE, R_OK) != 0)
        COPY(info->lacks, "there is no " LINA_LIBNODE ": %s", host_remedy("libnode"));
    int found = named || on_path("node", info);
    if (info->lacks[0] == '\0') {
        COPY(info->library, "%s", LINA_LIBNODE);
        COPY(info->version, "%s", LINA_LIBNODE_VERSION);
        COPY(info->why, "%s",
             found ? "the first node on PATH, for --isolate; " LINA_LIBNODE_VERSION
                     " is the version of libnode, which is embedded"
                   : "there is no node on PATH, but libnode is embedded");
        return LINA_OK;
    }
    return found
               ? ask_node(info)
               : host_fail(LINA_ERR_NOT_FOUND, "There is no node on PATH: %s", host_remedy("node"));
}

/* The value of KEY="VALUE" or KEY = VALUE in a text, up to the end of its line. */
static int value_of(const char *text, const char *key, char *to, size_t room) {
    const char *at = strstr(text, key);
    if (at == NULL)
        return 0;
    at += strlen(key);
    at += strspn(at, " =\"");
    snprintf(to, room, "%.*s", (int)strcspn(at, "\"\n"), at);
    return 1;
}

static int ends_with(const char *text, const char *end) {
    size_t size = strlen(text), n = strlen(end);
    return size >= n && strcmp(text + size - n, end) == 0;
}

/* Reads the JDK's home and version from the file `release`, which every JDK has. Returns 0 if the program is not in a
 * JDK: then it may be a script that chooses one. */
static int read_home(lina_runtime_info_t *info) {
    char path[PATH_MAX], file[PATH_MAX + 16], text[2048];
    if (realpath(info->program, path) == NULL || !ends_with(path, "/bin/java"))
        return 0;
    path[strlen(path) - strlen("/bin/java")] = '\0';
    snprintf(file, sizeof file, "%s/release", path);
    FILE *release = fopen(file, "re");
    if (release == NULL)
        return 0;
    text[fread(text, 1, sizeof text - 1, release)] = '\0';
    fclose(release);
    COPY(info->folder, "%.511s", path);
    return value_of(text, "JAVA_VERSION=", info->version, sizeof info->version);
}

static int ask_java(lina_runtime_info_t *info) {
    char answer[16384];
    const char *const command[] = {"/bin/sh", "-c",
                                   "exec \"$0\" -XshowSettings:properties -version 2>&1",
                                   info->program, NULL};
    return host_capture(command, answer, sizeof answer) == 0 &&
           value_of(answer, "java.home =", info->folder, sizeof info->folder) &&
           value_of(answer, "java.version =", info->version, sizeof info->version);
}

static void find_libjvm(lina_runtime_info_t *info) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/lib/server/libjvm.so", info->folder);
    COPY(info->library, "%.511s", path);
    if (atoi(info->version) < 17)
        COPY(info->lacks, "Lina needs Java 17 or later, and this is %s", info->version);
    else if (access(info->library, R_OK) != 0)
        COPY(info->lacks, "there is no %.300s: %s", info->library, host_remedy("java"));
}

static int find_java(const char *script, lina_runtime_info_t *info) {
    (void)script;
    int named = named_by("LINA_JAVA", info);
    if (named == 0)
        named = folder_named_by("JAVA_HOME", "java", info);
    if (named < 0)
        return named;
    if (!named && !on_path("java", info))
        return host_fail(LINA_ERR_NOT_FOUND, "There is no java on PATH: %s", host_remedy("java"));
    if (!read_home(info) && !ask_java(info))
        return refuse_program(info);
    find_libjvm(info);
    return LINA_OK;
}

static void check_plugin(lina_runtime_info_t *info) {
    char path[PATH_MAX];
    host_plugin(info->language, path, sizeof path);
    if (info->lacks[0] == '\0' && access(path, R_OK) != 0)
        COPY(info->lacks, "this Lina was built without its plug-in for %s", info->language);
}

int lina_host_find(const char *language, const char *script, lina_runtime_info_t *out) {
    static const struct {
        const char *language;
        int (*find)(const char *, lina_runtime_info_t *);
    } finders[] = {{"python", find_python},
                   {"julia", find_julia},
                   {"lua", find_lua},
                   {"node", find_node},
                   {"java", find_java}};
    lina_runtime_info_t info;
    if (language == NULL || out == NULL)
        return host_fail(LINA_ERR_INVALID,
                         "lina_host_find needs a language and a place for what it finds");
    for (size_t i = 0; i < sizeof finders / sizeof *finders; i++) {
        if (strcmp(finders[i].language, language) != 0)
            continue;
        memset(&info, 0, sizeof info);
        COPY(info.language, "%s", language);
        int rc = finders[i].find(script, &info);
        if (rc == LINA_OK) {
            check_plugin(&info);
            *out = info;
        }
        return rc;
    }
    return host_fail(LINA_ERR_INVALID, "%.100s is none of python, julia, lua, node, java",
                     language);
}
