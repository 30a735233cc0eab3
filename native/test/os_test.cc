#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <string>
#include <thread>

#include "os/affinity.h"
#include "os/clock.h"
#include "os/descriptor.h"
#include "os/proc_stat.h"
#include "os/system_error.h"
#include "os/thread_usage.h"
#include "os/unix_listener.h"
#include "os/wake_word.h"
#include "test/check.h"

using namespace vnetperf::os;

namespace {

/// Of a thread of its own: the pin must not outlive the test.
template <typename Body>
void OnItsOwnThread(Body body) {
  std::thread(body).join();
}

int ErrorOfPinning(const std::vector<int>& cores) {
  try {
    PinThisThread(cores);
  } catch (const SystemError& error) {
    return error.error_number();
  }
  return 0;
}

}  // namespace

TEST(a_pinned_thread_is_allowed_on_exactly_its_cores) {
  const std::vector<int> before = AllowedCores();
  CHECK(!before.empty());
  OnItsOwnThread([&] {
    PinThisThread({before.back()});
    CHECK(AllowedCores() == std::vector<int>{before.back()});
  });
  CHECK(AllowedCores() == before);
}

TEST(cores_that_do_not_exist_are_refused_also_beside_one_that_does) {
  const std::vector<int> allowed = AllowedCores();
  OnItsOwnThread([&] {
    CHECK_EQ(ErrorOfPinning({ConfiguredCores() + 500}), EINVAL);
    CHECK_EQ(ErrorOfPinning({allowed.front(), ConfiguredCores() + 5}), EINVAL);
    CHECK_EQ(ErrorOfPinning({}), EINVAL);
    CHECK_EQ(ErrorOfPinning({-1}), EINVAL);
    CHECK_EQ(ErrorOfPinning({1 << 30}), EINVAL);
  });
}

TEST(proc_stat_gives_each_core_its_seconds_and_offline_cores_nothing) {
  const CoreTable cores = ParseProcStat(
      "cpu  9 9 9 9 9 9 9 9 9 9\n"
      "cpu0 100 20 300 4000 50 6 70 8 0 0\n"
      "cpu3 1 2 3 4 5 6 7 8 9 10\n"
      "cpu4 1 2 3 4 5 6 7\n"
      "cpux 1 2 3 4 5 6 7 8\n"
      "cpu99999999999 1 2 3 4 5 6 7 8\n"
      "intr 12345 0 0\n",
      100);
  CHECK_EQ(cores.size(), 4u);
  CHECK(!cores[1] && !cores[2]);
  CHECK_EQ(cores[0]->user, 1.2);
  CHECK_EQ(cores[0]->system, 3.0);
  CHECK_EQ(cores[0]->idle, 40.5);
  CHECK_EQ(cores[0]->irq, 0.06);
  CHECK_EQ(cores[0]->softirq, 0.7);
  CHECK_EQ(cores[0]->steal, 0.08);
  CHECK_EQ(cores[3]->user, 0.03);
  CHECK(ParseProcStat("", 100).empty());
  CHECK(ParseProcStat("cpu0 1 2 3", 100).empty());
}

TEST(proc_stat_of_this_machine_knows_the_core_this_thread_is_on) {
  ProcStat file;
  const CoreTable first = file.Read();
  const int core = AllowedCores().front();
  CHECK_LT(static_cast<std::size_t>(core), first.size());
  CHECK(first[static_cast<std::size_t>(core)].has_value());
  CHECK_EQ(file.Read().size(), first.size());
}

TEST(a_thread_name_of_parentheses_and_blanks_does_not_shift_the_fields) {
  const auto ticks = ParseThreadStat("17 (a) S 1 2) R 1 17 17 0 -1 64 100 0 0 0 345 678 0 0 20 0 1\n");
  CHECK(ticks.has_value());
  CHECK_EQ(ticks->user, 345u);
  CHECK_EQ(ticks->system, 678u);
  CHECK(!ParseThreadStat("17 (name").has_value());
  CHECK(!ParseThreadStat("17 (name) R 1 2").has_value());
  CHECK(!ParseThreadStat("").has_value());
}

TEST(cpu_time_of_another_thread_is_its_own) {
  WakeWord word;
  std::atomic<pid_t> id{0};
  std::thread worker([&] {
    const Nanoseconds until = MonotonicNow() + 60 * kNanosecondsPerMillisecond;
    while (OwnThreadUsage().user_seconds + OwnThreadUsage().system_seconds < 0.03 &&
           MonotonicNow() < 20 * until) {
    }
    id = gettid();
    while (word.load() == 0) word.WaitUntil(0, kNever);
  });
  while (id == 0) std::this_thread::yield();
  const auto usage = ReadThreadUsage(worker.native_handle(), id);
  CHECK(usage.has_value());
  CHECK_GE(usage->user_seconds + usage->system_seconds, 0.029);
  CHECK_LT(usage->user_seconds + usage->system_seconds, 1.0);
  word.Set(1);
  worker.join();
}

TEST(a_wake_word_wakes_at_once_and_at_its_deadline) {
  WakeWord word;
  const Nanoseconds start = MonotonicNow();
  word.WaitUntil(0, start + 20 * kNanosecondsPerMillisecond);
  CHECK_GE(MonotonicNow(), start + 20 * kNanosecondsPerMillisecond);
  // The past, and a value that is not there: no wait at all.
  word.WaitUntil(0, start);
  word.WaitUntil(1, kNever);

  std::thread setter([&] { word.Set(7); });
  while (word.load() == 0) word.WaitUntil(0, kNever);
  CHECK_EQ(word.load(), 7u);
  setter.join();
}

TEST(seconds_become_nanoseconds_to_the_nearest) {
  CHECK_EQ(FromSeconds(0.1), 100'000'000);
  CHECK_EQ(FromSeconds(-1), 0);
  CHECK_EQ(FromSeconds(std::nan("")), 0);
  CHECK_GT(FromSeconds(1e300), FromSeconds(86'400));
}

namespace {

int ErrorOfUnixListener(const std::string& path) {
  try {
    (void)UnixListener(path);
    return 0;
  } catch (const SystemError& error) {
    return error.error_number();
  }
}

}  // namespace

TEST(behind_a_unix_socket_is_the_process_that_listens_on_it) {
  const std::string path = "/tmp/vnetperf-os-test-" + std::to_string(::getpid());
  const Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  CHECK_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  CHECK_EQ(ErrorOfUnixListener(path), ECONNREFUSED);
  CHECK_EQ(::listen(listener.get(), 1), 0);
  CHECK_EQ(UnixListener(path), ::getpid());
  CHECK_EQ(::unlink(path.c_str()), 0);
  CHECK_EQ(ErrorOfUnixListener(path), ENOENT);
  CHECK_EQ(ErrorOfUnixListener(std::string(200, 'x')), ENAMETOOLONG);
}
