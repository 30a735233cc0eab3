#include "binding/socket_specification.h"

#include <sys/socket.h>

#include <cmath>
#include <limits>
#include <optional>

#include "binding/arguments.h"

namespace vnetperf::binding {
namespace {

constexpr std::int64_t kMaximumInt = std::numeric_limits<int>::max();
/// Number.MAX_SAFE_INTEGER.
constexpr double kMaximumRate = 9007199254740991.0;
/// More local addresses than any host offers an association.
constexpr std::uint32_t kMaximumSctpAddresses = 64;

/// The fields of one object, each under its full name in messages. An absent field is undefined.
class Fields {
 public:
  Fields(Napi::Value value, std::string name) : object_(ToObject(value, name)), name_(std::move(name)) {}

  [[nodiscard]] std::string Name(const char* field) const { return name_ + '.' + field; }
  [[nodiscard]] Napi::Value Get(const char* field) const { return object_.Get(field); }
  [[nodiscard]] bool Has(const char* field) const { return !Get(field).IsUndefined(); }

  [[nodiscard]] std::int64_t Integer(const char* field, std::int64_t minimum, std::int64_t maximum) const {
    return ToInteger(Get(field), Name(field), minimum, maximum);
  }
  [[nodiscard]] std::optional<int> OptionalInt(const char* field, std::int64_t minimum,
                                               std::int64_t maximum) const {
    if (!Has(field)) return std::nullopt;
    return static_cast<int>(Integer(field, minimum, maximum));
  }
  [[nodiscard]] std::optional<bool> OptionalBoolean(const char* field) const {
    if (!Has(field)) return std::nullopt;
    return ToBoolean(Get(field), Name(field));
  }
  [[nodiscard]] std::optional<std::string> OptionalText(const char* field) const {
    if (!Has(field)) return std::nullopt;
    return ToText(Get(field), Name(field));
  }
  [[nodiscard]] std::optional<Fields> OptionalFields(const char* field) const {
    if (!Has(field)) return std::nullopt;
    return Fields(Get(field), Name(field));
  }
  [[nodiscard]] std::uint16_t Port() const { return static_cast<std::uint16_t>(Integer("port", 0, 65535)); }

 private:
  Napi::Object object_;
  std::string name_;
};

os::SocketProtocol ReadProtocol(const Fields& fields) {
  const auto text = fields.OptionalText("protocol").value_or("");
  if (text == "tcp") return os::SocketProtocol::kTcp;
  if (text == "mptcp") return os::SocketProtocol::kMptcp;
  if (text == "udp") return os::SocketProtocol::kUdp;
  if (text == "sctp") return os::SocketProtocol::kSctp;
  ThrowArgument(fields.Get("protocol").Env(), fields.Name("protocol"), "'tcp', 'mptcp', 'udp' or 'sctp'");
}

int ReadFamily(const Fields& fields) {
  const auto value = fields.Get("family");
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : 0;
  if (number != 4 && number != 6) ThrowArgument(value.Env(), fields.Name("family"), "4 or 6");
  return number == 4 ? AF_INET : AF_INET6;
}

os::Keepalive ReadKeepalive(const Fields& fields) {
  os::Keepalive keepalive;
  keepalive.idle_seconds = static_cast<int>(fields.Integer("idleSeconds", 0, kMaximumInt));
  keepalive.interval_seconds = static_cast<int>(fields.Integer("intervalSeconds", 0, kMaximumInt));
  keepalive.count = static_cast<int>(fields.Integer("count", 0, kMaximumInt));
  return keepalive;
}

std::vector<std::string> ReadHosts(Napi::Value value, const std::string& name) {
  const auto array = ToArray(value, name);
  if (array.Length() > kMaximumSctpAddresses) {
    ThrowArgument(value.Env(), name,
                  "an array of at most " + std::to_string(kMaximumSctpAddresses) + " hosts");
  }
  std::vector<std::string> hosts;
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    hosts.push_back(ToText(array.Get(i), name + '[' + std::to_string(i) + ']'));
  }
  return hosts;
}

}  // namespace

os::SocketOptions ReadSocketOptions(Napi::Value value, const std::string& name) {
  const Fields fields(value, name);
  os::SocketOptions options;
  options.congestion = fields.OptionalText("congestion");
  options.reuse_address = fields.OptionalBoolean("reuseAddress");
  options.v6_only = fields.OptionalBoolean("v6Only");
  options.no_delay = fields.OptionalBoolean("noDelay");
  options.mss_bytes = fields.OptionalInt("mssBytes", 1, kMaximumInt);
  options.send_buffer_bytes = fields.OptionalInt("sendBufferBytes", 1, kMaximumInt);
  options.receive_buffer_bytes = fields.OptionalInt("receiveBufferBytes", 1, kMaximumInt);
  options.minimum_receive_buffer_bytes = fields.OptionalInt("minimumReceiveBufferBytes", 1, kMaximumInt);
  options.tos = fields.OptionalInt("tos", 0, 255);
  if (const auto label = fields.OptionalInt("flowLabel", 1, 0xfffff)) {
    options.flow_label = static_cast<std::uint32_t>(*label);
  }
  options.dont_fragment = fields.OptionalBoolean("dontFragment").value_or(false);
  if (fields.Has("maxPacingRateBytesPerSecond")) {
    constexpr const char* kRate = "maxPacingRateBytesPerSecond";
    const double rate = ToNumber(fields.Get(kRate), fields.Name(kRate), 0, kMaximumRate);
    if (rate >= 1) options.max_pacing_rate_bytes_per_second = static_cast<std::uint64_t>(rate);
  }
  if (const auto timeout = fields.OptionalInt("userTimeoutMs", 0, kMaximumInt)) {
    options.user_timeout_ms = static_cast<std::uint32_t>(*timeout);
  }
  if (const auto keepalive = fields.OptionalFields("keepalive"))
    options.keepalive = ReadKeepalive(*keepalive);
  options.sctp_streams = fields.OptionalInt("sctpStreams", 1, 65535);
  if (fields.Has("sctpBindAddresses")) {
    options.sctp_bind_addresses =
        ReadHosts(fields.Get("sctpBindAddresses"), fields.Name("sctpBindAddresses"));
  }
  return options;
}

os::SocketSpecification ReadSocketSpecification(Napi::Value value) {
  const Fields fields(value, "specification");
  os::SocketSpecification specification;
  specification.protocol = ReadProtocol(fields);
  specification.family = ReadFamily(fields);
  specification.namespace_fd = fields.OptionalInt("namespace", 0, kMaximumInt);
  if (const auto bind = fields.OptionalFields("bind")) {
    specification.bind = os::BindTarget{bind->OptionalText("host"), bind->Port()};
  }
  specification.bind_device = fields.OptionalText("bindDevice");
  if (const auto listen = fields.OptionalFields("listen")) {
    specification.listen_backlog = static_cast<int>(listen->Integer("backlog", 0, kMaximumInt));
  }
  if (const auto connect = fields.OptionalFields("connect")) {
    specification.connect =
        os::ConnectTarget{ToText(connect->Get("host"), connect->Name("host")), connect->Port()};
  }
  if (fields.Has("options"))
    specification.options = ReadSocketOptions(fields.Get("options"), fields.Name("options"));
  return specification;
}

}  // namespace vnetperf::binding
