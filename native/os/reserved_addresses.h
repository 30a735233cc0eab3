#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <utility>

#include "os/system_error.h"

namespace vnetperf::os {

/// Addresses with no memory behind them: whoever writes there, the kernel included, is refused.
class ReservedAddresses {
 public:
  ReservedAddresses() noexcept = default;
  /// Throws SystemError.
  explicit ReservedAddresses(std::size_t bytes)
      : begin_(mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)),
        bytes_(bytes) {
    if (begin_ == MAP_FAILED) throw SystemError("mmap", "buffer");
  }
  ReservedAddresses(ReservedAddresses&& other) noexcept
      : begin_(std::exchange(other.begin_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  ReservedAddresses& operator=(ReservedAddresses&& other) noexcept {
    std::swap(begin_, other.begin_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ReservedAddresses(const ReservedAddresses&) = delete;
  ReservedAddresses& operator=(const ReservedAddresses&) = delete;
  ~ReservedAddresses() {
    if (begin_) munmap(begin_, bytes_);
  }

  [[nodiscard]] void* data() const noexcept { return begin_; }

 private:
  void* begin_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace vnetperf::os
