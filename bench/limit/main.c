#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "limit.h"

/* Beside the test itself: connecting, and what the kernel still holds. */
enum { SPARE_SECONDS = 20, START_SECONDS = 10 };
/* A sender goes on for this long, so that the receivers' measured time, which begins later, is full. */
static const double kOverrunSeconds = 0.1;

atomic_bool time_is_over;

static double seconds_of(struct timeval time) { return (double)time.tv_sec + 1e-6 * (double)time.tv_usec; }

static void* run_loop(void* argument) {
  struct stream* stream = argument;
  struct rusage before;
  struct rusage after;
  getrusage(RUSAGE_THREAD, &before);
  if (stream->sends) note_first_byte(&stream->counters);
  stream->loop(stream);
  /* The end of the stream for the receiver; UDP has none. */
  if (stream->sends) shutdown(stream->fd, SHUT_WR);
  getrusage(RUSAGE_THREAD, &after);
  stream->user_seconds = seconds_of(after.ru_utime) - seconds_of(before.ru_utime);
  stream->system_seconds = seconds_of(after.ru_stime) - seconds_of(before.ru_stime);
  return NULL;
}

/* When the first of them moved a byte. */
static uint64_t first_byte(struct stream* streams, int count) {
  const uint64_t deadline = now_nanoseconds() + START_SECONDS * 1000000000ull;
  for (;;) {
    uint64_t first = 0;
    for (int i = 0; i < count; i++) {
      const uint64_t own =
          atomic_load_explicit(&streams[i].counters.first_byte_nanoseconds, memory_order_acquire);
      if (own != 0 && (first == 0 || own < first)) first = own;
    }
    if (first != 0) return first;
    if (now_nanoseconds() > deadline) fail("nothing arrived within 10 s");
    sleep_until(now_nanoseconds() + 1000000);
  }
}

static uint64_t sample(struct stream* streams, int count, int which) {
  for (int i = 0; i < count; i++)
    streams[i].sampled_bytes[which] = atomic_load_explicit(&streams[i].counters.bytes, memory_order_relaxed);
  return now_nanoseconds();
}

static uint64_t read_counter(_Atomic uint64_t* counter) {
  return atomic_load_explicit(counter, memory_order_relaxed);
}

static void print_stream(struct stream* stream) {
  struct counters* counters = &stream->counters;
  const struct options* options = stream->options;
  const uint64_t bytes = read_counter(&counters->bytes);
  printf(
      "{\"role\":\"%s\",\"bytes\":%llu,\"measuredBytes\":%llu,\"calls\":%llu,\"userSeconds\":%.6f,"
      "\"systemSeconds\":%.6f",
      stream->sends ? "sender" : "receiver", (unsigned long long)bytes,
      (unsigned long long)(stream->sampled_bytes[1] - stream->sampled_bytes[0]),
      (unsigned long long)read_counter(&counters->calls), stream->user_seconds, stream->system_seconds);
  if (options->udp) {
    printf(",\"datagrams\":%llu,\"packets\":%llu", (unsigned long long)(bytes / options->block_bytes),
           (unsigned long long)read_counter(&counters->packets));
  } else {
    char congestion[16] = "";
    socklen_t size = sizeof congestion - 1;
    getsockopt(stream->fd, IPPROTO_TCP, TCP_CONGESTION, congestion, &size);
    struct tcp_info info;
    memset(&info, 0, sizeof info);
    size = sizeof info;
    getsockopt(stream->fd, IPPROTO_TCP, TCP_INFO, &info, &size);
    printf(",\"congestion\":\"%s\",\"retransmits\":%u", congestion, info.tcpi_total_retrans);
  }
  if (stream->sends && is(options->send, "zerocopy")) {
    printf(",\"zeroCopiedBytes\":%llu,\"copiedBytes\":%llu",
           (unsigned long long)read_counter(&counters->zero_copied_bytes),
           (unsigned long long)read_counter(&counters->copied_bytes));
  }
  printf("}");
}

static void run_on(int core) {
  if (core < 0) return;
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET((size_t)core, &cores);
  if (sched_setaffinity(0, sizeof cores, &cores) != 0) fail_with_errno("cannot run on that core");
}

static void ran_out_of_time(int signal_number) {
  (void)signal_number;
  static const char kText[] = "limit: the test was not over in time\n";
  (void)!write(STDERR_FILENO, kText, sizeof kText - 1);
  _exit(1);
}

int main(int argc, char** argv) {
  const struct options options = options_of(argc, argv);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGALRM, ran_out_of_time);
  alarm((unsigned)(options.seconds + options.warm_up_seconds) + SPARE_SECONDS);
  run_on(options.core);

  const int count = options.streams * ((options.send != NULL) + (options.receive != NULL));
  struct stream* streams = aligned_alloc(64, (size_t)count * sizeof *streams);
  if (streams == NULL) fail("no memory");
  memset(streams, 0, (size_t)count * sizeof *streams);
  for (int i = 0; i < count; i++) {
    /* The client's streams come first, and what one end sends the other receives. */
    const bool from_client = options.send != NULL && options.receive != NULL
                                 ? i < options.streams
                                 : options.listens == (options.send == NULL);
    const bool sends = from_client != options.listens;
    streams[i].options = &options;
    streams[i].sends = sends;
    streams[i].loop =
        sends ? send_loop(options.send, options.udp) : receive_loop(options.receive, options.udp);
  }
  connect_streams(streams, count, &options);

  pthread_t threads[2 * MOST_STREAMS];
  for (int i = 0; i < count; i++)
    if (pthread_create(&threads[i], NULL, run_loop, &streams[i]) != 0) fail("no thread");

  const uint64_t start = first_byte(streams, count) + (uint64_t)(1e9 * options.warm_up_seconds);
  sleep_until(start);
  const uint64_t from = sample(streams, count, 0);
  sleep_until(start + (uint64_t)(1e9 * options.seconds));
  const uint64_t until = sample(streams, count, 1);
  if (options.send != NULL) sleep_until(until + (uint64_t)(1e9 * kOverrunSeconds));
  atomic_store(&time_is_over, true);
  for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);

  printf("{\"end\":\"%s\",\"seconds\":%.6f,\"streams\":[", options.listens ? "server" : "client",
         1e-9 * (double)(until - from));
  for (int i = 0; i < count; i++) {
    if (i > 0) printf(",");
    print_stream(&streams[i]);
  }
  printf("]}\n");
  for (int i = 0; i < count; i++) close(streams[i].fd);
  free(streams);
  return 0;
}
