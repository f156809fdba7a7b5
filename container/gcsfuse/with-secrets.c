/*
 * with-secrets FILE COMMAND [ARGUMENT...]
 *
 * Becomes the command, with the variables of the file in its environment. The file has NAME=VALUE with a NUL after each.
 * Linked statically, so that it runs in any image: the container begins with it, and the values are in no configuration of
 * Docker's, which is on the disk.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As a shell has them: the command was not found, or could not be run. */
enum { NOT_FOUND = 127, NOT_RUN = 126 };

static int fail(const char *what, int code) {
    fprintf(stderr, "with-secrets: %s: %s\n", what, strerror(errno));
    return code;
}

/* The text of a file, a NUL after it; its length is in `size`. */
static char *read_all(const char *path, size_t *size) {
    size_t room = 4096, length = 0, got;
    char *text = malloc(room + 1);
    FILE *file = fopen(path, "rb");
    if (text == NULL || file == NULL) return NULL;
    while ((got = fread(text + length, 1, room - length, file)) > 0) {
        length += got;
        if (length == room && (text = realloc(text, (room *= 2) + 1)) == NULL) return NULL;
    }
    if (ferror(file) || fclose(file) != 0) return NULL;
    text[length] = '\0';
    *size = length;
    return text;
}

int main(int count, char **arguments) {
    size_t size = 0;
    if (count < 3) {
        fputs("usage: with-secrets FILE COMMAND [ARGUMENT...]\n", stderr);
        return NOT_RUN;
    }
    char *text = read_all(arguments[1], &size);
    if (text == NULL) return fail(arguments[1], NOT_RUN);
    for (char *variable = text; variable < text + size; variable += strlen(variable) + 1) {
        if (putenv(variable) != 0) return fail("the environment", NOT_RUN);
    }
    execvp(arguments[2], arguments + 2);
    return fail(arguments[2], errno == ENOENT ? NOT_FOUND : NOT_RUN);
}
