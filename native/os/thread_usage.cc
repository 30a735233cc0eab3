#include "os/thread_usage.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <ctime>
#include <string>

#include "os/descriptor.h"

namespace vnetperf::os {

ThreadUsage OwnThreadUsage() noexcept {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return {.user_seconds = seconds(usage.ru_utime), .system_seconds = seconds(usage.ru_stime)};
}

std::optional<ThreadTicks> ParseThreadStat(std::string_view text) {
  // The second field is the thread's name in parentheses and may itself hold blanks and parentheses.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  text.remove_prefix(name_end + 1);
  // After the name come the fields 3, 4, 5 ...; user time is 14, system time 15.
  ThreadTicks ticks;
  for (int field = 3; field <= 15; ++field) {
    const std::size_t start = text.find_first_not_of(' ');
    if (start == std::string_view::npos) return std::nullopt;
    text.remove_prefix(start);
    const std::size_t length = std::min(text.find(' '), text.size());
    if (field >= 14) {
      unsigned long long& value = field == 14 ? ticks.user : ticks.system;
      const auto [end, error] = std::from_chars(text.data(), text.data() + length, value);
      if (error != std::errc{} || end != text.data() + length) return std::nullopt;
    }
    text.remove_prefix(length);
  }
  return ticks;
}

std::optional<ThreadUsage> ReadThreadUsage(pthread_t thread, pid_t thread_id) {
  clockid_t clock{};
  timespec time{};
  if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &time) != 0) return std::nullopt;
  const double total = static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;

  const std::string path = "/proc/self/task/" + std::to_string(thread_id) + "/stat";
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 1024> text;
  const ssize_t length = file.valid() ? read(file.get(), text.data(), text.size()) : 0;
  const auto ticks = length > 0 ? ParseThreadStat({text.data(), static_cast<std::size_t>(length)})
                                : std::optional<ThreadTicks>{};

  // Before the first tick, and without /proc: moving bytes is the kernel's work.
  const unsigned long long sum = ticks ? ticks->user + ticks->system : 0;
  const double user = sum > 0 ? total * static_cast<double>(ticks->user) / static_cast<double>(sum) : 0;
  return ThreadUsage{.user_seconds = user, .system_seconds = total - user};
}

}  // namespace vnetperf::os
