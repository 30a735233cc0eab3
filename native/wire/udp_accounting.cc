#include "wire/udp_accounting.h"

#include <algorithm>

namespace vnetperf::wire {

void UdpAccounting::Arrived(std::uint64_t wire) noexcept {
  std::uint64_t sequence;
  // No sender uses such a number; as a late one it does the least harm.
  if (!Unwrap(wire, sequence)) {
    ++out_of_order_;
    return;
  }
  if (sequence > highest_) {
    Advance(sequence);
    return;
  }
  if (highest_ - sequence >= kWindow) {
    ++out_of_order_;
    return;
  }
  if (Word(sequence) & Bit(sequence)) {
    ++duplicates_;
    return;
  }
  Word(sequence) |= Bit(sequence);
  ++distinct_;
  ++out_of_order_;
}

void UdpAccounting::ArrivedInOrder(std::uint64_t first, std::uint64_t count) noexcept {
  std::uint64_t sequence;
  // A run that goes round the ring would overtake itself, and one beyond 64 bits begins again at 0.
  if (Unwrap(first, sequence) && sequence == highest_ + 1 && count <= kWindow && count <= ~highest_) {
    Remember(sequence, count);
    highest_ += count;
    distinct_ += count;
    return;
  }
  for (std::uint64_t i = 0; i < count; ++i) Arrived(first + i);
}

bool UdpAccounting::Unwrap(std::uint64_t wire, std::uint64_t& sequence) const noexcept {
  if (width_ == SequenceWidth::k64Bit) {
    sequence = wire;
    return sequence > 0;
  }
  // A signed 32-bit distance reaches 2^31 numbers either way, so one wrap after another is followed.
  const auto distance =
      static_cast<std::int32_t>(static_cast<std::uint32_t>(wire) - static_cast<std::uint32_t>(highest_));
  if (distance <= 0 && highest_ <= static_cast<std::uint64_t>(-std::int64_t{distance})) return false;
  sequence = highest_ + static_cast<std::uint64_t>(std::int64_t{distance});
  return true;
}

void UdpAccounting::Advance(std::uint64_t sequence) noexcept {
  // The common case is the next number: one bit. Otherwise the bits of the skipped numbers still hold what
  // came a window ago.
  if (sequence - highest_ > 1) Forget(highest_ + 1, sequence - 1);
  Word(sequence) |= Bit(sequence);
  highest_ = sequence;
  ++distinct_;
}

void UdpAccounting::Remember(std::uint64_t first, std::uint64_t count) noexcept {
  while (count > 0) {
    const std::uint64_t begin = first % kBitsPerWord;
    const std::uint64_t bits = std::min(count, kBitsPerWord - begin);
    Word(first) |= ~std::uint64_t{0} >> (kBitsPerWord - bits) << begin;
    first += bits;
    count -= bits;
  }
}

void UdpAccounting::Forget(std::uint64_t first, std::uint64_t last) noexcept {
  if (last - first >= kWindow) {
    came_.fill(0);
    return;
  }
  for (std::uint64_t sequence = first; sequence <= last;) {
    if (sequence % kBitsPerWord == 0 && last - sequence >= kBitsPerWord - 1) {
      Word(sequence) = 0;
      sequence += kBitsPerWord;
    } else {
      Word(sequence) &= ~Bit(sequence);
      ++sequence;
    }
  }
}

}  // namespace vnetperf::wire
