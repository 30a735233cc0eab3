#pragma once

#include "engine/loop.h"
#include "engine/stream_file.h"
#include "engine/tcp_receive_path.h"

namespace vnetperf::engine {

/// Receives over a TCP (or MPTCP, or SCTP) connection and counts every byte, also those of a block that never
/// became whole.
class TcpReceiver final : public Loop {
 public:
  explicit TcpReceiver(Stream& stream);
  void Prepare() override;
  [[nodiscard]] std::optional<Failure> Run() override;

 private:
  enum class Outcome { kReceived, kNothing, kExhausted, kEnded };

  [[nodiscard]] Outcome Receive();
  [[nodiscard]] Outcome Count(std::size_t bytes);
  [[nodiscard]] bool WriteToFile(std::size_t bytes);
  void Drain();

  Stream& stream_;
  StreamFile file_;
  const TcpReceivePath& path_;
  TcpReceiveState state_;
  /// Bytes of the block under way.
  std::size_t partial_ = 0;
  Failure failure_;
};

}  // namespace vnetperf::engine
