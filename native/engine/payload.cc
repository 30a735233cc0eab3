#include "engine/payload.h"

#include <sys/mman.h>
#include <sys/random.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <utility>

#include "os/system_error.h"

namespace vnetperf::engine {

namespace {

void* MapPages(std::size_t bytes, int flags) {
  void* const pages =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  if (pages == MAP_FAILED) throw os::SystemError("mmap", "buffer");
  return pages;
}

}  // namespace

// MAP_POPULATE: the first block must not pay for page faults.
PageBuffer::PageBuffer(std::size_t bytes)
    : mapping_(MapPages(bytes, MAP_POPULATE)),
      mapping_bytes_(bytes),
      data_(static_cast<std::byte*>(mapping_)),
      bytes_(bytes) {}

PageBuffer PageBuffer::Huge(std::size_t bytes) {
  const std::size_t huge_bytes = RoundUp(bytes, kHugePageBytes);
  PageBuffer buffer;
  buffer.mapping_bytes_ = huge_bytes + kHugePageBytes;
  buffer.mapping_ = MapPages(buffer.mapping_bytes_, 0);
  buffer.bytes_ = bytes;
  void* aligned = buffer.mapping_;
  std::size_t space = buffer.mapping_bytes_;
  std::align(kHugePageBytes, huge_bytes, aligned, space);
  buffer.data_ = static_cast<std::byte*>(aligned);
  // Asked for before the first touch. A kernel without them gives small pages, which is slower and not wrong.
  madvise(buffer.data_, huge_bytes, MADV_HUGEPAGE);
  std::memset(buffer.data_, 0, bytes);
  return buffer;
}

PageBuffer::PageBuffer(PageBuffer&& other) noexcept
    : mapping_(std::exchange(other.mapping_, nullptr)),
      mapping_bytes_(std::exchange(other.mapping_bytes_, 0)),
      data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)) {}

PageBuffer& PageBuffer::operator=(PageBuffer&& other) noexcept {
  std::swap(mapping_, other.mapping_);
  std::swap(mapping_bytes_, other.mapping_bytes_);
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

PageBuffer::~PageBuffer() {
  if (mapping_) munmap(mapping_, mapping_bytes_);
}

void FillPayload(std::span<std::byte> buffer, bool repeating) {
  if (repeating) {
    for (std::size_t i = 0; i < buffer.size(); ++i) buffer[i] = static_cast<std::byte>('0' + i % 10);
    return;
  }
  // Seeded from the kernel, continued here: getrandom() for megabytes would take longer than connecting did.
  std::uint64_t seed = 0;
  if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed)) throw os::SystemError("getrandom", "buffer");
  std::mt19937_64 generator(seed);
  for (std::size_t i = 0; i < buffer.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t random = generator();
    std::memcpy(&buffer[i], &random, std::min(sizeof(random), buffer.size() - i));
  }
}

}  // namespace vnetperf::engine
