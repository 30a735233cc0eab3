#include "os/process_usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <memory>

namespace vnetperf::os {
namespace {

int OpenProcess(pid_t id) noexcept { return static_cast<int>(syscall(SYS_pidfd_open, id, 0)); }

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { closedir(directory); }
};

std::string ReadSmallFile(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 256> text;
  const ssize_t length = file.valid() ? read(file.get(), text.data(), text.size()) : 0;
  return length > 0 ? std::string(text.data(), static_cast<std::size_t>(length)) : std::string();
}

}  // namespace

WatchedProcess::WatchedProcess(pid_t id) : id_(id), gone_(false), process_(OpenProcess(id)) {
  // No process, or a thread of one; which error that is depends on the kernel. An old kernel or a sandbox has
  // no such call: there the clock alone must tell.
  if (!process_.valid()) gone_ = errno == ESRCH || errno == EINVAL || errno == ENOENT;
}

bool WatchedProcess::HasEnded() const noexcept {
  if (!process_.valid()) return false;
  pollfd ended{.fd = process_.get(), .events = POLLIN, .revents = 0};
  return poll(&ended, 1, 0) > 0;
}

std::optional<Nanoseconds> WatchedProcess::CpuTime() {
  if (gone_) return std::nullopt;
  clockid_t clock{};
  timespec time{};
  const bool read = clock_getcpuclockid(id_, &clock) == 0 && clock_gettime(clock, &time) == 0;
  // Asked afterwards: what was read before the end was read of this process.
  gone_ = !read || HasEnded();
  if (gone_) return std::nullopt;
  return time.tv_sec * kNanosecondsPerSecond + time.tv_nsec;
}

std::vector<ThreadTime> WatchedProcess::Threads() const {
  std::vector<ThreadTime> threads;
  if (gone_) return threads;
  const std::string tasks = "/proc/" + std::to_string(id_) + "/task";
  const std::unique_ptr<DIR, CloseDirectory> directory(opendir(tasks.c_str()));
  if (!directory) return threads;
  while (const dirent* const entry = readdir(directory.get())) {
    const std::string_view name(entry->d_name);
    ThreadTime thread;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), thread.id);
    if (error != std::errc{} || end != name.data() + name.size()) continue;
    const std::string task = tasks + "/" + entry->d_name;
    const auto cpu = ParseSchedstat(ReadSmallFile(task + "/schedstat"));
    if (!cpu) continue;
    thread.cpu = *cpu;
    thread.name = ReadSmallFile(task + "/comm");
    if (thread.name.ends_with('\n')) thread.name.pop_back();
    threads.push_back(std::move(thread));
  }
  return threads;
}

std::optional<Nanoseconds> ParseSchedstat(std::string_view text) {
  // Time on a CPU, time spent waiting for one, turns taken. A kernel without the accounting prints zeros.
  Nanoseconds cpu = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cpu);
  if (error != std::errc{} || cpu < 0 || end == text.data() + text.size() || *end != ' ') return std::nullopt;
  if (text.starts_with("0 0 0")) return std::nullopt;
  return cpu;
}

}  // namespace vnetperf::os
