#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "test/check.h"
#include "wire/jitter.h"

using vnetperf::wire::Jitter;

TEST(a_constant_transit_has_no_jitter_whatever_the_offset_of_the_clocks) {
  for (const std::int64_t offset :
       {std::int64_t{0}, std::int64_t{-5'000'000'000}, std::int64_t{86'400'000'000'000}}) {
    Jitter jitter;
    for (std::int64_t i = 0; i < 100; ++i) jitter.Arrived(i * 1'000'000, i * 1'000'000 + offset);
    CHECK_EQ(jitter.seconds(), 0.0);
  }
}

TEST(the_estimate_is_that_of_rfc_3550_on_a_computed_series) {
  std::mt19937 random(3);
  std::vector<std::int64_t> transit;
  // Around zero on purpose: an absolute transit time would fold the negative ones over.
  for (int i = 0; i < 500; ++i) transit.push_back(static_cast<std::int64_t>(random() % 200'000) - 100'000);

  Jitter jitter;
  for (std::size_t i = 0; i < transit.size(); ++i) {
    const auto sent = static_cast<std::int64_t>(i) * 250'000;
    jitter.Arrived(sent, sent + transit[i]);
  }
  double expected = 0;
  for (std::size_t i = 1; i < transit.size(); ++i) {
    const double distance = std::fabs(static_cast<double>(transit[i] - transit[i - 1]) * 1e-9);
    expected += (distance - expected) / 16;
  }
  CHECK_GT(expected, 1e-5);
  CHECK_LT(std::fabs(jitter.seconds() - expected), 1e-12);
}

TEST(the_first_datagram_is_only_the_reference_also_after_a_restart) {
  Jitter jitter;
  jitter.Arrived(0, 1'000'000);
  CHECK_EQ(jitter.seconds(), 0.0);
  jitter.Arrived(0, 17'000'000);
  CHECK_LT(std::fabs(jitter.seconds() - 0.001), 1e-12);
  jitter.Restart();
  CHECK_EQ(jitter.seconds(), 0.0);
  jitter.Arrived(0, 99'000'000);
  CHECK_EQ(jitter.seconds(), 0.0);
}
