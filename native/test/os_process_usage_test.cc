#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>

#include <cerrno>
#include <string>

#include "os/process_usage.h"
#include "test/check.h"
#include "test/loopback.h"

using namespace vnetperf;
using namespace vnetperf::os;
using namespace vnetperf::test;

namespace {

void SleepFor(Nanoseconds duration) {
  const timespec time{.tv_sec = duration / kNanosecondsPerSecond,
                      .tv_nsec = duration % kNanosecondsPerSecond};
  nanosleep(&time, nullptr);
}

/// A program that runs until it is killed; it ends by itself soon after a test that crashed.
class Child {
 public:
  explicit Child(const char* script) {
    char shell[] = "/bin/sh";
    char option[] = "-c";
    std::string text(script);
    char* const arguments[] = {shell, option, text.data(), nullptr};
    // Returns when the program is in its place: no thread of a sanitizer's came along.
    if (posix_spawn(&id_, shell, nullptr, nullptr, arguments, nullptr) != 0) id_ = 0;
  }
  ~Child() { End(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t id() const { return id_; }
  void Kill() const { kill(id_, SIGKILL); }
  /// Until it is a zombie, which still has its number.
  void WaitUntilDead() const {
    siginfo_t info;
    while (waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
  }
  void End() {
    if (id_ <= 0) return;
    Kill();
    waitpid(id_, nullptr, 0);
    id_ = 0;
  }

 private:
  pid_t id_ = 0;
};

constexpr const char* kBurn = "ulimit -t 30; while :; do :; done";
constexpr const char* kRest = "exec /bin/sleep 30";

/// The child shares two cores with whatever else runs: it is given time, not a rate.
Nanoseconds WaitForCpu(WatchedProcess& process, Nanoseconds at_least) {
  const Nanoseconds deadline = MonotonicNow() + 20 * kNanosecondsPerSecond;
  Nanoseconds cpu = process.CpuTime().value_or(0);
  while (cpu < at_least && MonotonicNow() < deadline) {
    SleepFor(5 * kNanosecondsPerMillisecond);
    cpu = process.CpuTime().value_or(0);
  }
  return cpu;
}

/// Until the program has been loaded and sleeps; false when it never does.
bool WaitUntilResting(pid_t id) {
  WatchedProcess process(id);
  const Nanoseconds deadline = MonotonicNow() + 20 * kNanosecondsPerSecond;
  while (MonotonicNow() < deadline) {
    const auto before = process.CpuTime();
    SleepFor(50 * kNanosecondsPerMillisecond);
    if (before && *before > 0 && process.CpuTime() == before) return true;
  }
  return false;
}

}  // namespace

TEST(cpu_time_of_a_busy_process_grows_and_is_never_more_than_the_time_it_had) {
  const Nanoseconds born = MonotonicNow();
  const Child child(kBurn);
  WatchedProcess process(child.id());
  CHECK_GE(WaitForCpu(process, 50 * kNanosecondsPerMillisecond), 50 * kNanosecondsPerMillisecond);
  const Nanoseconds cpu = process.CpuTime().value_or(-1);
  CHECK_LE(cpu, MonotonicNow() - born);
  CHECK_GE(process.CpuTime().value_or(-1), cpu);
}

TEST(cpu_time_of_a_resting_process_stands_still) {
  const Child child(kRest);
  CHECK(WaitUntilResting(child.id()));
}

TEST(the_threads_of_a_process_have_its_time_between_them) {
  const Child child(kBurn);
  WatchedProcess process(child.id());
  (void)WaitForCpu(process, 50 * kNanosecondsPerMillisecond);
  const auto threads = process.Threads();
  CHECK_EQ(threads.size(), 1u);
  CHECK_EQ(threads.front().id, child.id());
  CHECK_EQ(threads.front().name, "sh");
  const Nanoseconds later = process.CpuTime().value_or(0);
  CHECK_GE(threads.front().cpu, 40 * kNanosecondsPerMillisecond);
  CHECK_LE(threads.front().cpu, later + 20 * kNanosecondsPerMillisecond);
}

TEST(a_process_that_has_ended_has_no_time_also_before_it_is_reaped) {
  Child child(kBurn);
  WatchedProcess process(child.id());
  CHECK_GT(WaitForCpu(process, kNanosecondsPerMillisecond), 0);
  child.Kill();
  child.WaitUntilDead();
  CHECK(!process.CpuTime().has_value());
  CHECK(process.Threads().empty());
  child.End();
  CHECK(!process.CpuTime().has_value());
}

TEST(a_process_that_never_was_has_no_time) {
  // The largest number that the kernel gives is 4194304, and no test machine is near it.
  WatchedProcess nobody(4'194'304);
  CHECK(!nobody.CpuTime().has_value());
  CHECK(nobody.Threads().empty());
  WatchedProcess none(0);
  CHECK(!none.CpuTime().has_value());
}

TEST(schedstat_is_the_first_of_three_numbers_and_zeros_are_no_accounting) {
  CHECK(ParseSchedstat("1883433232 2148842573 20540\n") == Nanoseconds{1'883'433'232});
  CHECK(ParseSchedstat("0 47132 1\n") == Nanoseconds{0});
  CHECK(!ParseSchedstat("0 0 0\n"));
  CHECK(!ParseSchedstat(""));
  CHECK(!ParseSchedstat("12"));
  CHECK(!ParseSchedstat("many 1 2"));
}

TEST(a_run_tells_what_the_processes_it_watches_have_used_in_the_order_they_were_named) {
  const Child busy(kBurn);
  const Child resting(kRest);
  CHECK(WaitUntilResting(resting.id()));
  const Ends ends = ConnectTcp();
  auto client = Client(FromSeconds(0.3));
  client.interval = FromSeconds(0.1);
  client.streams.push_back(Sender(ends.near, engine::Protocol::kTcp, 131'072));
  client.streams[0].rate_bits_per_second = 10'000'000;
  client.watched_processes = {resting.id(), 4'194'304, busy.id()};
  auto server = Server(FromSeconds(0.3));
  server.streams.push_back(Receiver(ends.far, engine::Protocol::kTcp, 131'072));
  RecordedRun sending(std::move(client));
  RecordedRun receiving(std::move(server));
  const Results results = RunBoth(sending, receiving);

  const auto start = sending.recorder.start();
  CHECK(start.has_value());
  CHECK_EQ(start->processes.size(), 3u);
  CHECK_EQ(start->processes[0].threads.size(), 1u);
  CHECK_EQ(results.client.processes.size(), 3u);
  CHECK(results.client.processes[0].cpu == start->processes[0].cpu);
  CHECK(!results.client.processes[1].cpu);
  CHECK_GT(*results.client.processes[2].cpu, *start->processes[2].cpu);
  CHECK_LE(*results.client.processes[2].cpu - *start->processes[2].cpu,
           results.client.read_at - start->read_at + 20 * kNanosecondsPerMillisecond);
  CHECK_EQ(results.client.processes[2].threads.size(), 1u);
  // A tick costs one call a process; the threads are for the totals.
  for (const auto& snapshot : sending.recorder.snapshots()) {
    CHECK_GE(snapshot.read_at, snapshot.time);
    if (snapshot.kind == engine::SnapshotKind::kTick) CHECK(snapshot.processes[2].threads.empty());
  }
  CHECK(results.server.processes.empty());
}
