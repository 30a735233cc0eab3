#pragma once

#include "engine/loop.h"
#include "engine/pacer.h"
#include "engine/tcp_send_path.h"

namespace vnetperf::engine {

/// Sends blocks over a TCP (or MPTCP, or SCTP) connection.
class TcpSender final : public Loop {
 public:
  explicit TcpSender(Stream& stream);
  void Prepare() override;
  [[nodiscard]] std::optional<Failure> Run() override;

 private:
  enum class Outcome {
    kSent,
    /// Everything of the budget is claimed, but a stream that claimed it may still give back.
    kBudgetClaimed,
    /// The limit is reached or the file is at its end: nothing more to send.
    kExhausted,
    kStopping,
    kDead,
  };

  /// Gathers blocks for one turn: several where nothing asks for single ones.
  [[nodiscard]] std::size_t BytesOfTurn(bool budgeted) noexcept;
  [[nodiscard]] Outcome SendBlock();
  [[nodiscard]] Outcome SendAll(std::size_t bytes, bool budgeted);
  void FileEnded();

  Stream& stream_;
  TcpSendState state_;
  const TcpSendPath& path_;
  Pacer pacer_;
  Failure failure_;
  /// The last block went out whole, and nobody looked at the clock.
  bool flowing_ = false;
};

}  // namespace vnetperf::engine
