#include "engine/udp_receiver.h"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "os/scheduling.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace vnetperf::engine {
namespace {

/// Up to here a system call and a look at the clock for every datagram are affordable: some 2 microseconds of
/// 20.
constexpr std::uint64_t kTimedDatagramsPerSecond = 50'000;
constexpr unsigned kMostMessages = 64;
constexpr std::size_t kMostBatchBytes = std::size_t{1} << 20;
/// What UDP_GRO puts together at most, and how many of these one call takes.
constexpr std::size_t kCoalescedBytes = std::size_t{64} << 10;
constexpr unsigned kCoalescedMessages = 8;
/// Of a batch that was asked for: a call takes at most as many as fit.
constexpr std::size_t kMostAskedBytes = std::size_t{16} << 20;
constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(int));

/// Datagrams that were sent before the end may wait in the backlog of a busy core while the word of the end
/// passes on another. The path is empty when a whole socket timeout brings none. A sender that goes on shall
/// not hold up the end.
constexpr os::Nanoseconds kDrainTime = 200 * os::kNanosecondsPerMillisecond;
constexpr unsigned kMostDrainCalls = 400'000;

bool TimesEach(const StreamSpecification& stream) {
  return stream.rate_bits_per_second != 0 &&
         stream.rate_bits_per_second / (8 * stream.length_bytes) < kTimedDatagramsPerSecond;
}

std::size_t SlotBytes(const StreamSpecification& stream, bool discarding) {
  if (stream.gro) return kCoalescedBytes;
  const std::size_t header_bytes = wire::UdpHeaderBytes(stream.sequence_width);
  return discarding ? header_bytes : std::max(stream.length_bytes, header_bytes);
}

unsigned BatchSize(const StreamSpecification& stream, std::size_t slot_bytes) {
  if (stream.batch != 0) {
    return static_cast<unsigned>(std::clamp<std::size_t>(kMostAskedBytes / slot_bytes, 1, stream.batch));
  }
  if (stream.gro) return kCoalescedMessages;
  if (TimesEach(stream)) return 1;
  return static_cast<unsigned>(std::clamp<std::size_t>(kMostBatchBytes / slot_bytes, 8, kMostMessages));
}

/// The size at which the kernel says that one message is to be cut into datagrams. Without its word it is a
/// single one, whatever its size.
std::size_t SegmentBytes(const mmsghdr& message) noexcept {
  const msghdr& header = message.msg_hdr;
  for (cmsghdr* each = CMSG_FIRSTHDR(&header); each; each = CMSG_NXTHDR(const_cast<msghdr*>(&header), each)) {
    if (each->cmsg_level != IPPROTO_UDP || each->cmsg_type != UDP_GRO) continue;
    int segment = 0;
    std::memcpy(&segment, CMSG_DATA(each), sizeof(segment));
    if (segment > 0) return static_cast<std::size_t>(segment);
  }
  return message.msg_len;
}

}  // namespace

UdpReceiver::UdpReceiver(Stream& stream)
    : stream_(stream),
      header_bytes_(wire::UdpHeaderBytes(stream.specification.sequence_width)),
      coalescing_(stream.specification.gro),
      discarding_(stream.specification.receive_path == ReceivePath::kDiscard && !stream.specification.gro),
      timed_(TimesEach(stream.specification)),
      batch_(BatchSize(stream.specification, SlotBytes(stream.specification, discarding_))),
      slot_bytes_(SlotBytes(stream.specification, discarding_)),
      arrivals_(stream.specification.sequence_width) {}

void UdpReceiver::Prepare() {
  if (coalescing_) {
    // A kernel before 5.0 does not know it: datagrams then come one by one, which the buffers are large
    // enough for.
    const int on = 1;
    coalescing_ = setsockopt(stream_.socket(), IPPROTO_UDP, UDP_GRO, &on, sizeof(on)) == 0;
    if (!coalescing_) stream_.counters.SegmentationRefused();
  }
  buffer_ = PageBuffer(batch_ * slot_bytes_);
  controls_.resize(batch_ * kControlBytes);
  parts_.resize(batch_);
  messages_.resize(batch_);
  for (unsigned i = 0; i < batch_; ++i) {
    parts_[i] = {.iov_base = buffer_.data() + i * slot_bytes_, .iov_len = slot_bytes_};
    messages_[i] = {};
    messages_[i].msg_hdr.msg_iov = &parts_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
    if (coalescing_) messages_[i].msg_hdr.msg_control = controls_.data() + i * kControlBytes;
  }
}

