// The C++ library says of which type an exception was that nobody has caught, and brings a demangler for that
// which is a tenth of the addon. This one says it as the compiler spells it.
#include <cxxabi.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <typeinfo>

namespace __gnu_cxx {

[[noreturn]] void __verbose_terminate_handler() {
  const auto say = [](const char* text) {
    // There is nobody to tell where it cannot be written.
    if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
  };
  say("vnetperf: C++ terminates");
  if (const std::type_info* type = abi::__cxa_current_exception_type()) {
    say(" after throwing ");
    say(type->name());
  }
  say("\n");
  std::abort();
}

}  // namespace __gnu_cxx
