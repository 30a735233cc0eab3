#pragma once

#include <napi.h>

#include <memory>

#include "relay/sleeve.h"

namespace vnetperf::binding {

/// NativeSleeve of lib/platform/native.ts. The relay's threads live until close(), until the object is
/// collected, or until the environment ends, whichever comes first; none of them calls into JavaScript.
class Sleeve final : public Napi::ObjectWrap<Sleeve> {
 public:
  /// Exports the class as `Sleeve`.
  static void Init(Napi::Env env, Napi::Object exports);

  /// new Sleeve(specification). Throws TypeError for what is no SleeveSpecification, NativeSystemError where
  /// a socket cannot be had.
  explicit Sleeve(const Napi::CallbackInfo& info);

 private:
  void Close(const Napi::CallbackInfo& info);

  /// Empty = closed.
  std::unique_ptr<relay::Sleeve> sleeve_;
};

}  // namespace vnetperf::binding
