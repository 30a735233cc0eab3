#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include "engine/histogram.h"
#include "test/check.h"

using namespace vnetperf;
using engine::Histogram;

namespace {

/// By sorting: nearest rank.
std::uint64_t ExactQuantile(const std::vector<std::uint64_t>& sorted, std::uint32_t per_mille) {
  const double rank = std::ceil(static_cast<double>(per_mille) * static_cast<double>(sorted.size()) / 1000);
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

void AgreesWithSorting(std::vector<std::uint64_t> values) {
  const auto histogram = std::make_unique<Histogram>();
  double sum = 0;
  for (const std::uint64_t value : values) {
    histogram->Record(value);
    sum += static_cast<double>(value);
  }
  std::sort(values.begin(), values.end());
  CHECK_EQ(histogram->count(), values.size());
  CHECK_EQ(histogram->minimum(), values.front());
  CHECK_EQ(histogram->maximum(), values.back());
  CHECK_LE(std::abs(histogram->mean() - sum / static_cast<double>(values.size())), 1e-9 * sum);
  for (const std::uint32_t per_mille : {0u, 1u, 10u, 250u, 500u, 900u, 990u, 999u, 1000u}) {
    const auto exact = static_cast<double>(ExactQuantile(values, per_mille));
    const auto told = static_cast<double>(histogram->Quantile(per_mille));
    CHECK_LE(std::abs(told - exact), exact * Histogram::kRelativeError);
  }
}

}  // namespace

TEST(percentiles_are_those_of_the_sorted_values_within_the_bound) {
  std::mt19937_64 random(20240117);
  std::lognormal_distribution<double> round_trips(std::log(20'000), 1.5);
  std::uniform_int_distribution<std::uint64_t> anything(0, Histogram::kHighest);
  std::uniform_int_distribution<std::uint64_t> small(0, 300);
  std::uniform_int_distribution<int> width(0, 32);
  for (int round = 0; round < 40; ++round) {
    std::vector<std::uint64_t> values;
    const std::size_t count = std::size_t{1} + random() % 5000;
    for (std::size_t i = 0; i < count; ++i) {
      switch (round % 4) {
        case 0:
          values.push_back(static_cast<std::uint64_t>(round_trips(random)));
          break;
        case 1:
          values.push_back(anything(random));
          break;
        case 2:
          values.push_back(small(random));
          break;
        default:
          values.push_back(anything(random) >> width(random));
          break;
      }
    }
    AgreesWithSorting(std::move(values));
  }
}

TEST(every_edge_of_a_bucket_is_within_the_bound) {
  for (int width = 0; width < 33; ++width) {
    for (const std::int64_t beside : {-1, 0, 1}) {
      const std::int64_t value = (std::int64_t{1} << width) + beside;
      if (value < 0 || value > static_cast<std::int64_t>(Histogram::kHighest)) continue;
      AgreesWithSorting({static_cast<std::uint64_t>(value)});
      AgreesWithSorting({0, static_cast<std::uint64_t>(value), Histogram::kHighest});
    }
  }
}

TEST(an_empty_histogram_has_zeros) {
  const Histogram histogram;
  CHECK_EQ(histogram.count(), 0u);
  CHECK_EQ(histogram.minimum(), 0u);
  CHECK_EQ(histogram.maximum(), 0u);
  CHECK_EQ(histogram.mean(), 0.0);
  CHECK_EQ(histogram.Quantile(500), 0u);
}

TEST(what_is_beyond_the_range_counts_as_its_end_and_is_told) {
  Histogram histogram;
  histogram.Record(Histogram::kHighest);
  histogram.Record(Histogram::kHighest + 1);
  histogram.Record(std::uint64_t{1} << 60);
  CHECK_EQ(histogram.count(), 3u);
  CHECK_EQ(histogram.overflowed(), 2u);
  CHECK_EQ(histogram.maximum(), std::uint64_t{1} << 60);
  const auto highest = static_cast<double>(Histogram::kHighest);
  CHECK_LE(std::abs(static_cast<double>(histogram.Quantile(999)) - highest),
           highest * Histogram::kRelativeError);
}
