#include "engine/loop.h"

#include "engine/tcp_receiver.h"
#include "engine/tcp_sender.h"
#include "engine/udp_receiver.h"
#include "engine/udp_sender.h"

namespace vnetperf::engine {

std::unique_ptr<Loop> MakeLoop(Stream& stream) {
  const bool sending = stream.specification.sending;
  switch (stream.specification.protocol) {
    case Protocol::kTcp:
      if (sending) return std::make_unique<TcpSender>(stream);
      return std::make_unique<TcpReceiver>(stream);
    case Protocol::kUdp:
      break;
  }
  if (sending) return std::make_unique<UdpSender>(stream);
  return std::make_unique<UdpReceiver>(stream);
}

}  // namespace vnetperf::engine
