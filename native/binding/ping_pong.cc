#include "binding/ping_pong.h"

#include <array>
#include <string>

#include "binding/arguments.h"
#include "binding/socket.h"
#include "binding/system_error.h"
#include "os/errno_name.h"

namespace vnetperf::binding {
namespace {

constexpr std::int64_t kMostPayloadBytes = 65'507;
constexpr std::int64_t kMostCores = 65'536;
constexpr std::array<std::uint32_t, 4> kPerMille = {500, 900, 990, 999};

std::vector<int> ReadCores(const Napi::Object& specification, const char* name) {
  const Napi::Array given = ToArray(specification.Get(name), name);
  std::vector<int> cores;
  for (std::uint32_t i = 0; i < given.Length(); ++i) {
    cores.push_back(static_cast<int>(ToInteger(given.Get(i), name, 0, kMostCores - 1)));
  }
  return cores;
}

double Microseconds(double nanoseconds) { return nanoseconds * 1e-3; }
double Microseconds(std::uint64_t nanoseconds) { return Microseconds(static_cast<double>(nanoseconds)); }

Napi::Array Percentiles(Napi::Env env, const engine::Histogram& times) {
  auto array = Napi::Array::New(env);
  if (times.count() == 0) return array;
  for (std::uint32_t i = 0; i < kPerMille.size(); ++i) {
    auto object = Napi::Object::New(env);
    object["percentile"] = kPerMille[i] / 10.0;
    object["microseconds"] = Microseconds(times.Quantile(kPerMille[i]));
    array[i] = object;
  }
  return array;
}

Napi::Object ToJavaScript(Napi::Env env, const engine::RoundTrips& trips) {
  const engine::Histogram& times = trips.times;
  auto object = Napi::Object::New(env);
  object["samples"] = static_cast<double>(times.count());
  object["lost"] = static_cast<double>(trips.lost());
  object["minMicroseconds"] = Microseconds(times.minimum());
  object["meanMicroseconds"] = Microseconds(times.mean());
  object["maxMicroseconds"] = Microseconds(times.maximum());
  object["percentiles"] = Percentiles(env, times);
  object["relativeError"] = engine::Histogram::kRelativeError;
  if (trips.error != 0) object["errorCode"] = os::ErrnoName(trips.error);
  return object;
}

}  // namespace

void PingPong::Init(Napi::Env env, Napi::Object exports) {
  exports.Set("PingPong", DefineClass(env, "NativePingPong",
                                      {
                                          InstanceMethod<&PingPong::Start>("start"),
                                          InstanceMethod<&PingPong::Stop>("stop"),
                                          InstanceMethod<&PingPong::Result>("result"),
                                          InstanceMethod<&PingPong::Close>("close"),
                                      }));
}

PingPong::PingPong(const Napi::CallbackInfo& info) : Napi::ObjectWrap<PingPong>(info) {
  Translating(info.Env(), [&] {
    const Napi::Object specification = ToObject(info[0], "specification");
    ping_pong_ = std::make_unique<engine::PingPong>(engine::PingPongSpecification{
        .client = Socket::Share(specification.Get("client")),
        .server = Socket::Share(specification.Get("server")),
        .client_cores = ReadCores(specification, "clientCores"),
        .server_cores = ReadCores(specification, "serverCores"),
        .payload_bytes = static_cast<std::size_t>(
            ToInteger(specification.Get("payloadBytes"), "payloadBytes",
                      static_cast<std::int64_t>(engine::PingPong::kSmallestPayload), kMostPayloadBytes))});
    cleanup_.emplace(info.Env().AddCleanupHook(&PingPong::EnvironmentEnds, this));
  });
}

PingPong::~PingPong() {
  // At the end of the environment the hook has run already, and cannot be taken back.
  if (!ping_pong_) return;
  if (cleanup_) cleanup_->Remove(Env());
  Shutdown();
}

void PingPong::Start(const Napi::CallbackInfo& info) {
  const double seconds =
      ToNumber(info[0], "intervalSeconds", os::ToSeconds(engine::PingPong::kShortestInterval), 10);
  if (ping_pong_) ping_pong_->Start(os::FromSeconds(seconds));
}

void PingPong::Stop(const Napi::CallbackInfo&) {
  if (ping_pong_) ping_pong_->Stop();
}

Napi::Value PingPong::Result(const Napi::CallbackInfo& info) {
  if (!ping_pong_) return info.Env().Null();
  const auto trips = ping_pong_->Result();
  if (!trips) return info.Env().Null();
  return ToJavaScript(info.Env(), *trips);
}

void PingPong::Close(const Napi::CallbackInfo& info) {
  if (!ping_pong_) return;
  cleanup_->Remove(info.Env());
  Shutdown();
}

void PingPong::EnvironmentEnds(PingPong* ping_pong) { ping_pong->Shutdown(); }

void PingPong::Shutdown() noexcept { ping_pong_.reset(); }

}  // namespace vnetperf::binding
