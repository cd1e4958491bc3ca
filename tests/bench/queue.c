/* SPDX-License-Identifier: MIT */
/*
 * The queue that everybody writes first: a ring of pointers, one mutex, two condition variables,
 * and a signal for each value put in or taken out. What a channel inside one process is measured
 * by.
 */
#include "bench.h"

#include <pthread.h>
#include <stdlib.h>

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t filled, emptied;
    void **ring;
    size_t capacity, head, count;
};

struct sender {
    const struct bench_options *options;
    struct queue *queue;
    void **values;
};

static void queue_put(struct queue *queue, void *value)
{
    (void)pthread_mutex_lock(&queue->mutex);
    while (queue->count == queue->capacity)
        (void)pthread_cond_wait(&queue->emptied, &queue->mutex);
    queue->ring[(queue->head + queue->count) % queue->capacity] = value;
    queue->count++;
    (void)pthread_cond_signal(&queue->filled);
    (void)pthread_mutex_unlock(&queue->mutex);
}

static void *queue_get(struct queue *queue)
{
    (void)pthread_mutex_lock(&queue->mutex);
    while (queue->count == 0)
        (void)pthread_cond_wait(&queue->filled, &queue->mutex);
    void *value = queue->ring[queue->head];
    queue->head = (queue->head + 1) % queue->capacity;
    queue->count--;
    (void)pthread_cond_signal(&queue->emptied);
    (void)pthread_mutex_unlock(&queue->mutex);
    return value;
}

static void *send_all(void *argument)
{
    struct sender *sender = (struct sender *)argument;
    bench_pin(sender->options->cores[1]);
    for (long i = 0; i < sender->options->count; i++)
        queue_put(sender->queue, sender->values[i % BENCH_MOST_BATCH]);
    return NULL;
}

/* As many values as the other driver of this role has, each a text of its own. */
static void make_values(const struct bench_options *options, void **values)
{
    for (long i = 0; i < BENCH_MOST_BATCH; i++) {
        values[i] = bench_alloc(bench_length(options));
        bench_prepare(options, (char *)values[i]);
        bench_write_number(options, (char *)values[i], i);
    }
}

static void run_local(const struct bench_options *options)
{
    _Alignas(BENCH_APART) struct queue queue = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                                                .filled = PTHREAD_COND_INITIALIZER,
                                                .emptied = PTHREAD_COND_INITIALIZER};
    _Alignas(BENCH_APART) void *values[BENCH_MOST_BATCH];
    _Alignas(BENCH_APART) struct sender sender = {options, &queue, values};
    _Alignas(BENCH_APART) struct bench_meter meter;
    pthread_t thread;
    queue.capacity = options->capacity > 0 ? (size_t)options->capacity : 1;
    queue.ring = (void **)bench_alloc(queue.capacity * sizeof *queue.ring);
    make_values(options, values);
    bench_pin(options->cores[0]);
    bench_meter_begin(&meter, options);
    if (pthread_create(&thread, NULL, send_all, &sender))
        bench_fail("pthread_create", "no thread");
    while (!bench_is_whole(&meter)) {
        const char *text = (const char *)queue_get(&queue);
        if (text != values[meter.seen % BENCH_MOST_BATCH])
            bench_fail("local", "a value is out of order");
        bench_took(&meter, bench_length(options), bench_number(meter.seen));
    }
    (void)pthread_join(thread, NULL);
    bench_report_meter(&meter);
    for (long i = 0; i < BENCH_MOST_BATCH; i++)
        free(values[i]);
    free(queue.ring);
}

int main(int argc, char **argv)
{
    struct bench_options options;
    bench_read_options(&options, argc, argv);
    if (!bench_is_role(&options, "local"))
        bench_fail(options.role, "not a role of this driver");
    run_local(&options);
    return 0;
}
