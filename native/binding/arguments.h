#pragma once

#include <napi.h>

#include <cstdint>
#include <string>

namespace vnetperf::binding {

/// Checks of what JavaScript passed. All throw a TypeError that reads "<name> must be <what>"; `name` is the
/// path as the caller wrote it, for example `options.tos`.

[[noreturn]] void ThrowArgument(Napi::Env env, const std::string& name, const std::string& what);

[[nodiscard]] std::int64_t ToInteger(Napi::Value value, const std::string& name, std::int64_t minimum,
                                     std::int64_t maximum);
/// Any finite number in the range.
[[nodiscard]] double ToNumber(Napi::Value value, const std::string& name, double minimum, double maximum);
[[nodiscard]] bool ToBoolean(Napi::Value value, const std::string& name);
/// Without NUL, so that the kernel sees the whole of it, and at most 255 bytes.
[[nodiscard]] std::string ToText(Napi::Value value, const std::string& name);
[[nodiscard]] Napi::Object ToObject(Napi::Value value, const std::string& name);
[[nodiscard]] Napi::Array ToArray(Napi::Value value, const std::string& name);
[[nodiscard]] Napi::Uint8Array ToBytes(Napi::Value value, const std::string& name);

}  // namespace vnetperf::binding
