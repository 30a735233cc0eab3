#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "test/check.h"
#include "wire/udp_arrivals.h"

using namespace vnetperf::wire;

namespace {

struct Datagram {
  std::uint64_t sequence = 0;
  std::int64_t sent = 0;
};

/// Datagram by datagram, without any thought of speed.
struct Plain {
  explicit Plain(SequenceWidth width) : accounting(width) {}

  void Arrived(const Datagram& datagram, std::int64_t arrived) {
    accounting.Arrived(datagram.sequence);
    jitter.Arrived(datagram.sent, arrived);
  }

  UdpAccounting accounting;
  Jitter jitter;
};

void CheckAgainst(const Plain& plain, const UdpArrivals& arrivals) {
  CHECK_EQ(arrivals.accounting().highest(), plain.accounting.highest());
  CHECK_EQ(arrivals.accounting().lost(), plain.accounting.lost());
  CHECK_EQ(arrivals.accounting().out_of_order(), plain.accounting.out_of_order());
  CHECK_EQ(arrivals.accounting().duplicates(), plain.accounting.duplicates());
  CHECK_LE(std::fabs(arrivals.jitter_seconds() - plain.jitter.seconds()), 1e-12 * plain.jitter.seconds());
}

/// Feeds the same datagrams to both: in messages of any number, some messages to a moment.
class Pair {
 public:
  Pair(SequenceWidth width, std::uint32_t seed)
      : width_(width), random_(seed), plain_(width), arrivals_(width) {}

  void Feed(const std::vector<Datagram>& datagrams) {
    for (std::size_t next = 0; next < datagrams.size();) {
      now_ += 1 + static_cast<std::int64_t>(random_() % 3'000'000);
      arrivals_.Open(now_);
      for (std::size_t messages = 1 + random_() % 5; messages > 0 && next < datagrams.size(); --messages) {
        const std::size_t count = std::min<std::size_t>(1 + random_() % 200, datagrams.size() - next);
        FeedMessage(&datagrams[next], count);
        next += count;
      }
      arrivals_.Close();
      CheckAgainst(plain_, arrivals_);
    }
  }

  [[nodiscard]] std::mt19937& random() { return random_; }
  [[nodiscard]] const UdpArrivals& arrivals() const { return arrivals_; }
  void Restart() {
    plain_.jitter.Restart();
    arrivals_.RestartJitter();
  }

