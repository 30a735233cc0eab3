#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "binding/environment_data.h"
#include "binding/poller.h"
#include "os/descriptor.h"
#include "os/socket.h"

namespace vnetperf::binding {

/// NativeSocket of lib/platform/native.ts.
///
/// Who closes the descriptor: the last of this object and the runs that took it by Share(). close() gives up
/// this object's part only, so a worker thread never meets a number that has become another file. release()
/// gives the number itself away and is refused while a run has a part in it.
class Socket : public Napi::ObjectWrap<Socket> {
 public:
  static void Init(Napi::Env env, EnvironmentData& data);
  /// The exported openSocket().
  static Napi::Value Open(const Napi::CallbackInfo& info);
  /// A part in the socket's descriptor, for as long as the pointer lives, on any thread. Throws TypeError for
  /// what is no socket of this addon, ERR_SOCKET_CLOSED for one that is closed.
  [[nodiscard]] static std::shared_ptr<os::Descriptor> Share(Napi::Value value);

  /// Makes a closed socket: only Adopt() gives one a descriptor, so what JavaScript might construct is
  /// harmless.
  explicit Socket(const Napi::CallbackInfo& info);
  ~Socket() override;

 private:
  [[nodiscard]] static Napi::Object Adopt(Napi::Env env, os::Descriptor descriptor,
                                          os::SocketProtocol protocol, int family,
                                          std::optional<std::uint32_t> flow_label);

  Napi::Value Fd(const Napi::CallbackInfo& info);
  Napi::Value Wait(const Napi::CallbackInfo& info);
  Napi::Value Accept(const Napi::CallbackInfo& info);
  void FinishConnect(const Napi::CallbackInfo& info);
  Napi::Value ReceiveFrom(const Napi::CallbackInfo& info);
  void ConnectTo(const Napi::CallbackInfo& info);
  Napi::Value Read(const Napi::CallbackInfo& info);
  Napi::Value Write(const Napi::CallbackInfo& info);
  void SetOptions(const Napi::CallbackInfo& info);
  Napi::Value LocalAddress(const Napi::CallbackInfo& info);
  Napi::Value RemoteAddress(const Napi::CallbackInfo& info);
  Napi::Value Facts(const Napi::CallbackInfo& info);
  Napi::Value Release(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  /// The descriptor's number; throws ERR_SOCKET_CLOSED.
  [[nodiscard]] int Number(Napi::Env env) const;
  [[nodiscard]] Napi::Object Describe(Napi::Env env, const os::SocketAddress& address) const;

  /// Empty = closed.
  std::shared_ptr<os::Descriptor> descriptor_;
  os::SocketProtocol protocol_ = os::SocketProtocol::kTcp;
  /// AF_INET6 also where the socket talks IPv4.
  int family_ = 0;
  /// Waits for connectTo(): the kernel leases a label for a destination.
  std::optional<std::uint32_t> flow_label_;
  /// An algorithm that paces was exchanged on a living connection, which stays paced.
  bool paced_from_birth_ = false;
  std::shared_ptr<Poller> poller_;
  Poller::Watch watch_;
};

}  // namespace vnetperf::binding
