/* files.c - reads facts about a Python and a Julia from their files, because to ask the programs takes time: 25 ms and
 * a fifth of a second.
 *
 *   PREFIX/bin/python3.N                                     PREFIX/bin/julia
 *   PREFIX/include/python3.N/patchlevel.h                    PREFIX/include/julia/julia_version.h
 *   PREFIX/lib/libpython3.N.so.1.0                           PREFIX/lib/libjulia.so.1, PREFIX/lib/julia/sys.so
 *
 * In Debian's packages, the libraries are below PREFIX/lib/TRIPLET. If a file is missing, the program must be asked: it
 * may be a shim that starts another one. */
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

/* Copies the version from a line of a header. Returns 0 if there is no header, or no such line in it. */
static int read_version(const char *header, const char *format, char *version) {
    char line[256];
    int found = 0;
    FILE *file = fopen(header, "re");
    if (file == NULL)
        return 0;
    while (!found && fgets(line, sizeof line, file) != NULL)
        found = sscanf(line, format, version) == 1;
    fclose(file);
    return found;
}

/* Removes the last part of a path, and returns that part. Returns "" if the path has no slash. */
static const char *cut(char *path) {
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return "";
    *slash = '\0';
    return slash + 1;
}

typedef int read_folder_fn(const char *folder, lina_runtime_info_t *info);

/* Looks for the libraries in PREFIX/lib, and in the only PREFIX/lib/TRIPLET. */
static int read_folders(const char *prefix, read_folder_fn *read, lina_runtime_info_t *info) {
    char pattern[PATH_MAX + 64];
    glob_t folders;
    snprintf(pattern, sizeof pattern, "%s/lib", prefix);
    if (read(pattern, info))
        return 1;
    snprintf(pattern, sizeof pattern, "%s/lib/*-linux-gnu*", prefix);
    int found = 0;
    if (glob(pattern, 0, NULL, &folders) == 0) {
        found = folders.gl_pathc == 1 && read(folders.gl_pathv[0], info);
        globfree(&folders);
    }
    return found;
}

/* ---- Python --------------------------------------------------------------------------------------- */

static int read_python_folder(const char *folder, lina_runtime_info_t *info) {
    int n = snprintf(info->library, sizeof info->library, "%s/libpython3.%d.so.1.0", folder,
                     atoi(info->version + 2));
    return n < (int)sizeof info->library && access(info->library, R_OK) == 0;
}

int host_read_python(lina_runtime_info_t *info) {
    lina_runtime_info_t read = *info;
    char path[PATH_MAX], header[PATH_MAX + 64];
    int minor, length = -1;
    if (info->program[0] != '/' || realpath(info->program, path) == NULL)
        return 0;
    const char *name = cut(path);
    /* An older one is not supported, and one with a letter behind its number is of another kind. */
    if (sscanf(name, "python3.%d%n", &minor, &length) != 1 || name[length] != '\0' || minor < 11 ||
        strcmp(cut(path), "bin") != 0)
        return 0;
    snprintf(header, sizeof header, "%s/include/python3.%d/patchlevel.h", path, minor);
    if (!read_version(header, "#define PY_VERSION \"%31[0-9.]\"", read.version) ||
        !read_folders(path, read_python_folder, &read))
        return 0;
    *info = read;
    return 1;
}

/* ---- Julia ---------------------------------------------------------------------------------------- */

static int read_julia_folder(const char *folder, lina_runtime_info_t *info) {
    char library[PATH_MAX + 64], image[PATH_MAX + 64], real[PATH_MAX];
    snprintf(library, sizeof library, "%s/libjulia.so.1", folder);
    snprintf(image, sizeof image, "%s/julia/sys.so", folder);
    if (realpath(library, real) == NULL || access(image, R_OK) != 0 ||
        strlen(real) >= sizeof info->library || strlen(image) >= sizeof info->image)
        return 0;
    memcpy(info->library, real, strlen(real) + 1);
    memcpy(info->image, image, strlen(image) + 1);
    return 1;
}

int host_read_julia(lina_runtime_info_t *info) {
    lina_runtime_info_t read = *info;
    char path[PATH_MAX], header[PATH_MAX + 64];
    if (getenv("JULIA_BINDIR") != NULL || realpath(info->program, path) == NULL)
        return 0;
    if (strcmp(cut(path), "julia") != 0 || strlen(path) >= sizeof read.folder)
        return 0;
    memcpy(read.folder, path, strlen(path) + 1);
    if (strcmp(cut(path), "bin") != 0)
        return 0;
    snprintf(header, sizeof header, "%s/include/julia/julia_version.h", path);
    if (!read_version(header, "#define JULIA_VERSION_STRING \"%31[^\"]\"", read.version) ||
        !read_folders(path, read_julia_folder, &read))
        return 0;
    *info = read;
    return 1;
}
