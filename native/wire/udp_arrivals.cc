#include "wire/udp_arrivals.h"

namespace vnetperf::wire {

void UdpArrivals::Take(const std::byte* first, std::size_t stride, std::size_t count) noexcept {
  if (width_ == SequenceWidth::k64Bit) {
    TakeEach<SequenceWidth::k64Bit>(first, stride, count);
  } else {
    TakeEach<SequenceWidth::k32Bit>(first, stride, count);
  }
}

template <SequenceWidth width>
void UdpArrivals::TakeEach(const std::byte* datagram, std::size_t stride, std::size_t count) noexcept {
  // In registers: what is written through a pointer in between would otherwise be loaded again each time.
  Run run = run_;
  for (; count > 0; --count, datagram += stride) {
    const std::uint64_t raw_send_time = RawUdpSendTime(datagram);
    const std::uint64_t sequence = UdpSequence<width>(datagram);
    std::uint64_t next = run.first + run.count;
    if constexpr (width == SequenceWidth::k32Bit) next = static_cast<std::uint32_t>(next);
    if (raw_send_time == run.raw_send_time && sequence == next && run.count > 0) {
      ++run.count;
      continue;
    }
    if (run.count > 0) Book(run);
    run = {.raw_send_time = raw_send_time, .first = sequence, .count = 1};
  }
  run_ = run;
}

void UdpArrivals::Close() noexcept {
  if (run_.count > 0) Book(run_);
  run_ = {};
}

void UdpArrivals::Book(const Run& run) noexcept {
  accounting_.ArrivedInOrder(run.first, run.count);
  jitter_.Arrived(UdpSendTime(run.raw_send_time), arrived_, run.count);
}

}  // namespace vnetperf::wire
