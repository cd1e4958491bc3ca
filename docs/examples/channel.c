/* SPDX-License-Identifier: MIT */
/* A channel alone, without any network: two values fit, a third does not. usage: channel */
#include <netchan.h>
#include <stdio.h>

static int fail(void)
{
    fprintf(stderr, "channel: %s\n", netchan_error_text());
    return 1;
}

int main(void)
{
    netchan_channel *channel;
    netchan_value *value;
    if (netchan_channel_new(2, &channel))
        return fail();
    for (int i = 1; i <= 3; i++) {
        char text[40];
        int length = snprintf(text, sizeof text, "{\"number\":%d}", i);
        int status = netchan_channel_send_text(channel, text, (size_t)length, 0, NULL);
        printf("send %d: %s\n", i, netchan_error_name(status)); /* 0: it does not wait for room */
    }
    netchan_channel_close(channel); /* what is in it stays readable */
    int status;
    while ((status = netchan_channel_recv(channel, &value, -1, NULL)) == NETCHAN_OK) {
        printf("received %s\n", netchan_value_text(value, NULL));
        netchan_value_unref(value);
    }
    printf("then: %s\n", netchan_error_name(status));
    netchan_channel_unref(channel);
    return status != NETCHAN_CLOSED;
}
