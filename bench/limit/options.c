#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "limit.h"

static const char kUsage[] =
    "limit --listen | --connect ADDRESS   the two ends, IPv4; both get the same of what follows\n"
    "  --port N              the first port; stream i uses N + i\n"
    "  --udp\n"
    "  --send METHOD         TCP: write sendfile splice zerocopy; UDP: send sendmmsg gso\n"
    "  --receive METHOD      TCP: read trunc; UDP: recv recvmmsg gro\n"
    "  --block BYTES         of one call; UDP: of one datagram\n"
    "  --read BYTES          of one receiving call (TCP; default: the block)\n"
    "  --window BYTES        SO_SNDBUF and SO_RCVBUF\n"
    "  --buffer BYTES        SO_RCVBUFFORCE\n"
    "  --congestion NAME     set before connecting, and on the listener\n"
    "  --streams N           each way\n"
    "  --batch N             messages of one sendmmsg or recvmmsg\n"
    "  --segments N          datagrams of one send with UDP_SEGMENT\n"
    "  --core N              the core of this end\n"
    "  --seconds S --warm-up S\n"
    "An end with --send and --receive does both, each way on connections of its own.\n";

static double number(const char* name, const char* text, double low, double high) {
  char* end = NULL;
  errno = 0;
  const double value = strtod(text, &end);
  if (errno == 0 && end != text && *end == '\0' && value >= low && value <= high) return value;
  fprintf(stderr, "limit: --%s takes a number from %.0f to %.0f, not '%s'\n", name, low, high, text);
  exit(2);
}

static _Noreturn void usage(const char* complaint) {
  fprintf(stderr, "limit: %s\n%s", complaint, kUsage);
  exit(2);
}

static void check(const struct options* o) {
  if (o->listens == (o->address != NULL)) usage("either --listen or --connect ADDRESS");
  if (o->send == NULL && o->receive == NULL) usage("neither --send nor --receive");
  if (o->send != NULL && send_loop(o->send, o->udp) == NULL) usage("no such method to send");
  if (o->receive != NULL && receive_loop(o->receive, o->udp) == NULL) usage("no such method to receive");
  if (o->udp && o->block_bytes > UDP_PAYLOAD_LIMIT) usage("a datagram holds at most 65507 bytes");
}

struct options options_of(int argc, char** argv) {
  enum {
    LISTEN,
    CONNECT,
    PORT,
    UDP,
    SEND,
    RECEIVE,
    BLOCK,
    READ,
    WINDOW,
    BUFFER,
    CONGESTION,
    STREAMS,
    BATCH,
    SEGMENTS,
    CORE,
    SECONDS,
    WARM_UP
  };
  static const struct option kOptions[] = {
      {"listen", no_argument, NULL, LISTEN},
      {"connect", required_argument, NULL, CONNECT},
      {"port", required_argument, NULL, PORT},
      {"udp", no_argument, NULL, UDP},
      {"send", required_argument, NULL, SEND},
      {"receive", required_argument, NULL, RECEIVE},
      {"block", required_argument, NULL, BLOCK},
      {"read", required_argument, NULL, READ},
      {"window", required_argument, NULL, WINDOW},
      {"buffer", required_argument, NULL, BUFFER},
      {"congestion", required_argument, NULL, CONGESTION},
      {"streams", required_argument, NULL, STREAMS},
      {"batch", required_argument, NULL, BATCH},
      {"segments", required_argument, NULL, SEGMENTS},
      {"core", required_argument, NULL, CORE},
      {"seconds", required_argument, NULL, SECONDS},
      {"warm-up", required_argument, NULL, WARM_UP},
      {NULL, 0, NULL, 0},
  };
  struct options o = {.port = 5201, .core = -1, .streams = 1, .batch = 64, .segments = 64, .seconds = 1};
  int found;
  int index = 0;
  while ((found = getopt_long(argc, argv, "", kOptions, &index)) != -1) {
    const char* name = kOptions[index].name;
    switch (found) {
      case LISTEN:
        o.listens = true;
        break;
      case CONNECT:
        o.address = optarg;
        break;
      case PORT:
        o.port = (int)number(name, optarg, 1, 65535 - 2 * MOST_STREAMS);
        break;
      case UDP:
        o.udp = true;
        break;
      case SEND:
        o.send = optarg;
        break;
      case RECEIVE:
        o.receive = optarg;
        break;
      case BLOCK:
        o.block_bytes = (size_t)number(name, optarg, 1, 1 << 30);
        break;
      case READ:
        o.read_bytes = (size_t)number(name, optarg, 1, 1 << 30);
        break;
      case WINDOW:
        o.window_bytes = (int)number(name, optarg, 1, 1 << 30);
        break;
      case BUFFER:
        o.buffer_bytes = (int)number(name, optarg, 1, 1 << 30);
        break;
      case CONGESTION:
        o.congestion = optarg;
        break;
      case STREAMS:
        o.streams = (int)number(name, optarg, 1, MOST_STREAMS);
        break;
      case BATCH:
        o.batch = (int)number(name, optarg, 1, 1024);
        break;
      case SEGMENTS:
        o.segments = (int)number(name, optarg, 1, 1024);
        break;
      case CORE:
        o.core = (int)number(name, optarg, 0, 1023);
        break;
      case SECONDS:
        o.seconds = number(name, optarg, 0.01, 3600);
        break;
      case WARM_UP:
        o.warm_up_seconds = number(name, optarg, 0, 3600);
        break;
      default:
        usage("bad option");
    }
  }
  if (optind < argc) usage("a word that is no option");
  if (o.block_bytes == 0) o.block_bytes = o.udp ? 1448 : 128 << 10;
  if (o.read_bytes == 0) o.read_bytes = o.block_bytes;
  check(&o);
  return o;
}
