#include "engine/payload.h"

#include <sys/mman.h>
#include <sys/random.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <utility>

#include "os/system_error.h"

namespace vnetperf::engine {

PageBuffer::PageBuffer(std::size_t bytes) : bytes_(bytes) {
  // MAP_POPULATE: the first block must not pay for page faults.
  void* const pages =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (pages == MAP_FAILED) throw os::SystemError("mmap", "buffer");
  data_ = static_cast<std::byte*>(pages);
}

PageBuffer::PageBuffer(PageBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

PageBuffer& PageBuffer::operator=(PageBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

PageBuffer::~PageBuffer() {
  if (data_) munmap(data_, bytes_);
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
