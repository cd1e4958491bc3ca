/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target over the files named on the command line: how make check replays a corpus
 * without a fuzzing compiler.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST ((size_t)1 << 20)

static int replay(const char *path, uint8_t *bytes)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    size_t size = fread(bytes, 1, MOST, file);
    int failed = ferror(file);
    fclose(file);
    if (failed) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return 1;
    }
    LLVMFuzzerTestOneInput(bytes, size);
    return 0;
}

int main(int argc, char **argv)
{
    uint8_t *bytes = (uint8_t *)malloc(MOST);
    int failed = !bytes;
    for (int i = 1; i < argc && !failed; i++)
        failed = replay(argv[i], bytes);
    free(bytes);
    if (!failed)
        printf("%d inputs\n", argc - 1);
    return failed;
}
