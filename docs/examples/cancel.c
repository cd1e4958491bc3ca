/* SPDX-License-Identifier: MIT */
/* One thread waits for a value for ever; another one ends its wait. usage: cancel */
#include <netchan.h>
#include <pthread.h>
#include <stdio.h>

static netchan_channel *channel;
static netchan_cancel *cancel;

static void *wait_for_ever(void *unused)
{
    netchan_value *value;
    int status = netchan_channel_recv(channel, &value, -1, cancel);
    printf("the wait ended: %s\n", netchan_error_name(status)); /* nothing was taken out */
    return unused;
}

int main(void)
{
    pthread_t thread;
    if (netchan_channel_new(1, &channel) || netchan_cancel_new(&cancel) ||
        pthread_create(&thread, NULL, wait_for_ever, NULL)) {
        fprintf(stderr, "cancel: %s\n", netchan_error_text());
        return 1;
    }
    netchan_cancel_fire(cancel); /* from any thread, or from a signal handler */
    pthread_join(thread, NULL);
    netchan_cancel_unref(cancel);
    netchan_channel_unref(channel);
    return 0;
}
