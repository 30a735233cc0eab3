#include "engine/udp_receiver.h"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

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

unsigned BatchSize(const StreamSpecification& stream) {
  if (stream.gro) return kCoalescedMessages;
  if (TimesEach(stream)) return 1;
  const std::size_t fitting = kMostBatchBytes / stream.length_bytes;
  return static_cast<unsigned>(std::clamp<std::size_t>(fitting, 8, kMostMessages));
}

}  // namespace

UdpReceiver::UdpReceiver(Stream& stream)
    : stream_(stream),
      width_(stream.specification.sequence_width),
      header_bytes_(wire::UdpHeaderBytes(width_)),
      coalescing_(stream.specification.gro),
      discarding_(stream.specification.receive_path == ReceivePath::kDiscard && !stream.specification.gro),
      batch_(BatchSize(stream.specification)),
      slot_bytes_(coalescing_   ? kCoalescedBytes
                  : discarding_ ? header_bytes_
                                : std::max(stream.length(), header_bytes_)),
      accounting_(width_) {}

void UdpReceiver::Prepare() {
  if (coalescing_) {
    // A kernel before 5.0 does not know it: datagrams then come one by one, which the buffers are large
    // enough for.
    const int on = 1;
    coalescing_ = setsockopt(stream_.socket(), IPPROTO_UDP, UDP_GRO, &on, sizeof(on)) == 0;
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
    if (stream_.BeginsMeasuring()) jitter_.Restart();
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
  if (batch_ == 1) {
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
  if (received > 0) return Count(static_cast<unsigned>(received));
  if (received == 0 || errno == EAGAIN || errno == EINTR) return Outcome::kNothing;
  failure_ = {.error = errno, .syscall = "recv"};
  return Outcome::kEnded;
}

UdpReceiver::Outcome UdpReceiver::Count(unsigned messages) {
  const os::Nanoseconds now = os::MonotonicNow();
  const bool budgeted = stream_.budgeted();
  std::uint64_t bytes = 0;
  std::uint64_t datagrams = 0;
  bool exhausted = false;
  for (unsigned i = 0; i < messages && !exhausted; ++i) {
    const std::byte* const data = buffer_.data() + i * slot_bytes_;
    const std::size_t size = messages_[i].msg_len;
    const std::size_t segment = SegmentBytes(messages_[i]);
    for (std::size_t at = 0; at < size; at += segment) {
      const std::size_t datagram = std::min(segment, size - at);
      // Shorter than a header: a repeated greeting of the set-up or something foreign. It is no part of the
      // test and counts neither as a datagram nor in bytes.
      if (datagram < header_bytes_) continue;
      exhausted = budgeted && stream_.budget().Claim(1) == 0;
      if (exhausted) break;
      Arrived(data + at, now);
      bytes += datagram;
      ++datagrams;
    }
  }
  if (datagrams > 0) {
    stream_.counters.Moved(bytes, datagrams);
    stream_.counters.MovedAt(now);
    stream_.counters.Received(accounting_.highest(), accounting_.lost(), accounting_.out_of_order(),
                              accounting_.duplicates(), jitter_.seconds());
    if (budgeted) stream_.Settle(datagrams);
  }
  return exhausted ? Outcome::kExhausted : Outcome::kReceived;
}

std::size_t UdpReceiver::SegmentBytes(const mmsghdr& message) const noexcept {
  const std::size_t whole = std::max<std::size_t>(message.msg_len, 1);
  if (!coalescing_) return whole;
  const msghdr& header = message.msg_hdr;
  for (cmsghdr* each = CMSG_FIRSTHDR(&header); each; each = CMSG_NXTHDR(const_cast<msghdr*>(&header), each)) {
    if (each->cmsg_level != IPPROTO_UDP || each->cmsg_type != UDP_GRO) continue;
    int segment = 0;
    std::memcpy(&segment, CMSG_DATA(each), sizeof(segment));
    if (segment > 0) return static_cast<std::size_t>(segment);
  }
  // Without the kernel's word it is a single datagram, whatever its size.
  return whole;
}

void UdpReceiver::Arrived(const std::byte* datagram, os::Nanoseconds now) noexcept {
  const wire::UdpHeader header = wire::DecodeUdpHeader(datagram, width_);
  accounting_.Arrived(header.sequence);
  const os::Nanoseconds sent = static_cast<os::Nanoseconds>(header.seconds) * os::kNanosecondsPerSecond +
                               static_cast<os::Nanoseconds>(header.microseconds) * 1000;
  jitter_.Arrived(sent, now);
}

void UdpReceiver::Drain() {
  const os::Nanoseconds deadline = os::MonotonicNow() + kDrainTime;
  for (unsigned calls = 0; calls < kMostDrainCalls && os::MonotonicNow() < deadline; ++calls) {
    if (Receive(MSG_WAITFORONE) != Outcome::kReceived) return;
  }
}

}  // namespace vnetperf::engine
