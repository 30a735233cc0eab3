// Debian's libgcc for arm64, built for glibc, asks by this name whether there are ARMv8.1's atomic
// instructions. musl has the public one only.
#include <sys/auxv.h>

extern "C" unsigned long __getauxval(unsigned long type) noexcept;
unsigned long __getauxval(unsigned long type) noexcept { return getauxval(type); }
