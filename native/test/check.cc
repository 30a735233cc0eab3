#include "test/check.h"

#include <cstdio>
#include <cstring>
#include <exception>
#include <vector>

namespace vnetperf::test {
namespace {

struct Case {
  const char* name;
  void (*body)();
};

/// A function's static: registration happens before main(), in any order.
std::vector<Case>& Cases() {
  static std::vector<Case> cases;
  return cases;
}

int failures = 0;

bool Named(const Case& each, int count, char** names) {
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(each.name, names[i]) == 0) return true;
  }
  return count == 1;
}

}  // namespace

bool Register(const char* name, void (*body)()) {
  Cases().push_back({name, body});
  return true;
}

void Fail(const char* file, int line, const std::string& what) {
  ++failures;
  std::printf("    %s:%d: %s\n", file, line, what.c_str());
}

int RunCases(int count, char** names) {
  int run = 0;
  for (const Case& each : Cases()) {
    if (!Named(each, count, names)) continue;
    ++run;
    const int before = failures;
    try {
      each.body();
    } catch (const std::exception& error) {
      Fail(each.name, 0, std::string("threw ") + error.what());
    }
    std::printf("%s %s\n", failures == before ? "ok  " : "FAIL", each.name);
    std::fflush(stdout);
  }
  // A name that fits nothing must not pass.
  return run > 0 && failures == 0 ? 0 : 1;
}

}  // namespace vnetperf::test

int main(int count, char** arguments) { return vnetperf::test::RunCases(count, arguments); }
