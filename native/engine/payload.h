#pragma once

#include <cstddef>
#include <span>

namespace vnetperf::engine {

/// Of the pages that MADV_HUGEPAGE asks for. Where they are of another size, an alignment like any other.
inline constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;
[[nodiscard]] constexpr std::size_t RoundUp(std::size_t bytes, std::size_t unit) noexcept {
  return (bytes + unit - 1) / unit * unit;
}

/// A buffer of whole pages, faulted in when made. Pages of its own, so that no other data shares them.
class PageBuffer {
 public:
  PageBuffer() noexcept = default;
  /// Throws os::SystemError.
  explicit PageBuffer(std::size_t bytes);
  /// On huge pages where the kernel has some, which are contiguous in physical memory. Throws
  /// os::SystemError.
  [[nodiscard]] static PageBuffer Huge(std::size_t bytes);
  PageBuffer(PageBuffer&& other) noexcept;
  PageBuffer& operator=(PageBuffer&& other) noexcept;
  PageBuffer(const PageBuffer&) = delete;
  PageBuffer& operator=(const PageBuffer&) = delete;
  ~PageBuffer();

  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::span<std::byte> span() const noexcept { return {data_, bytes_}; }

 private:
  void* mapping_ = nullptr;
  std::size_t mapping_bytes_ = 0;
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

/// Random bytes, which no link compresses and no switch deduplicates, or "0123456789" over and over.
void FillPayload(std::span<std::byte> buffer, bool repeating);

}  // namespace vnetperf::engine
