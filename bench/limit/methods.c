#include "limit.h"

struct method {
  const char* name;
  bool udp;
  void (*loop)(struct stream*);
};

static const struct method kSend[] = {
    {"write", false, tcp_send_write},   {"sendfile", false, tcp_send_sendfile},
    {"splice", false, tcp_send_splice}, {"zerocopy", false, tcp_send_zerocopy},
    {"send", true, udp_send_send},      {"sendmmsg", true, udp_send_sendmmsg},
    {"gso", true, udp_send_gso},
};

static const struct method kReceive[] = {
    {"read", false, tcp_receive_read}, {"trunc", false, tcp_receive_trunc},
    {"recv", true, udp_receive_recv},  {"recvmmsg", true, udp_receive_recvmmsg},
    {"gro", true, udp_receive_gro},
};

static void (*loop_of(const struct method* methods, size_t count, const char* name,
                      bool udp))(struct stream*) {
  for (size_t i = 0; i < count; i++)
    if (methods[i].udp == udp && is(methods[i].name, name)) return methods[i].loop;
  return NULL;
}

void (*send_loop(const char* name, bool udp))(struct stream*) {
  return loop_of(kSend, sizeof kSend / sizeof *kSend, name, udp);
}

void (*receive_loop(const char* name, bool udp))(struct stream*) {
  return loop_of(kReceive, sizeof kReceive / sizeof *kReceive, name, udp);
}
