// Debian's unwinder asks _dl_find_object() for the unwind table of a caller, which is in glibc since 2.35 and
// not in musl. With this answer in the addon it runs on glibc 2.34 and on musl; dl_iterate_phdr() is in both,
// and slower by some microseconds for every exception.
#include <dlfcn.h>
#include <link.h>

#include <cstdint>

namespace {

struct Search {
  std::uintptr_t address;
  dl_find_object* found;
};

int Look(dl_phdr_info* object, std::size_t /*size*/, void* data) {
  const auto& search = *static_cast<Search*>(data);
  std::uintptr_t unwind_table = 0;
  std::uintptr_t around = 0;
  std::uintptr_t size = 0;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    const std::uintptr_t start = object->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_GNU_EH_FRAME) unwind_table = start;
    if (segment.p_type != PT_LOAD || search.address - start >= segment.p_memsz) continue;
    around = start;
    size = segment.p_memsz;
  }
  if (size == 0 || unwind_table == 0) return 0;
  *search.found = {};
  search.found->dlfo_map_start = reinterpret_cast<void*>(around);
  search.found->dlfo_map_end = reinterpret_cast<void*>(around + size);
  search.found->dlfo_eh_frame = reinterpret_cast<void*>(unwind_table);
  return 1;
}

}  // namespace

extern "C" int _dl_find_object(void* address, dl_find_object* found) noexcept {
  Search search{.address = reinterpret_cast<std::uintptr_t>(address), .found = found};
  return dl_iterate_phdr(Look, &search) == 1 ? 0 : -1;
}
