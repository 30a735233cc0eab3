#include "binding/build.h"

#include <features.h>

// The builds say what they know. No date: the same sources make the same bytes.
#ifndef VNETPERF_VERSION
#define VNETPERF_VERSION ""
#endif
#ifndef VNETPERF_COMMIT
#define VNETPERF_COMMIT ""
#endif
#ifndef VNETPERF_LIBC
#ifdef __GLIBC__
#define VNETPERF_LIBC "glibc"
#else
#define VNETPERF_LIBC "musl"
#endif
#endif

namespace vnetperf::binding {
namespace {

#if defined(__x86_64__)
constexpr const char* kProcessor = "x86_64";
#elif defined(__aarch64__)
constexpr const char* kProcessor = "aarch64";
#elif defined(__riscv)
constexpr const char* kProcessor = "riscv64";
#elif defined(__powerpc64__)
constexpr const char* kProcessor = "powerpc64le";
#elif defined(__s390x__)
constexpr const char* kProcessor = "s390x";
#else
constexpr const char* kProcessor = "unknown";
#endif

#ifdef __clang__
constexpr const char* kCompiler = __VERSION__;
#else
constexpr const char* kCompiler = "GCC " __VERSION__;
#endif

}  // namespace

Napi::Object Build(Napi::Env env) {
  const std::string libc = VNETPERF_LIBC;
  Napi::Object build = Napi::Object::New(env);
  build.Set("version", VNETPERF_VERSION);
  build.Set("target", std::string(kProcessor) + "-linux-" + (libc == "musl" ? "musl" : "gnu"));
  build.Set("libc", libc);
  build.Set("compiler", kCompiler);
  if (*VNETPERF_COMMIT != '\0') build.Set("commit", VNETPERF_COMMIT);
  return build;
}

}  // namespace vnetperf::binding
