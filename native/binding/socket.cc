#include "binding/socket.h"

#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <utility>

#include "binding/arguments.h"
#include "binding/socket_specification.h"
#include "binding/system_error.h"
#include "os/socket_facts.h"
#include "os/system_error.h"

namespace vnetperf::binding {
namespace {

constexpr napi_type_tag kTypeTag = {0x6a1c1d5e4f0b4b3aULL, 0x9d2f7e8c3b5a4160ULL};

/// Far above anything the control protocol or a datagram needs; it only keeps a slip from asking for
/// gigabytes.
constexpr std::int64_t kMaximumReadBytes = 16 << 20;

bool OptionalFlag(const Napi::CallbackInfo& info, std::size_t index, const char* name) {
  return !info[index].IsUndefined() && ToBoolean(info[index], name);
}

bool HasPeer(int fd) noexcept {
  os::SocketAddress peer;
  return ::getpeername(fd, peer.data(), peer.size_to_fill()) == 0;
}

Napi::Uint8Array CopyToJavaScript(Napi::Env env, const std::uint8_t* data, std::size_t size) {
  auto bytes = Napi::Uint8Array::New(env, size);
  std::copy_n(data, size, bytes.Data());
  return bytes;
}

}  // namespace

void Socket::Init(Napi::Env env, EnvironmentData& data) {
  data.socket_class =
      Napi::Persistent(DefineClass(env, "NativeSocket",
                                   {
                                       InstanceAccessor<&Socket::Fd>("fd"),
                                       InstanceMethod<&Socket::Wait>("wait"),
                                       InstanceMethod<&Socket::Accept>("accept"),
                                       InstanceMethod<&Socket::FinishConnect>("finishConnect"),
                                       InstanceMethod<&Socket::ReceiveFrom>("receiveFrom"),
                                       InstanceMethod<&Socket::ConnectTo>("connectTo"),
                                       InstanceMethod<&Socket::Read>("read"),
                                       InstanceMethod<&Socket::Write>("write"),
                                       InstanceMethod<&Socket::SetOptions>("setOptions"),
                                       InstanceMethod<&Socket::LocalAddress>("localAddress"),
                                       InstanceMethod<&Socket::RemoteAddress>("remoteAddress"),
                                       InstanceMethod<&Socket::Facts>("facts"),
                                       InstanceMethod<&Socket::Release>("release"),
                                       InstanceMethod<&Socket::Close>("close"),
                                   }));
}

Napi::Value Socket::Open(const Napi::CallbackInfo& info) {
  return Translating(info.Env(), [&]() -> Napi::Value {
    const auto specification = ReadSocketSpecification(info[0]);
    return Adopt(info.Env(), os::OpenSocket(specification), specification.protocol, specification.family,
                 specification.options.flow_label);
  });
}

Napi::Object Socket::Adopt(Napi::Env env, os::Descriptor descriptor, os::SocketProtocol protocol, int family,
                           std::optional<std::uint32_t> flow_label) {
  auto shared = std::make_shared<os::Descriptor>(std::move(descriptor));
  auto object = env.GetInstanceData<EnvironmentData>()->socket_class.New({});
  auto& socket = *Unwrap(object);
  socket.descriptor_ = std::move(shared);
  socket.protocol_ = protocol;
  socket.family_ = family;
  socket.flow_label_ = flow_label;
  return object;
}

std::shared_ptr<os::Descriptor> Socket::Share(Napi::Value value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTypeTag)) {
    ThrowArgument(value.Env(), "socket", "a socket of vnetperf's addon");
  }
  const auto& socket = *Unwrap(value.As<Napi::Object>());
  (void)socket.Number(value.Env());
  return socket.descriptor_;
}

Socket::Socket(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<Socket>(info), poller_(info.Env().GetInstanceData<EnvironmentData>()->poller) {
  info.This().As<Napi::Object>().TypeTag(&kTypeTag);
}

/// Does not throw: a pending wait keeps the object alive, so there is none, unless the environment has ended,
/// and then none is rejected.
Socket::~Socket() { poller_->Forget(watch_); }

int Socket::Number(Napi::Env env) const {
  if (!descriptor_) throw ErrorWithCode(env, "ERR_SOCKET_CLOSED", "the socket is closed");
  return descriptor_->get();
}

Napi::Object Socket::Describe(Napi::Env env, const os::SocketAddress& address) const {
  auto described = Napi::Object::New(env);
  described.Set("host", address.Host(descriptor_->get()));
  described.Set("port", Napi::Number::New(env, address.port()));
  described.Set("family", Napi::Number::New(env, address.family() == AF_INET ? 4 : 6));
  return described;
}

Napi::Value Socket::Fd(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), descriptor_ ? descriptor_->get() : -1);
}

Napi::Value Socket::Wait(const Napi::CallbackInfo& info) {
  const auto event = info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : std::string();
  const bool readable = event == "readable";
  if (!readable && event != "writable") ThrowArgument(info.Env(), "event", "'readable' or 'writable'");
  if (!descriptor_) {
    const auto deferred = Napi::Promise::Deferred::New(info.Env());
    deferred.Reject(ErrorWithCode(info.Env(), "ERR_SOCKET_CLOSED", "the socket is closed").Value());
    return deferred.Promise();
  }
  return poller_->Wait(watch_, descriptor_->get(), info.This().As<Napi::Object>(),
                       readable ? Readiness::kReadable : Readiness::kWritable);
}