std::optional<Failure> UdpReceiver::Run() {
  while (!stream_.stopping()) {
    if (stream_.BeginsMeasuring()) {
      arrivals_.RestartJitter();
      stream_.gaps.Restart();
    }
    const Outcome outcome = Receive(MSG_WAITFORONE);
    if (outcome == Outcome::kEnded) return failure_;
    if (outcome == Outcome::kExhausted) stream_.control.SleepUntilStopped();
  }
  if (stream_.control.stop_order() == StopOrder::kDrain) Drain();
  return std::nullopt;
}

UdpReceiver::Outcome UdpReceiver::Receive(int flags) {
  // MSG_TRUNC in the flags makes the kernel tell the size that a datagram had, whatever of it fits.
  const int truncate = discarding_ ? MSG_TRUNC : 0;
  int received;
  if (batch_ == 1 && !coalescing_) {
    const ssize_t bytes =
        recv(stream_.socket(), buffer_.data(), slot_bytes_, (flags & MSG_DONTWAIT) | truncate);
    if (bytes >= 0) messages_[0].msg_len = static_cast<unsigned>(bytes);
    received = bytes >= 0 ? 1 : -1;
  } else {
    // The kernel leaves here how much it wrote.
    if (coalescing_) {
      for (mmsghdr& message : messages_) message.msg_hdr.msg_controllen = kControlBytes;
    }
    received = recvmmsg(stream_.socket(), messages_.data(), batch_, flags | truncate, nullptr);
  }
  stream_.counters.Called(1);
  if (received > 0) return Count(static_cast<unsigned>(received));
  if (received == 0 || errno == EAGAIN || errno == EINTR) return Outcome::kNothing;
  failure_ = {.error = errno, .syscall = "recv"};
  return Outcome::kEnded;
}

UdpReceiver::Outcome UdpReceiver::Count(unsigned messages) {
  const os::Nanoseconds now = os::MonotonicNow();
  Tally tally;
  bool exhausted = false;
  arrivals_.Open(now);
  for (unsigned i = 0; i < messages && !exhausted; ++i) exhausted = !Take(i, tally);
  arrivals_.Close();
  if (tally.datagrams > 0) {
    stream_.counters.Moved(tally.bytes, tally.datagrams);
    stream_.counters.Packets(tally.packets);
    stream_.counters.MovedAt(now);
    const wire::UdpAccounting& accounting = arrivals_.accounting();
    stream_.counters.Received(accounting.highest(), accounting.lost(), accounting.out_of_order(),
                              accounting.duplicates(), arrivals_.jitter_seconds());
    if (timed_) stream_.gaps.Moved(now, tally.datagrams);
    if (stream_.budgeted()) stream_.Settle(tally.datagrams);
  } else {
    // Whoever floods this socket with something else gets no thread that goes before all others.
    os::RunAsOthers();
  }
  return exhausted ? Outcome::kExhausted : Outcome::kReceived;
}

bool UdpReceiver::Take(unsigned message, Tally& tally) noexcept {
  const std::size_t size = messages_[message].msg_len;
  const std::size_t segment = coalescing_ ? std::min(SegmentBytes(messages_[message]), size) : size;
  // Shorter than a header: a repeated greeting of the set-up or something foreign. It is no part of the test
  // and counts neither as a datagram nor in bytes. Of a cut message only the last one may be shorter.
  if (segment < header_bytes_) return true;
  std::size_t datagrams = 1;
  std::size_t bytes = size;
  if (segment < size) {
    datagrams = size / segment;
    const std::size_t rest = size % segment;
    bytes = size - rest;
    if (rest >= header_bytes_) {
      ++datagrams;
      bytes = size;
    }
  }
  bool within = true;
  if (stream_.budgeted()) {
    const std::size_t claimed = stream_.budget().Claim(datagrams);
    within = claimed == datagrams;
    if (!within) bytes = claimed * segment;
    datagrams = claimed;
    if (datagrams == 0) return false;
  }
  arrivals_.Take(buffer_.data() + message * slot_bytes_, segment, datagrams);
  ++tally.packets;
  tally.datagrams += datagrams;
  tally.bytes += bytes;
  return within;
}

void UdpReceiver::Drain() {
  const os::Nanoseconds deadline = os::MonotonicNow() + kDrainTime;
  for (unsigned calls = 0; calls < kMostDrainCalls && os::MonotonicNow() < deadline; ++calls) {
    if (Receive(MSG_WAITFORONE) != Outcome::kReceived) return;
  }
}

}  // namespace vnetperf::engine
