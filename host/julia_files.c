/* julia_files.c - reads facts about a Julia from its files, because to ask the program takes a fifth of a second.
 *
 *   PREFIX/bin/julia
 *   PREFIX/include/julia/julia_version.h
 *   PREFIX/lib/libjulia.so.1, PREFIX/lib/julia/sys.so       (in Debian's packages below lib/TRIPLET)
 *
 * If a file is missing, the program must be asked: it may be a shim that starts another one. */
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

/* Copies the version from the header. Returns 0 if there is no header, or no version in it. */
static int read_version(const char *prefix, lina_runtime_info_t *info) {
    char path[PATH_MAX + 64], line[256];
    int found = 0;
    snprintf(path, sizeof path, "%s/include/julia/julia_version.h", prefix);
    FILE *header = fopen(path, "re");
    if (header == NULL)
        return 0;
    while (!found && fgets(line, sizeof line, header) != NULL)
        found = sscanf(line, "#define JULIA_VERSION_STRING \"%31[^\"]\"", info->version) == 1;
    fclose(header);
    return found;
}

/* Looks for the library and the system image in one folder. */
static int read_folder(const char *folder, lina_runtime_info_t *info) {
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

static int read_folders(const char *prefix, lina_runtime_info_t *info) {
    char pattern[PATH_MAX + 64];
    glob_t folders;
    snprintf(pattern, sizeof pattern, "%s/lib", prefix);
    if (read_folder(pattern, info))
        return 1;
    snprintf(pattern, sizeof pattern, "%s/lib/*-linux-gnu*", prefix);
    int found = 0;
    if (glob(pattern, 0, NULL, &folders) == 0) {
        found = folders.gl_pathc == 1 && read_folder(folders.gl_pathv[0], info);
        globfree(&folders);
    }
    return found;
}

int host_read_julia(lina_runtime_info_t *info) {
    lina_runtime_info_t read = *info;
    char path[PATH_MAX];
    if (getenv("JULIA_BINDIR") != NULL || realpath(info->program, path) == NULL)
        return 0;
    char *slash = strrchr(path, '/');
    *slash = '\0'; /* a real path begins with one */
    if (strlen(path) >= sizeof read.folder)
        return 0;
    memcpy(read.folder, path, strlen(path) + 1);
    if ((slash = strrchr(path, '/')) == NULL || strcmp(slash, "/bin") != 0)
        return 0;
    *slash = '\0';
    if (!read_version(path, &read) || !read_folders(path, &read))
        return 0;
    *info = read;
    return 1;
}
