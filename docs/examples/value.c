/* SPDX-License-Identifier: MIT */
/* Writes a value piece by piece, and reads it in place. usage: value */
#include <inttypes.h>
#include <netchan.h>
#include <stdio.h>

static int fail(void)
{
    fprintf(stderr, "value: %s\n", netchan_error_text());
    return 1;
}

/* The first error sticks, so the last call alone is looked at. */
static int write_reading(netchan_builder *builder, netchan_value **value)
{
    netchan_builder_begin_object(builder);
    netchan_builder_key(builder, "place", 5);
    netchan_builder_string(builder, "roof", 4);
    netchan_builder_key(builder, "degrees", 7);
    netchan_builder_begin_array(builder);
    netchan_builder_integer(builder, 21);
    netchan_builder_real(builder, 21.5);
    netchan_builder_end_array(builder);
    netchan_builder_end_object(builder);
    return netchan_builder_finish(builder, value);
}

/* A node is a number; 0 is the whole value. An error given as a node is passed on. */
static int read_reading(const netchan_value *value)
{
    const char *place;
    size_t length;
    double degrees;
    if (netchan_value_string(value, netchan_value_member(value, 0, "place", 5), &place, &length))
        return fail();
    printf("place: %.*s\n", (int)length, place); /* not ended by a NUL byte */
    int64_t list = netchan_value_member(value, 0, "degrees", 7);
    printf("degrees: %" PRId64 " of them\n", netchan_value_size(value, list));
    int64_t node = netchan_value_element(value, list, 0);
    for (; node >= 0; node = netchan_value_next(value, node, NULL, NULL)) {
        if (netchan_value_real(value, node, &degrees))
            return fail();
        printf("  %g\n", degrees);
    }
    return 0;
}

int main(void)
{
    netchan_builder *builder;
    netchan_value *value;
    if (netchan_builder_new(&builder) || write_reading(builder, &value))
        return fail();
    netchan_builder_unref(builder);
    puts(netchan_value_text(value, NULL));
    int status = read_reading(value);
    netchan_value_unref(value);
    return status;
}