Napi::Value Socket::Accept(const Napi::CallbackInfo& info) {
  return Translating(info.Env(), [&]() -> Napi::Value {
    auto accepted = os::AcceptConnection(Number(info.Env()));
    if (!accepted) return info.Env().Null();
    return Adopt(info.Env(), std::move(*accepted), protocol_, family_, std::nullopt);
  });
}

void Socket::FinishConnect(const Napi::CallbackInfo& info) {
  Translating(info.Env(), [&] { os::RequireConnected(Number(info.Env())); });
}

Napi::Value Socket::ReceiveFrom(const Napi::CallbackInfo& info) {
  return Translating(info.Env(), [&]() -> Napi::Value {
    const auto capacity = static_cast<std::size_t>(ToInteger(info[0], "maxBytes", 1, kMaximumReadBytes));
    const bool peek = OptionalFlag(info, 1, "peek");
    const auto buffer = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
    os::SocketAddress from;
    const auto count = os::ReceiveFrom(Number(info.Env()), {buffer.get(), capacity}, peek, from);
    if (!count) return info.Env().Null();
    auto datagram = Napi::Object::New(info.Env());
    datagram.Set("data", CopyToJavaScript(info.Env(), buffer.get(), *count));
    datagram.Set("from", Describe(info.Env(), from));
    return datagram;
  });
}

void Socket::ConnectTo(const Napi::CallbackInfo& info) {
  Translating(info.Env(), [&] {
    const auto address = ToObject(info[0], "address");
    const auto host = ToText(address.Get("host"), "address.host");
    const auto port = static_cast<std::uint16_t>(ToInteger(address.Get("port"), "address.port", 0, 65535));
    const int fd = Number(info.Env());
    os::ConnectSocket(fd, os::SocketAddress::Parse(fd, family_, host, port, "connect"), flow_label_);
  });
}

Napi::Value Socket::Read(const Napi::CallbackInfo& info) {
  return Translating(info.Env(), [&]() -> Napi::Value {
    const auto capacity = static_cast<std::size_t>(ToInteger(info[0], "maxBytes", 1, kMaximumReadBytes));
    const bool peek = OptionalFlag(info, 1, "peek");
    const auto buffer = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
    const auto count = os::Receive(Number(info.Env()), {buffer.get(), capacity}, peek);
    if (!count) return info.Env().Null();
    return CopyToJavaScript(info.Env(), buffer.get(), *count);
  });
}

Napi::Value Socket::Write(const Napi::CallbackInfo& info) {
  return Translating(info.Env(), [&]() -> Napi::Value {
    const auto data = ToBytes(info[0], "data");
    const auto count = os::Send(Number(info.Env()), {data.Data(), data.ByteLength()});
    return Napi::Number::New(info.Env(), static_cast<double>(count));
  });
}

void Socket::SetOptions(const Napi::CallbackInfo& info) {
  Translating(info.Env(), [&] {
    const auto options = ReadSocketOptions(info[0], "options");
    const int fd = Number(info.Env());
    if (!options.sctp_bind_addresses.empty()) {
      ThrowArgument(info.Env(), "options.sctpBindAddresses", "given when the socket is opened");
    }
    if (options.flow_label) {
      if (HasPeer(fd)) throw os::SystemError("setsockopt", "flow-label", EISCONN);
      flow_label_ = options.flow_label;
    }
    const bool paced_before = options.congestion && HasPeer(fd) && os::ReadSocketFacts(fd, protocol_).paced;
    os::ApplySocketOptions(fd, protocol_, family_, options);
    paced_from_birth_ = paced_from_birth_ || paced_before;
  });
}

Napi::Value Socket::LocalAddress(const Napi::CallbackInfo& info) {
  return Translating(info.Env(), [&]() -> Napi::Value {
    return Describe(info.Env(), os::LocalAddress(Number(info.Env())));
  });
}

Napi::Value Socket::RemoteAddress(const Napi::CallbackInfo& info) {
  return Translating(info.Env(), [&]() -> Napi::Value {
    return Describe(info.Env(), os::RemoteAddress(Number(info.Env())));
  });
}

Napi::Value Socket::Facts(const Napi::CallbackInfo& info) {
  return Translating(info.Env(), [&]() -> Napi::Value {
    const auto env = info.Env();
    const auto read = os::ReadSocketFacts(Number(env), protocol_);
    auto facts = Napi::Object::New(env);
    facts.Set("sendBufferBytes", Napi::Number::New(env, read.send_buffer_bytes));
    facts.Set("receiveBufferBytes", Napi::Number::New(env, read.receive_buffer_bytes));
    facts.Set("mssBytes", Napi::Number::New(env, read.mss_bytes));
    facts.Set("congestion",
              read.congestion.empty() ? env.Undefined() : Napi::String::New(env, read.congestion));
    facts.Set("paced", Napi::Boolean::New(env, read.paced || paced_from_birth_));
    facts.Set("unacknowledgedBytes", Napi::Number::New(env, read.unacknowledged_bytes));
    return facts;
  });
}

Napi::Value Socket::Release(const Napi::CallbackInfo& info) {
  (void)Number(info.Env());
  if (descriptor_.use_count() > 1) {
    throw ErrorWithCode(info.Env(), "ERR_SOCKET_SHARED",
                        "the socket is part of a run and cannot be given away");
  }
  poller_->Forget(watch_);
  const int fd = descriptor_->release();
  descriptor_.reset();
  return Napi::Number::New(info.Env(), fd);
}

void Socket::Close(const Napi::CallbackInfo&) {
  poller_->Forget(watch_);
  descriptor_.reset();
}

}  // namespace vnetperf::binding
