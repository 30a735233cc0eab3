#include "os/proc_stat.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace vnetperf::os {
namespace {

/// More cores than any kernel counts: a line that names a larger one is not believed.
constexpr int kMostCores = 1 << 16;
/// A thousand cores take some 100 KiB; a page too many costs nothing.
constexpr std::size_t kMostBytes = std::size_t{4} << 20;

/// Takes the number that `line` starts with, blanks before it skipped; false when there is none.
bool TakeNumber(std::string_view& line, std::uint64_t& value) {
  const std::size_t start = line.find_first_not_of(' ');
  if (start == std::string_view::npos) return false;
  line.remove_prefix(start);
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (error != std::errc{}) return false;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  return true;
}

}  // namespace

CoreTable ParseProcStat(std::string_view text, double ticks_per_second) {
  CoreTable cores;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);

    if (!line.starts_with("cpu") || line.starts_with("cpu ")) continue;
    line.remove_prefix(3);
    std::uint64_t core = 0;
    if (line.starts_with(' ') || !TakeNumber(line, core) || core >= kMostCores) continue;

    // user nice system idle iowait irq softirq steal; guest time stands in user (and nice) already.
    std::array<std::uint64_t, 8> ticks{};
    bool complete = true;
    for (std::uint64_t& value : ticks) complete = complete && TakeNumber(line, value);
    if (!complete) continue;

    const auto seconds = [&](std::uint64_t value) { return static_cast<double>(value) / ticks_per_second; };
    if (cores.size() <= core) cores.resize(core + 1);
    cores[core] = CoreTimes{.user = seconds(ticks[0] + ticks[1]),
                            .system = seconds(ticks[2]),
                            .irq = seconds(ticks[5]),
                            .softirq = seconds(ticks[6]),
                            .steal = seconds(ticks[7]),
                            .idle = seconds(ticks[3] + ticks[4])};
  }
  return cores;
}

ProcStat::ProcStat()
    : file_(open("/proc/stat", O_RDONLY | O_CLOEXEC)),
      ticks_per_second_(static_cast<double>(sysconf(_SC_CLK_TCK))),
      text_(std::size_t{64} << 10, '\0') {}

CoreTable ProcStat::Read() {
  if (!file_.valid()) return {};
  // The lines of the cores come first; the file ends in counters of every interrupt, which nobody asked for.
  std::size_t length = 0;
  while (length < kMostBytes) {
    if (length == text_.size()) text_.resize(text_.size() * 2);
    const ssize_t got =
        pread(file_.get(), text_.data() + length, text_.size() - length, static_cast<off_t>(length));
    if (got <= 0) break;
    length += static_cast<std::size_t>(got);
    if (std::string_view(text_).substr(0, length).find("\nintr") != std::string_view::npos) break;
  }
  return ParseProcStat(std::string_view(text_).substr(0, length), ticks_per_second_);
}

}  // namespace vnetperf::os
