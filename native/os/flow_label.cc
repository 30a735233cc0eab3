#include "os/flow_label.h"

#include <sys/socket.h>

#include <cerrno>

#include "os/system_error.h"

namespace vnetperf::os {
namespace {

/// The kernel's struct in6_flowlabel_req and its constants. <linux/in6.h>, where they are published, cannot
/// be included together with <netinet/in.h> under every C library.
struct FlowLabelRequest {
  in6_addr destination;
  std::uint32_t label;
  std::uint8_t action;
  std::uint8_t share;
  std::uint16_t flags;
  std::uint16_t expires;
  std::uint16_t linger;
  std::uint32_t reserved;
};
static_assert(sizeof(FlowLabelRequest) == 32);

constexpr int kFlowLabelManager = 32;
constexpr int kFlowInfoSend = 33;
constexpr std::uint8_t kActionGet = 0;
constexpr std::uint8_t kShareAny = 255;
constexpr std::uint16_t kFlagCreate = 1;

}  // namespace

void UseFlowLabel(int fd, sockaddr_in6& destination, std::uint32_t label) {
  constexpr const char* kStep = "flow-label";
  if (destination.sin6_family != AF_INET6) throw SystemError("setsockopt", kStep, EAFNOSUPPORT);
  FlowLabelRequest request{};
  request.destination = destination.sin6_addr;
  request.label = htonl(label);
  request.action = kActionGet;
  // Parallel streams to one destination lease the same label.
  request.share = kShareAny;
  request.flags = kFlagCreate;
  if (::setsockopt(fd, IPPROTO_IPV6, kFlowLabelManager, &request, sizeof(request)) != 0) {
    throw SystemError("setsockopt", kStep);
  }
  const int on = 1;
  if (::setsockopt(fd, IPPROTO_IPV6, kFlowInfoSend, &on, sizeof(on)) != 0) {
    throw SystemError("setsockopt", kStep);
  }
  destination.sin6_flowinfo = htonl(label);
}

}  // namespace vnetperf::os