 private:
  void FeedMessage(const Datagram* datagrams, std::size_t count) {
    const std::size_t stride = UdpHeaderBytes(width_) + random_() % 7;
    // What lies between headers must not matter.
    std::vector<std::byte> message(count * stride, std::byte{0xa5});
    for (std::size_t i = 0; i < count; ++i) {
      EncodeUdpHeader({.seconds = static_cast<std::uint32_t>(datagrams[i].sent / 1'000'000'000),
                       .microseconds = static_cast<std::uint32_t>(datagrams[i].sent % 1'000'000'000 / 1000),
                       .sequence = datagrams[i].sequence},
                      width_, message.data() + i * stride);
      Datagram seen = datagrams[i];
      if (width_ == SequenceWidth::k32Bit) seen.sequence &= 0xffffffff;
      plain_.Arrived(seen, now_);
    }
    arrivals_.Take(message.data(), stride, count);
  }

  SequenceWidth width_;
  std::mt19937 random_;
  Plain plain_;
  UdpArrivals arrivals_;
  std::int64_t now_ = 1'000'000'000;
};

/// As a sender in batches makes them, then lost, doubled and reordered.
std::vector<Datagram> Disturbed(std::mt19937& random, std::uint64_t first, std::size_t count) {
  const auto chance = [&](std::size_t permille) { return random() % 1000 < permille; };
  const std::size_t loss = random() % 3 == 0 ? random() % 200 : 0;
  const std::size_t duplication = random() % 3 == 0 ? random() % 100 : 0;
  const std::size_t swaps = random() % 3 == 0 ? random() % 100 : 0;
  std::vector<Datagram> datagrams;
  std::int64_t sent = 5'000'000'000;
  for (std::uint64_t sequence = first; sequence < first + count; ++sequence) {
    if (chance(20)) sent += 1000 * static_cast<std::int64_t>(random() % 2000);
    if (chance(loss)) continue;
    datagrams.push_back({sequence, sent});
    while (chance(duplication)) datagrams.push_back({sequence, sent});
  }
  const std::size_t depth = 1 + random() % 300;
  for (std::size_t i = 0; i + depth < datagrams.size(); ++i) {
    if (chance(swaps)) std::swap(datagrams[i], datagrams[i + random() % depth]);
  }
  return datagrams;
}

}  // namespace

TEST(runs_come_to_the_same_as_datagram_by_datagram) {
  constexpr std::uint64_t kWrap = std::uint64_t{1} << 32;
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    for (const auto width : {SequenceWidth::k32Bit, SequenceWidth::k64Bit}) {
      Pair pair(width, seed);
      // Every third series goes over the end of 32 bits: from halfway there, since no distance is beyond
      // that.
      const bool wraps = seed % 3 == 0;
      if (wraps) pair.Feed({{0x7ffffff0, 0}, {kWrap - 5000, 0}});
      pair.Feed(Disturbed(pair.random(), wraps ? kWrap - 4000 : 1, 8000));
      if (seed % 2 == 0) pair.Restart();
      pair.Feed(Disturbed(pair.random(), wraps ? kWrap + 4000 : 8001, 2000));
      CHECK_GT(pair.arrivals().accounting().highest(), wraps ? kWrap : 9000u);
    }
  }
}

TEST(runs_longer_than_the_window_come_to_the_same) {
  for (const auto width : {SequenceWidth::k32Bit, SequenceWidth::k64Bit}) {
    std::vector<std::byte> message((UdpAccounting::kWindow + 100) * 16);
    UdpArrivals arrivals(width);
    EncodeUdpHeaders(message.data(), 16, UdpAccounting::kWindow + 100, 0, 1, width);
    arrivals.Open(0);
    arrivals.Take(message.data(), 16, UdpAccounting::kWindow + 100);
    arrivals.Close();
    CHECK_EQ(arrivals.accounting().highest(), UdpAccounting::kWindow + 100);
    CHECK_EQ(arrivals.accounting().lost(), 0u);
    // All of the window came: a duplicate wherever one looks.
    arrivals.Take(message.data() + 150 * 16, 16, 1);
    arrivals.Close();
    CHECK_EQ(arrivals.accounting().duplicates(), 1u);
  }
}

TEST(numbers_that_no_sender_uses_come_to_the_same) {
  constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();
  for (const auto width : {SequenceWidth::k32Bit, SequenceWidth::k64Bit}) {
    Pair pair(width, 9);
    pair.Feed({{0, 0}, {1, 0}, {2, 0}, {0, 0}, {1, 0}, {3, 0}});
    // A run over the end of 64 bits, which continues what was the highest.
    pair.Feed({{kLast - 4, 0}});
    std::vector<Datagram> over_the_end;
    for (std::uint64_t i = 0; i < 500; ++i) over_the_end.push_back({kLast - 3 + i, 0});
    pair.Feed(over_the_end);
    std::vector<Datagram> anything;
    for (int i = 0; i < 5000; ++i) {
      const std::uint64_t sequence =
          (std::uint64_t{pair.random()()} << 32 | pair.random()()) >> pair.random()() % 64;
      for (std::uint64_t run = 0; run < pair.random()() % 5; ++run) anything.push_back({sequence + run, 0});
    }
    pair.Feed(anything);
  }
}

TEST(the_headers_of_a_batch_are_those_of_its_datagrams) {
  for (const auto width : {SequenceWidth::k32Bit, SequenceWidth::k64Bit}) {
    for (const std::size_t stride : {UdpHeaderBytes(width), std::size_t{17}, std::size_t{1448}}) {
      constexpr std::uint64_t kFirst = 0xfffffffe;
      constexpr std::int64_t kSent = 4'294'967'295'999'999'999;
      std::vector<std::byte> batch(5 * stride, std::byte{0x5a});
      std::vector<std::byte> each = batch;
      EncodeUdpHeaders(batch.data(), stride, 5, kSent, kFirst, width);
      for (std::size_t i = 0; i < 5; ++i) {
        EncodeUdpHeader({.seconds = 4'294'967'295, .microseconds = 999'999, .sequence = kFirst + i}, width,
                        each.data() + i * stride);
        const UdpHeader header = DecodeUdpHeader(batch.data() + i * stride, width);
        CHECK_EQ(header.sequence, width == SequenceWidth::k64Bit ? kFirst + i : (kFirst + i) & 0xffffffff);
      }
      CHECK(batch == each);
      CHECK_EQ(UdpSendTime(RawUdpSendTime(batch.data())), kSent / 1000 * 1000);
    }
  }
}
