#include "os/affinity.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>

#include "os/system_error.h"

namespace vnetperf::os {
namespace {

/// Far beyond any kernel's NR_CPUS; a larger number is a mistake and not worth the memory.
constexpr int kMostCores = 1 << 16;

/// A cpu_set_t of the size needed: the fixed one ends at 1024 cores, where machines do not. Not by
/// CPU_ALLOC(), which glibc has and musl has not.
class CoreSet {
 public:
  explicit CoreSet(int cores)
      : bytes_(CPU_ALLOC_SIZE(cores)), sets_((bytes_ + sizeof(cpu_set_t) - 1) / sizeof(cpu_set_t)) {}
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] cpu_set_t* get() { return sets_.data(); }
  void Add(int core) { CPU_SET_S(core, bytes_, sets_.data()); }
  [[nodiscard]] bool Has(int core) const { return CPU_ISSET_S(core, bytes_, sets_.data()); }

 private:
  std::size_t bytes_;
  std::vector<cpu_set_t> sets_;
};

}  // namespace

void PinThisThread(const std::vector<int>& cores) {
  const auto [lowest, highest] = std::minmax_element(cores.begin(), cores.end());
  if (cores.empty() || *lowest < 0 || *highest >= kMostCores) {
    throw SystemError("sched_setaffinity", "affinity", EINVAL);
  }
  CoreSet set(*highest + 1);
  for (const int core : cores) set.Add(core);
  if (sched_setaffinity(0, set.bytes(), set.get()) != 0) throw SystemError("sched_setaffinity", "affinity");

  // The kernel silently drops cores that are offline or outside the cpuset as long as one remains. A
  // measurement that ran elsewhere than asked is worse than none.
  const std::vector<int> allowed = AllowedCores();
  for (const int core : cores) {
    if (!std::binary_search(allowed.begin(), allowed.end(), core)) {
      throw SystemError("sched_setaffinity", "affinity", EINVAL);
    }
  }
}

std::vector<int> AllowedCores() {
  // EINVAL means that the kernel's own mask is larger than the one offered.
  for (int cores = 1024; cores <= kMostCores; cores *= 2) {
    CoreSet set(cores);
    if (sched_getaffinity(0, set.bytes(), set.get()) != 0) {
      if (errno == EINVAL) continue;
      throw SystemError("sched_getaffinity", "affinity");
    }
    std::vector<int> allowed;
    for (int core = 0; core < cores; ++core) {
      if (set.Has(core)) allowed.push_back(core);
    }
    return allowed;
  }
  throw SystemError("sched_getaffinity", "affinity", EINVAL);
}

int ConfiguredCores() noexcept {
  const long cores = sysconf(_SC_NPROCESSORS_CONF);
  return cores > 0 ? static_cast<int>(cores) : 1;
}

}  // namespace vnetperf::os
