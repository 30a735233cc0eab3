#include "binding/arguments.h"

#include <cmath>

namespace vnetperf::binding {

void ThrowArgument(Napi::Env env, const std::string& name, const std::string& what) {
  throw Napi::TypeError::New(env, name + " must be " + what);
}

std::int64_t ToInteger(Napi::Value value, const std::string& name, std::int64_t minimum,
                       std::int64_t maximum) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  // NaN fails every comparison.
  const bool in_range = number >= static_cast<double>(minimum) && number <= static_cast<double>(maximum);
  if (!in_range || std::trunc(number) != number) {
    ThrowArgument(value.Env(), name,
                  "an integer from " + std::to_string(minimum) + " to " + std::to_string(maximum));
  }
  return static_cast<std::int64_t>(number);
}

double ToNumber(Napi::Value value, const std::string& name, double minimum, double maximum) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  if (!(number >= minimum && number <= maximum)) {
    ThrowArgument(value.Env(), name,
                  "a number from " + std::to_string(minimum) + " to " + std::to_string(maximum));
  }
  return number;
}

bool ToBoolean(Napi::Value value, const std::string& name) {
  if (!value.IsBoolean()) ThrowArgument(value.Env(), name, "true or false");
  return value.As<Napi::Boolean>().Value();
}

std::string ToText(Napi::Value value, const std::string& name) {
  std::string text;
  if (value.IsString()) text = value.As<Napi::String>().Utf8Value();
  if (text.empty() || text.size() > 255 || text.find('\0') != std::string::npos) {
    ThrowArgument(value.Env(), name, "a string of 1 to 255 bytes without NUL");
  }
  return text;
}

Napi::Object ToObject(Napi::Value value, const std::string& name) {
  if (!value.IsObject()) ThrowArgument(value.Env(), name, "an object");
  return value.As<Napi::Object>();
}

Napi::Array ToArray(Napi::Value value, const std::string& name) {
  if (!value.IsArray()) ThrowArgument(value.Env(), name, "an array");
  return value.As<Napi::Array>();
}

Napi::Uint8Array ToBytes(Napi::Value value, const std::string& name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    ThrowArgument(value.Env(), name, "a Uint8Array");
  }
  return value.As<Napi::Uint8Array>();
}

}  // namespace vnetperf::binding
