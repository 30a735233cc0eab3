#include "relay/sleeve.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <span>
#include <system_error>

#include "os/blocked_signals.h"
#include "os/packet_socket.h"
#include "os/socket.h"
#include "os/system_error.h"
#include "relay/message_batch.h"

namespace vnetperf::relay {
namespace {

/// Of both sockets: a thousand full frames, as many as a card's own queue holds.
constexpr int kBufferBytes = 1514 * 1000;
/// After that long a call returns, to see whether it is to be the last.
constexpr suseconds_t kLongestCallMicroseconds = 100'000;
/// What is shorter is no Ethernet frame.
constexpr std::size_t kEthernetHeaderBytes = 14;

/// A socket whose calls wait, and not for ever.
void LetCallsWait(int socket) {
  const int flags = ::fcntl(socket, F_GETFL);
  if (flags < 0 || ::fcntl(socket, F_SETFL, flags & ~O_NONBLOCK) != 0) {
    throw os::SystemError("fcntl", "wait");
  }
  const timeval longest{.tv_sec = 0, .tv_usec = kLongestCallMicroseconds};
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    if (::setsockopt(socket, SOL_SOCKET, option, &longest, sizeof(longest)) != 0) {
      throw os::SystemError("setsockopt", "wait");
    }
  }
}

os::Descriptor OpenDatagrams(const SleeveSpecification& specification) {
  const bool v6 = specification.local_host.find(':') != std::string::npos;
  os::SocketSpecification socket;
  socket.protocol = os::SocketProtocol::kUdp;
  socket.family = v6 ? AF_INET6 : AF_INET;
  socket.bind = os::BindTarget{.host = specification.local_host, .port = specification.port};
  socket.connect = os::ConnectTarget{.host = specification.remote_host, .port = specification.port};
  socket.options.dont_fragment = true;
  return os::OpenSocket(socket);
}

}  // namespace

Sleeve::Sleeve(const SleeveSpecification& specification)
    : own_(specification.own),
      peer_(specification.peer),
      frames_(os::OpenPacketSocket(specification.interface)),
      datagrams_(OpenDatagrams(specification)) {
  for (const int socket : {frames_.get(), datagrams_.get()}) {
    os::SetBuffers(socket, kBufferBytes);
    LetCallsWait(socket);
  }
  const os::BlockedSignals blocked;
  try {
    outward_ = std::thread([this] { FramesToPeer(); });
    inward_ = std::thread([this] { FramesFromPeer(); });
  } catch (const std::system_error& error) {
    Stop();
    throw os::SystemError("pthread_create", "wait", error.code().value());
  }
}

Sleeve::~Sleeve() { Stop(); }

void Sleeve::Stop() noexcept {
  stopping_.store(true, std::memory_order_relaxed);
  if (outward_.joinable()) outward_.join();
  if (inward_.joinable()) inward_.join();
}

void Sleeve::FramesToPeer() noexcept {
  ::prctl(PR_SET_NAME, "sleeve-out");
  MessageBatch batch(wire::kSleeveHeaderBytes);
  while (!stopping_.load(std::memory_order_relaxed)) {
    const std::size_t count = batch.Receive(frames_.get());
    for (std::size_t i = 0; i < count; ++i) {
      const auto frame = batch.received(i);
      if (frame.size() < kEthernetHeaderBytes || frame.size() > UINT16_MAX) continue;
      const auto header = batch.headroom(i);
      wire::EncodeSleeveHeader({.sender = own_,
                                .source = own_,
                                .destination = peer_,
                                .frame_bytes = static_cast<std::uint16_t>(frame.size())},
                               header.first<wire::kSleeveHeaderBytes>());
      batch.Add({header.data(), header.size() + frame.size()});
    }
    batch.SendAdded(datagrams_.get());
  }
}

void Sleeve::FramesFromPeer() noexcept {
  ::prctl(PR_SET_NAME, "sleeve-in");
  MessageBatch batch(0);
  while (!stopping_.load(std::memory_order_relaxed)) {
    const std::size_t count = batch.Receive(datagrams_.get());
    for (std::size_t i = 0; i < count; ++i) {
      const auto datagram = batch.received(i);
      const auto header = wire::DecodeSleeveHeader(datagram);
      if (!header || header->frame_bytes < kEthernetHeaderBytes) continue;
      if (header->sender != peer_ || header->source != peer_ || header->destination != own_) continue;
      batch.Add(datagram.subspan(wire::kSleeveHeaderBytes));
    }
    batch.SendAdded(frames_.get());
  }
}

}  // namespace vnetperf::relay
