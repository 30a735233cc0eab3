#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

#include "test/check.h"
#include "wire/udp_accounting.h"

using namespace vnetperf::wire;

namespace {

UdpAccounting After(const std::vector<std::uint64_t>& sequences,
                    SequenceWidth width = SequenceWidth::k64Bit) {
  UdpAccounting accounting(width);
  for (const std::uint64_t sequence : sequences) accounting.Arrived(sequence);
  return accounting;
}

/// The same rules, written down without any thought of speed.
struct Model {
  std::set<std::uint64_t> came;
  std::uint64_t highest = 0;
  std::uint64_t out_of_order = 0;
  std::uint64_t duplicates = 0;

  void Arrived(std::uint64_t sequence) {
    const bool late = sequence < highest;
    if (!came.insert(sequence).second) {
      ++duplicates;
    } else if (late) {
      ++out_of_order;
    } else {
      highest = sequence;
    }
  }
  [[nodiscard]] std::uint64_t lost() const { return highest - came.size(); }
};

void CheckAgainst(const Model& model, const UdpAccounting& accounting) {
  CHECK_EQ(accounting.highest(), model.highest);
  CHECK_EQ(accounting.lost(), model.lost());
  CHECK_EQ(accounting.out_of_order(), model.out_of_order);
  CHECK_EQ(accounting.duplicates(), model.duplicates);
}

}  // namespace

TEST(everything_in_order_loses_nothing) {
  const auto accounting = After({1, 2, 3, 4, 5});
  CHECK_EQ(accounting.highest(), 5u);
  CHECK_EQ(accounting.lost(), 0u);
  CHECK_EQ(accounting.out_of_order(), 0u);
  CHECK_EQ(accounting.duplicates(), 0u);
}

TEST(skipped_numbers_are_lost_also_the_first_ones) {
  CHECK_EQ(After({4}).lost(), 3u);
  CHECK_EQ(After({1, 2, 5, 9}).lost(), 5u);
}

TEST(a_late_datagram_is_out_of_order_and_no_longer_lost) {
  const auto accounting = After({1, 2, 4, 3, 5});
  CHECK_EQ(accounting.lost(), 0u);
  CHECK_EQ(accounting.out_of_order(), 1u);
}

TEST(a_duplicate_cancels_no_loss) {
  const auto accounting = After({1, 2, 4, 4, 2, 1});
  CHECK_EQ(accounting.lost(), 1u);
  CHECK_EQ(accounting.duplicates(), 3u);
  CHECK_EQ(accounting.out_of_order(), 0u);
}

TEST(a_late_datagram_that_comes_twice_counts_once) {
  const auto accounting = After({1, 3, 2, 2});
  CHECK_EQ(accounting.lost(), 0u);
  CHECK_EQ(accounting.out_of_order(), 1u);
  CHECK_EQ(accounting.duplicates(), 1u);
}

TEST(number_zero_is_no_datagram_of_a_sender) {
  for (const auto width : {SequenceWidth::k32Bit, SequenceWidth::k64Bit}) {
    const auto accounting = After({0, 1, 2}, width);
    CHECK_EQ(accounting.highest(), 2u);
    CHECK_EQ(accounting.lost(), 0u);
    CHECK_EQ(accounting.out_of_order(), 1u);
  }
}

TEST(a_datagram_older_than_the_window_stays_lost) {
  UdpAccounting accounting(SequenceWidth::k64Bit);
  const std::uint64_t far = UdpAccounting::kWindow + 10;
  for (std::uint64_t sequence = 2; sequence <= far; ++sequence) accounting.Arrived(sequence);
  CHECK_EQ(accounting.lost(), 1u);
  accounting.Arrived(1);
  CHECK_EQ(accounting.lost(), 1u);
  CHECK_EQ(accounting.out_of_order(), 1u);
  // The oldest that the window still holds came: a duplicate.
  accounting.Arrived(far - UdpAccounting::kWindow + 1);
  CHECK_EQ(accounting.duplicates(), 1u);
}

TEST(a_leap_of_many_windows_is_loss_and_forgets_what_came_before) {
  UdpAccounting accounting(SequenceWidth::k64Bit);
  for (std::uint64_t sequence = 1; sequence <= 100; ++sequence) accounting.Arrived(sequence);
  const std::uint64_t far = 10 * UdpAccounting::kWindow + 50;
  accounting.Arrived(far);
  CHECK_EQ(accounting.lost(), far - 101);
  // Stands where number 40 stood in the ring.
  accounting.Arrived(10 * UdpAccounting::kWindow + 40);
  CHECK_EQ(accounting.lost(), far - 102);
  CHECK_EQ(accounting.duplicates(), 0u);
}

TEST(a_32_bit_sequence_goes_on_after_its_wrap) {
  UdpAccounting accounting(SequenceWidth::k32Bit);
  // A first datagram halfway, then one just before the wrap: no distance is beyond 2^31.
  const std::uint64_t wrap = std::uint64_t{1} << 32;
  accounting.Arrived(0x7ffffff0);
  accounting.Arrived(0xffffffef);
  const std::uint64_t lost_before = accounting.lost();
  for (std::uint64_t sequence = 0xfffffff0; sequence < wrap + 100; ++sequence) {
    if (sequence != wrap + 7) accounting.Arrived(sequence & 0xffffffff);
  }
  CHECK_EQ(accounting.highest(), wrap + 99);
  CHECK_EQ(accounting.lost(), lost_before + 1);
  CHECK_EQ(accounting.out_of_order(), 0u);
  accounting.Arrived(7);
  accounting.Arrived(0xfffffffe);
  CHECK_EQ(accounting.lost(), lost_before);
  CHECK_EQ(accounting.out_of_order(), 1u);
  CHECK_EQ(accounting.duplicates(), 1u);
}

TEST(random_loss_reordering_and_duplication_agree_with_a_simple_model) {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    const auto chance = [&](std::uint32_t percent) { return random() % 100 < percent; };
    std::vector<std::uint64_t> sequences;
    const auto loss = static_cast<std::uint32_t>(random() % 30);
    const auto duplication = static_cast<std::uint32_t>(random() % 30);
    // Every third series begins near the wrap of 32 bits.
    const bool wraps = seed % 3 == 0;
    const std::uint64_t first = wraps ? (std::uint64_t{1} << 31) - 2000 : 1;
    for (std::uint64_t sequence = first; sequence < first + 4000; ++sequence) {
      if (chance(loss)) continue;
      sequences.push_back(sequence);
      while (chance(duplication)) sequences.push_back(sequence);
    }
    const std::size_t depth = 1 + random() % 200;
    for (std::size_t i = 0; i + depth < sequences.size(); ++i) {
      if (chance(20)) std::swap(sequences[i], sequences[i + random() % depth]);
    }
    Model model;
    UdpAccounting wide(SequenceWidth::k64Bit);
    UdpAccounting narrow(SequenceWidth::k32Bit);
    for (const std::uint64_t sequence : sequences) {
      model.Arrived(sequence);
      wide.Arrived(sequence);
      narrow.Arrived(sequence & 0xffffffff);
    }
    CheckAgainst(model, wide);
    CheckAgainst(model, narrow);
  }
}

TEST(loss_is_never_negative_whatever_arrives) {
  std::mt19937_64 random(7);
  for (const auto width : {SequenceWidth::k32Bit, SequenceWidth::k64Bit}) {
    UdpAccounting accounting(width);
    for (int i = 0; i < 20'000; ++i) {
      // Bits of every size, so that near and far numbers both come.
      accounting.Arrived(random() >> random() % 64);
      CHECK_LE(accounting.lost(), accounting.highest());
    }
  }
}
