#pragma once

#include <napi.h>

#include <memory>
#include <optional>

#include "engine/ping_pong.h"

namespace vnetperf::binding {

/// NativePingPong of lib/platform/native.ts. The engine's threads live until close(), until the object is
/// collected, or until the environment ends, whichever comes first; none of them calls into JavaScript.
class PingPong final : public Napi::ObjectWrap<PingPong> {
 public:
  /// Exports the class as `PingPong`.
  static void Init(Napi::Env env, Napi::Object exports);

  /// new PingPong(specification). Throws TypeError for what is no PingPongSpecification, NativeSystemError
  /// where a thread cannot be pinned.
  explicit PingPong(const Napi::CallbackInfo& info);
  ~PingPong() override;

 private:
  void Start(const Napi::CallbackInfo& info);
  void Stop(const Napi::CallbackInfo& info);
  Napi::Value Result(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  static void EnvironmentEnds(PingPong* ping_pong);
  /// Joins the threads and gives the sockets back.
  void Shutdown() noexcept;

  /// Empty = closed.
  std::unique_ptr<engine::PingPong> ping_pong_;
  std::optional<Napi::Env::CleanupHook<void (*)(PingPong*), PingPong>> cleanup_;
};

}  // namespace vnetperf::binding
