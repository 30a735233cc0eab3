/* A bare loop: the system calls of a traffic generator, and nothing else. What it moves in a second is what
 * the kernel lets any program with the same calls move. */
#ifndef LIMIT_H
#define LIMIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOST_STREAMS = 128, UDP_PAYLOAD_LIMIT = 65507 };

struct mmsghdr;

struct options {
  bool listens;
  bool udp;
  const char* address; /* IPv4 */
  int port;            /* the first of as many as there are streams */
  int core;            /* -1 = wherever the scheduler puts it */
  const char* send;    /* a method's name, or NULL: this end does not send */
  const char* receive;
  size_t block_bytes; /* of a call; UDP: of a datagram */
  size_t read_bytes;  /* of a receiving call; 0 = block_bytes */
  int window_bytes;   /* 0 = the kernel's */
  int buffer_bytes;   /* of the receive buffer, whatever rmem_max says; 0 = the kernel's */
  const char* congestion;
  int streams; /* each way */
  int batch;   /* messages of sendmmsg and recvmmsg */
  int segments;
  double seconds;
  double warm_up_seconds;
};

/* One thread's figures. It alone writes them, and another one reads while it runs: relaxed stores cost
 * nothing. */
struct counters {
  _Alignas(64) _Atomic uint64_t bytes;
  _Atomic uint64_t calls;
  _Atomic uint64_t packets;           /* UDP: messages, each of which may hold many datagrams */
  _Atomic uint64_t zero_copied_bytes; /* what the completions of MSG_ZEROCOPY said */
  _Atomic uint64_t copied_bytes;
  _Atomic uint64_t first_byte_nanoseconds; /* 0 = nothing yet */
};

struct stream {
  int fd;
  bool sends;
  const struct options* options;
  void (*loop)(struct stream*);
  struct counters counters;
  double user_seconds;
  double system_seconds;
  /* Sampled by the main thread, at the two ends of the measured time. */
  uint64_t sampled_bytes[2];
};

/* Set when the time is over; a receiver then takes what is still on its way. */
extern atomic_bool time_is_over;

static inline void add(_Atomic uint64_t* counter, uint64_t amount) {
  atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + amount,
                        memory_order_relaxed);
}

static inline bool is_over(void) { return atomic_load_explicit(&time_is_over, memory_order_relaxed); }

static inline bool is(const char* text, const char* other) { return __builtin_strcmp(text, other) == 0; }

/* time.c */
uint64_t now_nanoseconds(void);
void sleep_until(uint64_t nanoseconds);
/* Once a thread has received its first byte. */
void note_first_byte(struct counters* counters);

/* failure.c: prints a sentence and ends the process. */
_Noreturn void fail(const char* what);
_Noreturn void fail_with_errno(const char* what);

/* memory.c */
/* Pages of 2 MiB where the kernel has them; never freed: the process ends with its one test. */
unsigned char* huge_buffer(size_t bytes);
/* So many messages of one block each, side by side in such pages. */
struct mmsghdr* message_batch(unsigned count, size_t block_bytes);
void free_message_batch(struct mmsghdr* messages);

/* options.c */
struct options options_of(int argc, char** argv);

/* sockets.c: all sockets of this end connected, stream i on port + i; prints "ready" when a listening end
 * listens. */
void connect_streams(struct stream* streams, int count, const struct options* options);

/* methods.c: the loop of a name, or NULL. */
void (*send_loop(const char* name, bool udp))(struct stream*);
void (*receive_loop(const char* name, bool udp))(struct stream*);

/* tcp_send.c, tcp_zerocopy.c */
void tcp_send_write(struct stream*);
void tcp_send_sendfile(struct stream*);
void tcp_send_splice(struct stream*);
void tcp_send_zerocopy(struct stream*);

/* tcp_receive.c */
void tcp_receive_read(struct stream*);
void tcp_receive_trunc(struct stream*);

/* udp_send.c */
void udp_send_send(struct stream*);
void udp_send_sendmmsg(struct stream*);
void udp_send_gso(struct stream*);

/* udp_receive.c */
void udp_receive_recv(struct stream*);
void udp_receive_recvmmsg(struct stream*);
void udp_receive_gro(struct stream*);

#endif
