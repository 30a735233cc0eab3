#pragma once

#include <array>
#include <cstdint>

#include "wire/udp_header.h"

namespace vnetperf::wire {

/// Which datagrams of one stream came, by their sequence numbers: lost, late and duplicated are told apart.
///
/// A bitmap remembers the last kWindow numbers. Numbers that were skipped are lost until they come; one that
/// comes late is out of order and no longer lost; one that comes again is a duplicate and changes nothing
/// else. Loss behind the last datagram that came cannot be seen from here: the sender's total tells it.
///
/// A datagram later than kWindow cannot be told from a duplicate. It counts as out of order and stays lost.
class UdpAccounting {
 public:
  /// 8 KiB of bitmap: at 16 million datagrams a second, 4 ms of reordering.
  static constexpr std::uint64_t kWindow = std::uint64_t{1} << 16;

  explicit UdpAccounting(SequenceWidth width) noexcept : width_(width) {}

  /// `sequence` as it stands in the header; a 32-bit one is taken for the nearest to the highest so far.
  void Arrived(std::uint64_t sequence) noexcept;
  /// `count` datagrams, numbered one after another from `first` on as their width wraps: what Arrived() for
  /// each of them comes to, at the price of one where they are the next that were due.
  void ArrivedInOrder(std::uint64_t first, std::uint64_t count) noexcept;

  [[nodiscard]] std::uint64_t highest() const noexcept { return highest_; }
  /// Of the numbers up to the highest, those that never came. Never negative: each number is counted once.
  [[nodiscard]] std::uint64_t lost() const noexcept { return highest_ - distinct_; }
  [[nodiscard]] std::uint64_t out_of_order() const noexcept { return out_of_order_; }
  [[nodiscard]] std::uint64_t duplicates() const noexcept { return duplicates_; }

 private:
  static constexpr std::uint64_t kBitsPerWord = 64;

  [[nodiscard]] bool Unwrap(std::uint64_t wire, std::uint64_t& sequence) const noexcept;
  void Advance(std::uint64_t sequence) noexcept;
  void Remember(std::uint64_t first, std::uint64_t count) noexcept;
  void Forget(std::uint64_t first, std::uint64_t last) noexcept;

  [[nodiscard]] std::uint64_t& Word(std::uint64_t sequence) noexcept {
    return came_[sequence / kBitsPerWord % came_.size()];
  }
  [[nodiscard]] static std::uint64_t Bit(std::uint64_t sequence) noexcept {
    return std::uint64_t{1} << sequence % kBitsPerWord;
  }

  SequenceWidth width_;
  std::uint64_t highest_ = 0;
  /// Numbers that came, each once.
  std::uint64_t distinct_ = 0;
  std::uint64_t out_of_order_ = 0;
  std::uint64_t duplicates_ = 0;
  std::array<std::uint64_t, kWindow / kBitsPerWord> came_{};
};

}  // namespace vnetperf::wire
