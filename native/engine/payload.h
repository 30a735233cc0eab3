#pragma once

#include <cstddef>
#include <span>

namespace vnetperf::engine {

/// A buffer of whole pages, faulted in when made. Pages of its own, so that no other data shares them.
class PageBuffer {
 public:
  PageBuffer() noexcept = default;
  /// Throws os::SystemError.
  explicit PageBuffer(std::size_t bytes);
  PageBuffer(PageBuffer&& other) noexcept;
  PageBuffer& operator=(PageBuffer&& other) noexcept;
  PageBuffer(const PageBuffer&) = delete;
  PageBuffer& operator=(const PageBuffer&) = delete;
  ~PageBuffer();

  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::span<std::byte> span() const noexcept { return {data_, bytes_}; }

 private:
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

/// Random bytes, which no link compresses and no switch deduplicates, or "0123456789" over and over.
void FillPayload(std::span<std::byte> buffer, bool repeating);

}  // namespace vnetperf::engine
