#include <atomic>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

#include "engine/budget.h"
#include "test/check.h"

using vnetperf::engine::Budget;

TEST(claims_end_at_the_limit) {
  Budget budget(10);
  CHECK(budget.limited());
  CHECK_EQ(budget.Claim(6), 6u);
  CHECK_EQ(budget.Claim(6), 4u);
  CHECK_EQ(budget.Claim(6), 0u);
  CHECK(!budget.complete());
}

TEST(what_is_given_back_can_be_claimed_again) {
  Budget budget(10);
  CHECK_EQ(budget.Claim(10), 10u);
  budget.GiveBack(3);
  CHECK_EQ(budget.Claim(10), 3u);
}

TEST(the_move_that_completes_the_limit_is_told_so_and_no_other) {
  Budget budget(10);
  (void)budget.Claim(10);
  CHECK(!budget.Settle(4));
  CHECK(!budget.Settle(0));
  CHECK(!budget.complete());
  CHECK(budget.Settle(6));
  CHECK(budget.complete());
  CHECK(!budget.Settle(0));
}

TEST(no_limit_is_no_limit) { CHECK(!Budget(0).limited()); }

TEST(many_threads_that_give_back_and_try_again_move_the_limit_exactly) {
  const std::uint64_t limit = 1'000'003;
  Budget budget(limit);
  std::atomic<std::uint64_t> moved{0};
  std::atomic<int> completions{0};
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&, seed] {
      std::mt19937 random(seed);
      while (!budget.complete()) {
        const std::uint64_t claimed = budget.Claim(1 + random() % 700);
        if (claimed == 0) {
          std::this_thread::yield();
          continue;
        }
        const std::uint64_t used = random() % (claimed + 1);
        moved += used;
        budget.GiveBack(claimed - used);
        if (budget.Settle(used)) ++completions;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(moved.load(), limit);
  CHECK_EQ(completions.load(), 1);
}
