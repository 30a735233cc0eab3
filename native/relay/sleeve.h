#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "os/descriptor.h"
#include "wire/sleeve_header.h"

namespace vnetperf::relay {

struct SleeveSpecification {
  /// Frames are taken from it and given to it.
  std::string interface;
  /// Numeric, of one family.
  std::string local_host;
  std::string remote_host;
  /// Of both sides.
  std::uint16_t port = 0;
  wire::PeerName own{};
  wire::PeerName peer{};
};

/// One side of what Weave Net calls sleeve: frames of an interface in UDP to another host, and back, a frame
/// a datagram, by a thread each way. A datagram that is too large for the link is not sent (DF), like one
/// that weave found the path's MTU with.
class Sleeve {
 public:
  /// Both sockets are open, and the threads run, when it returns. Throws SystemError.
  explicit Sleeve(const SleeveSpecification& specification);
  /// Ends when the messages under way have been sent; a socket that takes none for a tenth of a second gets
  /// no more.
  ~Sleeve();
  Sleeve(const Sleeve&) = delete;
  Sleeve& operator=(const Sleeve&) = delete;

 private:
  void FramesToPeer() noexcept;
  void FramesFromPeer() noexcept;
  void Stop() noexcept;

  wire::PeerName own_;
  wire::PeerName peer_;
  os::Descriptor frames_;
  os::Descriptor datagrams_;
  std::atomic<bool> stopping_ = false;
  std::thread outward_;
  std::thread inward_;
};

}  // namespace vnetperf::relay
