#pragma once

#include <functional>
#include <sstream>
#include <string>

/// What the tests need of a test framework: cases that register themselves, checks that tell both values and
/// go on, and a main() that runs what its arguments name (all of it without arguments) and fails when a check
/// did.
namespace vnetperf::test {

bool Register(const char* name, void (*body)());
void Fail(const char* file, int line, const std::string& what);

template <typename Left, typename Right, typename Compare>
void Compare2(const char* file, int line, const char* text, const Left& left, const Right& right,
              Compare compare) {
  if (compare(left, right)) return;
  std::ostringstream what;
  what << text << ": " << left << " against " << right;
  Fail(file, line, what.str());
}

}  // namespace vnetperf::test

#define TEST(name)                                                                              \
  static void name();                                                                           \
  [[maybe_unused]] static const bool name##_registered = vnetperf::test::Register(#name, name); \
  static void name()

#define CHECK(condition)                                                    \
  do {                                                                      \
    if (!(condition)) vnetperf::test::Fail(__FILE__, __LINE__, #condition); \
  } while (false)

#define CHECK_2(left, right, compare)                                                      \
  vnetperf::test::Compare2(__FILE__, __LINE__, #left " " #compare " " #right, left, right, \
                           [](const auto& a, const auto& b) { return a compare b; })
#define CHECK_EQ(left, right) CHECK_2(left, right, ==)
#define CHECK_LE(left, right) CHECK_2(left, right, <=)
#define CHECK_GE(left, right) CHECK_2(left, right, >=)
#define CHECK_LT(left, right) CHECK_2(left, right, <)
#define CHECK_GT(left, right) CHECK_2(left, right, >)
