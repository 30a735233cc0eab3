#pragma once

#include <cerrno>
#include <exception>

namespace vnetperf::os {

/// A system call that failed. `step` is the part of the caller's wish that could not be had; both strings are
/// literals.
class SystemError : public std::exception {
 public:
  SystemError(const char* syscall, const char* step, int error_number = errno) noexcept
      : syscall_(syscall), step_(step), error_number_(error_number) {}

  [[nodiscard]] const char* syscall() const noexcept { return syscall_; }
  [[nodiscard]] const char* step() const noexcept { return step_; }
  [[nodiscard]] int error_number() const noexcept { return error_number_; }
  [[nodiscard]] const char* what() const noexcept override { return syscall_; }

 private:
  const char* syscall_;
  const char* step_;
  int error_number_;
};

}  // namespace vnetperf::os
